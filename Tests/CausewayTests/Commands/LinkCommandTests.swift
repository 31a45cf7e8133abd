import Sandbox
import Testing

/// `connect`, `link`, `plan`, `sync` and `unlink`, one after another and where they refuse.
struct LinkCommandTests {
    @Test func plansWhatARoundThenDoes() async throws {
        try await Bench.with { bench in
            try await bench.connect()
            let reference = try await bench.campaign()
            #expect(try await bench.json("plan").isEmpty)
            try await bench.json("link", reference, "--to", "constant-contact")
            let planned = try await bench.json("plan")
            let adds = planned.filter { $0["action"] == "upsert" }
            #expect(!adds.isEmpty)
            #expect(adds.allSatisfy { $0["reason"]?.stringValue?.contains("member of the campaign") == true })
            _ = try await bench.run("sync")
            let status = try await bench.json("status").first
            #expect(status?["links"]?.arrayValue?.first?["onList"]?.intValue == adds.count)
            #expect(try await bench.json("plan").allSatisfy { $0["action"] == "park" })
        }
    }

    @Test func leavesTheListWhenTheOnlyLinkEnds() async throws {
        try await Bench.with { bench in
            let reference = try await bench.linked()
            let name = try await bench.json("status").first?["links"]?.arrayValue?.first?["listName"]?.stringValue
            try await bench.json("unlink", reference)
            _ = try await bench.run("sync")
            let status = try await bench.json("status").first
            #expect(status?["links"]?.arrayValue?.isEmpty == true)
            #expect(status?["dirty"] == 0)
            let contacts = try await bench.control("constantContact", "/state")["contacts"]?.arrayValue ?? []
            let lists = contacts.map { $0["lists"]?.arrayValue?.compactMap(\.stringValue) ?? [] }
            #expect(lists.contains { $0.contains(name ?? "") })
            #expect(!lists.contains { $0.contains("All Workbooks Contacts") })
            #expect(contacts.allSatisfy { $0["permission_to_send"] != "unsubscribed" })
            try await bench.json("unlink", reference, status: 1)
        }
    }

    @Test func refusesACampaignThatNobodyKnows() async throws {
        try await Bench.with(members: 1) { bench in
            try await bench.connect()
            for command in [
                ["link", "CAMP-0", "--to", "constant-contact"], ["unlink", "CAMP-0"], ["sync", "--campaign", "CAMP-0"],
            ] {
                let outcome = try await bench.run(command)
                #expect(outcome.status == 1)
                #expect(outcome.errors.contains("there is no campaign"))
            }
        }
    }

    @Test func refusesASecondDatabaseAndANameThatIsTaken() async throws {
        try await Bench.with(members: 1) { bench in
            try await bench.connect()
            let second = try await bench.run(
                "connect",
                "workbooks",
                "--url",
                try bench.text("workbooks", "url"),
                "--api-key-file",
                try bench.file("key", try bench.text("workbooks", "apiKey")),
                "--name",
                "other"
            )
            #expect(second.status == 1)
            #expect(second.errors.contains("connected already"))
            let misnamed = try await bench.run(
                "connect",
                "workbooks",
                "--url",
                try bench.text("workbooks", "url"),
                "--api-key-file",
                try bench.file("key", try bench.text("workbooks", "apiKey")),
                "--name",
                "constant-contact"
            )
            #expect(misnamed.status == 1)
            #expect(misnamed.errors.contains("is a constant-contact account"))
        }
    }

    @Test func refusesAnotherAccountUnderAKnownName() async throws {
        try await Bench.with(members: 1) { bench in
            try await bench.connect()
            try await Bench.with(members: 1) { other in
                try await other.control("constantContact", "/switch-account", #"{"encoded_account_id":"another"}"#)
                let outcome = try await bench.run(
                    "connect",
                    "constant-contact",
                    "--client-id",
                    try other.text("constantContact", "clientId"),
                    "--client-secret-file",
                    try bench.file("secret", try other.text("constantContact", "clientSecret")),
                    "--refresh-token-file",
                    try bench.file("token", other.refreshToken),
                    "--api-url",
                    try other.text("constantContact", "apiUrl"),
                    "--auth-url",
                    try other.text("constantContact", "authUrl")
                )
                #expect(outcome.status == 1)
            }
        }
    }
}
