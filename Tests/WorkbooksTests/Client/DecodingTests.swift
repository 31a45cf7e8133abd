import Bridge
import Reconciliation
import Testing
import Workbooks

/// Rows as the service may also write them.
@Suite struct DecodingTests {
    private static let person = """
        {"id":7,"lock_version":3,"updated_at":"1756200000","updated_by":2,"is_deleted":false,"name":"Ada Marsh",
        "person_first_name":"Ada","person_last_name":"Marsh","main_location[email]":"Ada@Example.org",
        "main_location[alternate_email]":null,"home_location[email]":"","home_location[alternate_email]":"h@example.org",
        "no_email_soliciting":true,"main_location[email_address_undeliverable]":false}
        """

    private func read(_ row: String) async throws -> [CRMRecord] {
        try await Fixture.canned { _ in
            .rows([row])
        } _: { fixture, _ in
            try await fixture.client.records([RecordID(.person, 7)])
        }
    }

    private let expected = CRMRecord(
        id: RecordID(.person, 7),
        lockVersion: 3,
        updatedAt: Timestamp(seconds: 1_756_200_000),
        updatedBy: 2,
        firstName: "Ada",
        lastName: "Marsh",
        mainEmail: "Ada@Example.org",
        otherEmails: ["h@example.org"],
        isOptedOut: true
    )

    @Test func readsARow() async throws {
        #expect(try await read(Self.person) == [expected])
    }

    @Test(
        arguments: [
            (#""updated_at":"1756200000""#, #""updated_at":1756200000"#),
            (#""updated_at":"1756200000""#, #""updated_at":"Tue Aug 26 09:20:00 UTC 2025""#),
            (#""id":7"#, #""id":"7""#), (#""lock_version":3"#, #""lock_version":"3""#),
            (#""no_email_soliciting":true"#, #""no_email_soliciting":"1""#),
            (#""no_email_soliciting":true"#, #""no_email_soliciting":1"#),
            (#""is_deleted":false"#, #""is_deleted":null"#), (#""is_deleted":false"#, #""is_deleted":"""#),
            (#""updated_by":2"#, #""updated_by":"2","x_new":{"deep":[1,null]}"#),
        ]
    )
    func readsOtherSpellings(usual: String, other: String) async throws {
        let row = Self.person.replacing(usual, with: other)
        #expect(row != Self.person)
        #expect(try await read(row) == [expected])
    }

    @Test(
        arguments: [
            #""no_email_soliciting":true,"#, #""main_location[email]":"Ada@Example.org","#,
            #""home_location[email]":"","#, #""lock_version":3,"#, #""is_deleted":false,"#,
        ]
    )
    func doesNotTakeAMissingColumnForAnUnsetOne(column: String) async throws {
        let row = Self.person.replacing(column, with: "")
        #expect(row != Self.person)
        let error = try await portError { try await read(row) }
        #expect(error.code == .unreadableAnswer)
        let name = column.dropFirst().prefix { $0 != "\"" }
        #expect(error.detail.contains(name))
    }

    @Test func takesNamesApartWhereThereIsOnlyAWholeOne() async throws {
        let row = Self.person.replacing(
            #""person_first_name":"Ada","person_last_name":"Marsh""#,
            with: #""person_first_name":null,"person_last_name":"""#
        )
        .replacing("Ada Marsh", with: "Ada van Marsh")
        let record = try #require(try await read(row).first)
        #expect(record.firstName == "Ada van")
        #expect(record.lastName == "Marsh")
    }

    @Test func keepsOnlyTheRecordsThatHaveTheAddress() async throws {
        let other = Self.person.replacing(#""id":7"#, with: #""id":8"#).replacing(
            "h@example.org",
            with: "z@example.org"
        )
        try await Fixture.canned { request in
            request.uri.contains("people") ? .rows([Self.person, other]) : .rows([])
        } _: { fixture, _ in
            let found = try await fixture.client.records(having: [Address(compared: "h@example.org")])
            #expect(found.map(\.id) == [RecordID(.person, 7)])
        }
    }

    @Test func dropsColumnsThatTheDatabaseDoesNotHave() async throws {
        let names = [
            "id", "lock_version", "updated_at", "updated_by", "is_deleted", "name", "main_location[email]",
            "main_location[alternate_email]", "no_email_soliciting", "main_location[email_address_undeliverable]",
        ]
        let fields = names.map { #"{"name":"\#($0)","title":"","datatype":"string"}"# }.joined(separator: ",")
        let people = #"{"class_name":"Private::Crm::Person","controller_path":"crm/people","fields":[\#(fields)]}"#
        try await Fixture.canned { request in
            if request.uri.contains("metadata") { return .rows([people]) }
            let unknown = request.values("_select_columns[]").contains { $0.hasPrefix("home_location") }
            return unknown ? .answer(status: 406, body: "unknown column") : .rows([])
        } _: { fixture, server in
            let found = try await fixture.client.records([RecordID(.person, 7)])
            #expect(found.isEmpty)
            let before = server.requests.count
            _ = try await fixture.client.records([RecordID(.person, 7)])
            #expect(server.requests.count == before + 1)
        }
    }

    @Test func saysWhyAReadWasRefusedInsideA200() async throws {
        try await Fixture.canned { _ in
            .json(#"{"success":false,"failures":["No such column: x"]}"#)
        } _: { fixture, _ in
            let error = try await portError { try await fixture.client.members([MemberID(1)]) }
            #expect(error.code == .refused)
            #expect(error.detail.contains("No such column: x"))
        }
    }
}
