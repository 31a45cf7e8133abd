import Sandbox
import Testing

/// `map`, from the metadata of both sides to the values at the provider.
struct MapCommandTests {
    @Test func sendsAnAttributeThatIsMappedAfterTheFirstLoad() async throws {
        try await Bench.with { bench in
            try await bench.linked()
            let row = try await bench.json(
                "map",
                "add",
                "cf_person_region",
                "--to",
                "Region",
                "--account",
                "constant-contact"
            ).first
            #expect(row?["only"] == "person")
            #expect(row?["created"] == true)
            _ = try await bench.run("sync")
            let contacts = try await bench.control("constantContact", "/state")["contacts"]?.arrayValue ?? []
            let regions = contacts.compactMap { $0["custom_fields"]?["Region"]?.stringValue }
            #expect(!regions.isEmpty)
            let known: Set<String> = ["North", "South", "East", "West"]
            #expect(known.isSuperset(of: regions))
        }
    }

    @Test func namesWhatAnUnknownAttributeMayHaveMeant() async throws {
        try await Bench.with(members: 1) { bench in
            try await bench.connect()
            let outcome = try await bench.run(
                "map",
                "add",
                "cf_person_regoin",
                "--to",
                "Region",
                "--account",
                "constant-contact"
            )
            #expect(outcome.status == 1)
            #expect(outcome.errors.contains("did you mean cf_person_region"))
            #expect(try await bench.json("map", "list").isEmpty)
        }
    }

    @Test func refusesAKindOfRecordThatLacksTheAttribute() async throws {
        try await Bench.with(members: 1) { bench in
            try await bench.connect()
            let outcome = try await bench.run(
                "map",
                "add",
                "cf_lead_region",
                "--to",
                "Region",
                "--account",
                "constant-contact",
                "--only",
                "person"
            )
            #expect(outcome.status == 1)
            #expect(outcome.errors.contains("exists on a Lead only"))
        }
    }

    @Test func removesAMappingOnce() async throws {
        try await Bench.with(members: 1) { bench in
            try await bench.connect()
            let rows = try await bench.json(
                "map",
                "add",
                "cf_person_region",
                "--to",
                "Region",
                "--account",
                "constant-contact"
            )
            let id = try #require(rows.first?["id"]?.intValue)
            try await bench.json("map", "remove", String(id))
            try await bench.json("map", "remove", String(id), status: 1)
        }
    }
}
