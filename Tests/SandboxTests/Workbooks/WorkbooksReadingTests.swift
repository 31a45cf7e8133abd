import Sandbox
import Testing

/// Items 12 to 30 of workbooks.md §11.
struct WorkbooksReadingTests {
    private let page = [("_start", "0"), ("_limit", "100")]

    @Test func limitsAListWithoutPagingToAHundred() async throws {
        try await WorkbooksWorld.run(members: 300) { world in
            let answer = try await world.list("crm/people")
            #expect(answer.json?["data"]?.arrayValue?.count == 100)
            #expect(answer.json?["total"]?.intValue == world.summary.people)
        }
    }

    @Test func ignoresALimitWithoutAStart() async throws {
        try await WorkbooksWorld.run(members: 300, misuses: true) { world in
            let unpaged = try await world.rows("crm/people", [("_limit", "3")]).count
            var paged: [Int] = []
            for limit in ["3", "0", "500"] {
                paged.append(try await world.rows("crm/people", [("_start", "0"), ("_limit", limit)]).count)
            }
            #expect(unpaged == 100)
            #expect(paged == [3, 0, 100])
        }
    }

    @Test func answersAPagePastTheEndWithNothing() async throws {
        try await WorkbooksWorld.run(members: 30) { world in
            let answer = try await world.list("crm/people", [("_start", "1000"), ("_sort", "id")])
            #expect(answer.json?["data"]?.arrayValue == [])
            #expect(answer.json?["total"]?.intValue == world.summary.people)
        }
    }

    @Test(arguments: ["__skip_total_rows", "_skip_total_rows"])
    func skipsTheTotal(name: String) async throws {
        try await WorkbooksWorld.run(members: 30) { world in
            let answer = try await world.list("crm/people", [("_start", "0"), ("_limit", "4"), (name, "True")])
            #expect(answer.json?["total"]?.intValue == 4)
        }
    }

    @Test func sortsByTwoKeys() async throws {
        try await WorkbooksWorld.run(members: 60) { world in
            let rows = try await world.rows(
                "crm/people",
                page + [
                    ("_sort[]", "person_last_name"), ("_dir[]", "DESC"), ("_sort[]", "id"), ("_dir[]", "ASC"),
                    ("_select_columns[]", "id"), ("_select_columns[]", "person_last_name"),
                ]
            )
            let keys = rows.map { ($0["person_last_name"]?.stringValue ?? "", $0["id"]?.intValue ?? 0) }
            #expect(keys.count == world.summary.people)
            #expect(zip(keys, keys.dropFirst()).allSatisfy { $0.0 > $1.0 || ($0.0 == $1.0 && $0.1 < $1.1) })
        }
    }

    @Test func comesInNoMeaningfulOrderWithoutSort() async throws {
        try await WorkbooksWorld.run(members: 90) { world in
            let ids = try await world.ids("crm/people", [])
            #expect(ids != ids.sorted())
            #expect(try await world.ids("crm/people", []) == ids)
        }
    }

    @Test func selectsExactlyTheWantedColumns() async throws {
        try await WorkbooksWorld.run(members: 10) { world in
            let columns = ["updated_by_user[person_name]", "main_location[email]", "queue_entry[queue[name]]"]
            let rows = try await world.rows("crm/people", columns.map { ("_select_columns[]", $0) })
            #expect(rows.first.map { $0.objectValue?.keys.sorted() == columns.sorted() } == true)
            #expect(try await world.list("crm/people", [("_select_columns[]", "nonsense")]).status == 406)
        }
    }

    @Test func takesThreeSpellingsOfAFilter() async throws {
        try await WorkbooksWorld.run(members: 60) { world in
            let arrays = try await world.ids(
                "crm/people",
                [("_ff[]", "person_last_name"), ("_ft[]", "bg"), ("_fc[]", "o"), ("_sort", "id")]
            )
            let single = try await world.ids(
                "crm/people",
                [("_ff", "person_last_name"), ("_ft", "bg"), ("_fc", "o"), ("_sort", "id")]
            )
            let json = try await world.ids(
                "crm/people",
                [("_filter_json", #"[["person_last_name","bg","o"]]"#), ("_sort", "id")]
            )
            #expect(!arrays.isEmpty)
            #expect(arrays == single && single == json)
        }
    }

    @Test(arguments: [
        ("1 AND 2", [false, false, false, true]), ("1 or 2", [false, true, true, true]),
        ("NOT 1", [true, true, false, false]), ("!1", [true, true, false, false]),
        ("1 XOR 2", [false, true, true, false]), ("( 1  OR 2 )AND NOT(1 AND 2)", [false, true, true, false]),
    ])
    func combinesFilters(expression: String, expected: [Bool]) async throws {
        try await WorkbooksWorld.run { world in
            // The four records have first name A or B, and last name X or Y: neither, second, first, both filters.
            var ids: [Int] = []
            for (first, last) in [("B", "Y"), ("B", "X"), ("A", "Y"), ("A", "X")] {
                let made = try await world.create("crm/people", ["person_first_name": first, "person_last_name": last])
                ids.append(try #require(made["id"]?.intValue))
            }
            let found = try await world.ids(
                "crm/people",
                [
                    ("_fm", expression), ("_ff[]", "person_first_name"), ("_ft[]", "eq"), ("_fc[]", "a"),
                    ("_ff[]", "person_last_name"), ("_ft[]", "eq"), ("_fc[]", "x"),
                ]
            )
            #expect(ids.map(found.contains) == expected)
        }
    }

    @Test func refusesWhatItCannotFilter() async throws {
        try await WorkbooksWorld.run(misuses: true) { world in
            let filter = { (field: String, test: String) in [("_ff", field), ("_ft", test), ("_fc", "1")] }
            var statuses: [Int] = []
            for parameters in [
                filter("nonsense", "eq"), filter("name", "like"), filter("name", "gt"),
                filter("id", "eq") + [("_fm", "1 AND 2")], [("_sort", "nonsense")],
            ] {
                statuses.append(try await world.list("crm/people", parameters).status)
            }
            #expect(statuses == [406, 406, 406, 406, 406])
            #expect(try await world.list("crm/nonsense").status == 404)
        }
    }

    @Test func readsAListOfValuesAndEscapedCommas() async throws {
        try await WorkbooksWorld.run { world in
            let first = try await world.create("crm/people", ["name": "Marsh, Ada"])["id"]?.intValue ?? 0
            let second = try await world.create("crm/people", ["name": "Ben"])["id"]?.intValue ?? 0
            let filter = { (field: String, text: String) in
                [("_ff", field), ("_ft", "eq"), ("_fc", text), ("_sort", "id")]
            }
            #expect(try await world.ids("crm/people", filter("id", "\(first),\(second)")) == [first, second])
            #expect(try await world.ids("crm/people", filter("name", #"marsh\, ada"#)) == [first])
            #expect(try await world.ids("crm/people", filter("name", "marsh, ada")) == [])
        }
    }

    @Test(arguments: [
        ("name", "bg", "ad", true), ("name", "nbg", "ad", false), ("name", "ct", "MAR", true),
        ("name", "nct", "mar", false), ("name", "ne", "Ada Marsh", false), ("person_suffix", "blank", "", true),
        ("person_suffix", "not_blank", "", false), ("person_suffix", "ne", "x", false),
        ("cf_person_member_number", "eq", "17", true), ("cf_person_member_number", "gt", "17", false),
        ("cf_person_member_number", "ge", "17", true), ("cf_person_member_number", "lt", "18", true),
        ("cf_person_member_number", "le", "16", false), ("cf_person_member_number", "between", "JSON([17,20])", true),
        ("cf_person_member_number", "not_between", "JSON([17,20])", false),
        ("no_email_soliciting", "true", "", true), ("no_email_soliciting", "false", "", false),
        ("no_email_soliciting", "eq", "1", true), ("no_email_soliciting", "eq", "true", true),
        ("no_email_soliciting", "eq", "0", false), ("no_email_soliciting", "ne", "1", false),
        ("cf_person_member_since", "eq", "01 Oct 2010", true), ("cf_person_member_since", "eq", "2010-10-02", false),
        ("cf_person_member_since", "lt_today", "", true), ("updated_at", "today", "", true),
        ("updated_at", "gt_today", "", false), ("updated_at", "ge_today", "", true),
        ("updated_at", "le_today", "", true),
        ("updated_at", "eq", "1780000000", true), ("updated_at", "eq", "2026-05-28", true),
        ("updated_at", "ge", "2026-05-28", true), ("updated_at", "gt", "Thu May 28 20:26:40 UTC 2026", false),
        ("updated_at", "ge", "Thu May 28 20:26:40 UTC 2026", true),
        ("updated_at", "between", "JSON([2026-05-28T20:26:00Z,2026-05-28T20:27:00Z])", true),
        ("main_location[email]", "eq", "ADA@example.org,other@example.org", true),
        ("created_through", "eq", "tests", true), ("created_through_reference", "eq", "ref-1", true),
    ])
    func testsValues(field: String, test: String, criterion: String, passes: Bool) async throws {
        try await WorkbooksWorld.run { world in
            _ = try await world.create(
                "crm/people",
                [
                    "name": "Ada Marsh", "cf_person_member_number": "17", "no_email_soliciting": "1",
                    "cf_person_member_since": "01 Oct 2010", "main_location[email]": "Ada@example.org",
                    "created_through_reference": "ref-1",
                ]
            )
            let found = try await world.ids("crm/people", [("_ff", field), ("_ft", test), ("_fc", criterion)])
            #expect(found.isEmpty != passes)
        }
    }

    @Test func comparesAmounts() async throws {
        try await WorkbooksWorld.run { world in
            let made = try await world.create("crm/campaigns", ["name": "C", "budget": "1000 GBP"])
            #expect(made["budget"]?.stringValue == "1000.0 GBP 0")
            #expect(made["cost_adjustment"]?.stringValue == "  0")
            let filter = { (test: String, text: String) in [("_ff", "budget"), ("_ft", test), ("_fc", text)] }
            #expect(try await world.ids("crm/campaigns", filter("between", "JSON([999,1000])")).count == 1)
            #expect(try await world.ids("crm/campaigns", filter("gt", "1000 GBP") + [("_sort", "id")]).count == 1)
        }
    }

    @Test func hidesDeletedRecordsUntilAFilterNamesThem() async throws {
        try await WorkbooksWorld.run { world in
            let id = try await world.create("crm/people", ["name": "Ada"])["id"]?.intValue ?? 0
            let deletion = try await world.change("crm/people", [.init(method: "DELETE", id: id)])
            #expect(deletion.json?["affected_objects"] == [["id": .int(id), "lock_version": 0]])
            #expect(try await world.ids("crm/people", []) == [])
            let named = [("_ff[]", "is_deleted"), ("_ft[]", "true"), ("_fc[]", "")]
            #expect(try await world.ids("crm/people", named) == [id])
            #expect(try await world.list("crm/people/\(id)").status == 404)
        }
    }

    @Test func printsDatetimesAsWanted() async throws {
        try await WorkbooksWorld.run { world in
            _ = try await world.create("crm/campaigns", ["name": "C", "start_date": "2026-09-01"])
            let columns = [("_select_columns[]", "updated_at"), ("_select_columns[]", "start_date")]
            let filter = [("_ff", "name"), ("_ft", "eq"), ("_fc", "C")]
            let usual = try await world.rows("crm/campaigns", columns + filter)
            #expect(usual == [["updated_at": "Thu May 28 20:26:40 UTC 2026", "start_date": " 1 Sep 2026"]])
            let epoch = try await world.rows(
                "crm/campaigns",
                columns + filter + [("_json_output_datetime_format", "%s")]
            )
            #expect(epoch == [["updated_at": "1780000000", "start_date": " 1 Sep 2026"]])
        }
    }

    @Test func showsASingleRecordAsAnObject() async throws {
        try await WorkbooksWorld.run { world in
            let id = try await world.create("crm/people", ["name": "Ada"])["id"]?.intValue ?? 0
            let answer = try await world.list("crm/people/\(id)")
            #expect(answer.json?["data"]?["name"]?.stringValue == "Ada")
            #expect(answer.json?["data"]?["main_location[email]"] == .null)
            #expect(answer.json?["data"]?["home_location[email]"]?.stringValue == "")
            #expect(try await world.list("crm/people/1").status == 404)
        }
    }

    @Test func findsAnAddressInAnyOfItsColumns() async throws {
        try await WorkbooksWorld.run(members: 200) { world in
            let columns = ["main_location[email]", "main_location[alternate_email]", "home_location[email]"]
            let id = try await world.create("crm/people", ["name": "A", columns[1]: "Second@example.org"])["id"]
            var filters: [(String, String)] = [("_fm", "(1 OR 2 OR 3) AND (4 OR 5)")]
            for column in columns {
                filters += [("_ff[]", column), ("_ft[]", "eq"), ("_fc[]", "x@example.org,second@example.org")]
            }
            filters += [("_ff[]", "is_deleted"), ("_ft[]", "true"), ("_fc[]", "")]
            filters += [("_ff[]", "is_deleted"), ("_ft[]", "false"), ("_fc[]", "")]
            #expect(try await world.ids("crm/people", filters) == [id?.intValue])
        }
    }

    @Test func hidesRecordsWithoutATrace() async throws {
        try await WorkbooksWorld.run { world in
            let id = try await world.create("crm/people", ["name": "Ada"])["id"]?.intValue ?? 0
            try await world.control("POST", "edit", #"{"resource":"crm/people","id":\#(id),"hide":true}"#)
            let both = [("_fm", "1 OR 2"), ("_ff[]", "is_deleted"), ("_ft[]", "true"), ("_fc[]", "")]
            let any = both + [("_ff[]", "is_deleted"), ("_ft[]", "false"), ("_fc[]", "")]
            #expect(try await world.ids("crm/people", any) == [])
            let write = try await world.change("crm/people", [.init(method: "PUT", id: id, attributes: ["name": "B"])])
            #expect(write.json?["success"]?.boolValue == false)
        }
    }
}
