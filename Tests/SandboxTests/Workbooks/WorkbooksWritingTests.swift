import Sandbox
import Testing

/// Items 31 to 46 and 49 of workbooks.md §11.
struct WorkbooksWritingTests {
    private typealias Row = WorkbooksWorld.Row
    private let stale = "This record cannot be saved since it has already been updated elsewhere."

    @Test func createsInRequestOrderWithEveryAttribute() async throws {
        try await WorkbooksWorld.run { world in
            let rows = ["A", "B", "C"].map { Row(method: "POST", attributes: ["name": $0]) }
            let made = try #require(try await world.change("crm/people", rows).json?["affected_objects"]?.arrayValue)
            #expect(made.map { $0["name"]?.stringValue } == ["A", "B", "C"])
            #expect(made.allSatisfy { $0["lock_version"] == 0 && $0["created_at"] == $0["updated_at"] })
            #expect(made[0]["no_email_soliciting"] == false)
            #expect(made[0]["created_through"] == "Tests")
            #expect(made[0]["updated_by"] == 2)
            #expect(Set(made.map { $0["id"] }).count == 3)
        }
    }

    @Test func updatesAndAnswersOnlyWhatChanged() async throws {
        try await WorkbooksWorld.run { world in
            let id = try await world.create("crm/people", ["name": "Ada"])["id"]?.intValue ?? 0
            world.clock.advance(by: 5)
            let row = Row(method: "PUT", id: id, attributes: ["no_email_soliciting": "1", "name": "Ada"])
            let answer = try await world.change("crm/people", [row])
            #expect(answer.json?["success"] == true)
            #expect(answer.json?["errors"] == nil)
            #expect(answer.json?["affected_object_information"]?.arrayValue?.first?["success"] == true)
            #expect(
                answer.json?["affected_objects"]?.arrayValue == [
                    [
                        "id": .int(id), "lock_version": 1, "no_email_soliciting": true,
                        "updated_at": "Thu May 28 20:26:45 UTC 2026",
                    ]
                ]
            )
        }
    }

    @Test func answersANoOpWithTheSameVersion() async throws {
        try await WorkbooksWorld.run { world in
            let id = try await world.create("crm/people", ["name": "Ada"])["id"]?.intValue ?? 0
            world.clock.advance(by: 5)
            let row = Row(method: "PUT", id: id, attributes: ["no_email_soliciting": "0", "name": "Ada"])
            let answer = try await world.change("crm/people", [row])
            #expect(answer.json?["affected_objects"]?.arrayValue == [["id": .int(id), "lock_version": 0]])
            let read = try await world.rows("crm/people", [("_json_output_datetime_format", "%s")])
            #expect(read.first?["updated_at"] == "1780000000")
        }
    }

    @Test func leavesAndClearsValues() async throws {
        try await WorkbooksWorld.run { world in
            let first = try await world.create("crm/people", ["name": "A", "website": "w", "industry": "i"])
            let second = try await world.create("crm/people", ["name": "B", "website": "w", "industry": "i"])
            let ids = [first, second].compactMap { $0["id"]?.intValue }
            _ = try await world.change(
                "crm/people",
                [
                    Row(method: "PUT", id: ids[0], attributes: ["website": ":null_value:"]),
                    Row(method: "PUT", id: ids[1], attributes: ["industry": "j"]),
                ]
            )
            let rows = try await world.rows("crm/people", [("_sort", "id")])
            #expect(rows.map { $0["website"] } == [.null, "w"])
            #expect(rows.map { $0["industry"] } == ["i", "j"])
        }
    }

    @Test func mixesMethodsInOneCall() async throws {
        try await WorkbooksWorld.run { world in
            let first = try await world.create("crm/organisations", ["name": "A"])["id"]?.intValue ?? 0
            let second = try await world.create("crm/organisations", ["name": "B"])["id"]?.intValue ?? 0
            let answer = try await world.change(
                "crm/organisations",
                [
                    Row(method: "PUT", id: second, attributes: ["name": "B2"]),
                    Row(method: "POST", attributes: ["name": "C"]),
                    Row(method: "DELETE", id: first, attributes: ["name": "filler"]),
                ]
            )
            let objects = try #require(answer.json?["affected_objects"]?.arrayValue, "\(answer.text)")
            #expect(objects[0]["id"]?.intValue == second)
            #expect(objects[1]["name"] == "C")
            #expect(objects[2]["id"]?.intValue == first)
            let names = try await world.rows("crm/organisations", [("_sort", "id"), ("_select_columns[]", "name")])
            #expect(names == [["name": "B2"], ["name": "C"]])
        }
    }

    @Test func refusesAStaleLockVersionInsideA200() async throws {
        try await WorkbooksWorld.run { world in
            let id = try await world.create("crm/people", ["name": "A"])["id"]?.intValue ?? 0
            _ = try await world.change("crm/people", [Row(method: "PUT", id: id, attributes: ["name": "B"])])
            let again = try await world.change("crm/people", [Row(method: "PUT", id: id, attributes: ["name": "C"])])
            #expect(again.status == 200)
            #expect(again.json == ["success": false, "failures": [.string(stale)]])
            #expect(try await world.rows("crm/people", []).first?["name"] == "B")
        }
    }

    @Test func refusesRowsThatTheFilterDoesNotSelect() async throws {
        try await WorkbooksWorld.run(misuses: true) { world in
            let id = try await world.create("crm/people", ["name": "A"])["id"]?.intValue ?? 0
            let row = Row(method: "PUT", id: id, attributes: ["name": "B"])
            for selecting in [[], [0]] {
                let answer = try await world.change("crm/people", [row], selecting: selecting)
                #expect(answer.json?["failures"] == [.string("Record \(id) could not be found.")])
            }
        }
    }

    @Test func changesAllOrNothingUnlessToldOtherwise() async throws {
        try await WorkbooksWorld.run { world in
            let id = try await world.create("crm/people", ["name": "A"])["id"]?.intValue ?? 0
            let rows = [
                Row(method: "PUT", id: id, attributes: ["name": "B"]),
                Row(method: "POST", attributes: ["name": "New"]),
                Row(method: "PUT", id: id, lockVersion: 7, attributes: ["name": "C"]),
            ]
            let refused = try await world.change("crm/people", rows)
            #expect(refused.json?["failures"] == [.string(stale)])
            #expect(try await world.rows("crm/people", []).map { $0["name"] } == ["A"])

            let strict = ("_strict_attribute_checking", "1")
            let options = [strict, ("_per_object_transactions", "1")]
            let partly = try await world.change("crm/people", rows, options: options)
            #expect(partly.json?["success"] == true)
            let information = partly.json?["affected_object_information"]?.arrayValue ?? []
            #expect(information.map { $0["success"]?.boolValue } == [true, true, false])
            #expect(information.last?["errors"] == ["base": [.string(stale)]])
            #expect(partly.json?["affected_objects"]?.arrayValue?.last == ["id": .int(id), "lock_version": 1])
            let names = try await world.rows("crm/people", [("_sort", "id")]).map { $0["name"] }
            #expect(names == ["B", "New"])
        }
    }

    @Test func dropsUnknownAttributesUnlessStrict() async throws {
        try await WorkbooksWorld.run(misuses: true) { world in
            let rows = [Row(method: "POST", attributes: ["name": "A", "person_title": "Dr"])]
            let lenient = try await world.change("crm/people", rows, options: [])
            #expect(lenient.json?["success"] == true)
            let strict = try await world.change("crm/people", rows)
            #expect(strict.json == ["success": false, "failures": ["Unrecognised attribute: person_title"]])
        }
    }

    @Test func refusesMoreThanAHundredRowsAndArraysWithGaps() async throws {
        try await WorkbooksWorld.run(misuses: true) { world in
            let many = (0...100).map { Row(method: "POST", attributes: ["name": "N\($0)"]) }
            #expect(try await world.change("crm/people", many).json?["success"] == false)
            let hundred = try await world.change("crm/people", Array(many.dropLast()))
            #expect(hundred.json?["affected_objects"]?.arrayValue?.count == 100)
            let gap = [
                ("api_key", WorkbooksWorld.apiKey), ("client", "api"), ("_ff", "id"), ("_ft", "eq"), ("_fc", "0"),
                ("_strict_attribute_checking", "1"), ("__method[]", "POST"), ("id[]", "0"), ("lock_version[]", "0"),
                ("__method[]", "POST"), ("id[]", "0"), ("lock_version[]", "0"), ("name[]", "only one"),
            ]
            #expect(try await world.put("crm/people", gap).json?["failures"]?.arrayValue?.count == 1)
            #expect(try await world.list("crm/people").json?["total"] == 100)
        }
    }

    @Test func writesLeadsUnderUnnestedNames() async throws {
        try await WorkbooksWorld.run(misuses: true) { world in
            let made = try await world.create(
                "crm/sales_leads",
                [
                    "person_lead_party[person_first_name]": "Ben", "person_lead_party[person_last_name]": "Ortiz",
                    "org_lead_party[main_location][email]": "ben@example.org",
                ]
            )
            #expect(made["name"] == "Ben Ortiz")
            #expect(made["org_lead_party[main_location[email]]"] == "ben@example.org")
            let stray = [
                Row(method: "POST", attributes: ["name": "X", "org_lead_party[main_location][email]]": "a@b.org"])
            ]
            #expect(try await world.change("crm/sales_leads", stray).json?["success"] == false)
        }
    }

    @Test(arguments: [("1", true), ("", false), ("True", true), ("False", false), ("yes", true), ("off", false)])
    func readsBooleans(text: String, expected: Bool) async throws {
        try await WorkbooksWorld.run { world in
            let made = try await world.create("crm/people", ["name": "A", "no_email_soliciting": text])
            #expect(made["no_email_soliciting"]?.boolValue == expected)
        }
    }

    @Test func refusesAMissingNameAndADuplicateMembership() async throws {
        try await WorkbooksWorld.run { world in
            let nameless = try await world.change("crm/people", [Row(method: "POST", attributes: ["website": "w"])])
            #expect(
                nameless.json == [
                    "success": false, "errors": ["[]": ["name": "can't be blank"]],
                    "affected_object_errors": [["name": ["can't be blank"]]],
                ]
            )
            let person = try await world.create("crm/people", ["name": "A"])["id"]?.intValue ?? 0
            let membership = [
                "marketing_campaign_id": String(world.summary.campaigns[0].id), "party_or_lead_id": String(person),
                "party_or_lead_type": "Private::Crm::Person", "created_through_reference": "causeway-1",
            ]
            let made = try await world.create("crm/campaign_membership", membership)
            #expect(made["member_name"] == "A")
            let again = try await world.change("crm/campaign_membership", [Row(method: "POST", attributes: membership)])
            #expect(again.json?["errors"]?["[]"]?["party_or_lead_id"] == .string("'\(person)' is already used"))
            let reference = [("_ff", "created_through_reference"), ("_ft", "eq"), ("_fc", "causeway-1")]
            #expect(try await world.ids("crm/campaign_membership", reference) == [made["id"]?.intValue])
        }
    }

    @Test func givesACampaignItsStatuses() async throws {
        try await WorkbooksWorld.run { world in
            let campaign = try await world.create("crm/campaigns", ["name": "C"])["id"]?.intValue ?? 0
            let mine = [("_ff", "marketing_campaign_id"), ("_ft", "eq"), ("_fc", String(campaign)), ("_sort", "id")]
            let statuses = try await world.rows("crm/campaign_membership_status", mine)
            #expect(statuses.map { $0["status"] } == ["Added", "Interested", "Not Interested"])
            let added = try #require(statuses.first?["id"]?.intValue)
            let deletion = try await world.change("crm/campaign_membership_status", [Row(method: "DELETE", id: added)])
            #expect(deletion.json?["success"] == false)
            let made = try await world.create(
                "crm/campaign_membership_status",
                ["marketing_campaign_id": String(campaign), "status": "Unsubscribed"]
            )
            #expect(made["name"] == "Unsubscribed")
            let one = [("_ff", "id"), ("_ft", "eq"), ("_fc", String(campaign))]
            #expect(try await world.rows("crm/campaigns", one).map { $0["lock_version"] } == [0])
        }
    }

    @Test func refusesAStatusOfAnotherCampaign() async throws {
        try await WorkbooksWorld.run(members: 4, campaigns: 2) { world in
            let campaign = world.summary.campaigns[0].id
            let filter = { (id: Int) in [("_ff", "marketing_campaign_id"), ("_ft", "eq"), ("_fc", String(id))] }
            let foreign = try await world.ids("crm/campaign_membership_status", filter(world.summary.campaigns[1].id))
            let member = try #require(try await world.ids("crm/campaign_membership", filter(campaign)).first)
            let row = Row(
                method: "PUT",
                id: member,
                attributes: ["campaign_membership_status_id": String(try #require(foreign.first))]
            )
            let answer = try await world.change("crm/campaign_membership", [row])
            #expect(answer.json?["errors"]?["[]"]?["campaign_membership_status_id"] == "is invalid")
        }
    }

    @Test func carriesOptOutsThroughTheDelta() async throws {
        try await WorkbooksWorld.run(members: 20) { world in
            world.clock.advance(by: 60)
            for (path, flag) in [
                ("crm/people", "no_email_soliciting"), ("crm/sales_leads", "org_lead_party[no_email_soliciting]"),
            ] {
                let since = String(Int(world.clock.now))
                let first = try #require(
                    try await world.rows(path, [("_ff", flag), ("_ft", "eq"), ("_fc", "0"), ("_sort", "id")]).first
                )
                let id = try #require(first["id"]?.intValue)
                let version = try #require(first["lock_version"]?.intValue)
                _ = try await world.change(
                    path,
                    [Row(method: "PUT", id: id, lockVersion: version, attributes: [flag: "1"])]
                )
                let delta = try await world.rows(
                    path,
                    [
                        ("_start", "0"), ("_limit", "100"), ("_sort[]", "updated_at"), ("_dir[]", "ASC"),
                        ("_sort[]", "id"), ("_dir[]", "ASC"), ("_ff", "updated_at"), ("_ft", "ge"), ("_fc", since),
                        ("__skip_total_rows", "true"),
                    ]
                )
                #expect(delta.map { $0["id"]?.intValue } == [id])
                #expect(delta.first?["lock_version"]?.intValue == version + 1)
                #expect(delta.first?[flag] == true)
            }
        }
    }
}
