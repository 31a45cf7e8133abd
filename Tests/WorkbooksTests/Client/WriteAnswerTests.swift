import Bridge
import Reconciliation
import Testing
import Workbooks

/// What the answers to writes mean (workbooks.md §6.3 to §6.5).
@Suite struct WriteAnswerTests {
    private static let staleText = "This record cannot be saved since it has already been updated elsewhere."

    private func outcomes(of count: Int, _ answer: String) async throws -> [CRMWriteOutcome] {
        try await Fixture.canned { _ in
            .json(answer)
        } _: { fixture, _ in
            try await fixture.client.write(Self.writes(count))
        }
    }

    private static func writes(_ count: Int) -> [CRMWrite] {
        (1...count).map { CRMWrite(.optOutFlag(RecordID(.person, Int64($0)), true), lockVersion: 3) }
    }

    private static func object(_ id: Int, _ version: Int) -> String {
        #"{"id":\#(id),"lock_version":\#(version),"updated_at":"1756200000","no_email_soliciting":true}"#
    }

    private static func answer(_ objects: [String], _ information: [String], success: Bool = true) -> String {
        """
        {"success":\(success),"affected_objects":[\(objects.joined(separator: ","))],
        "affected_object_information":[\(information.joined(separator: ","))],"flash":"saved successfully"}
        """
    }

    @Test func tellsWrittenFromUnchanged() async throws {
        let good = #"{"success":true,"errors":{},"warnings":{}}"#
        let found = try await outcomes(
            of: 2,
            Self.answer([Self.object(1, 4), #"{"id":2,"lock_version":3}"#], [good, good])
        )
        #expect(
            found == [
                .written(lockVersion: 4, updatedAt: Timestamp(seconds: 1_756_200_000)), .unchanged(lockVersion: 3),
            ]
        )
    }

    @Test func judgesEachRowByItself() async throws {
        let good = #"{"success":true,"errors":{},"warnings":{}}"#
        let bad = { (text: String) in #"{"success":false,"errors":{"base":["\#(text)"]},"warnings":{}}"# }
        for success in [true, false] {
            let found = try await outcomes(
                of: 4,
                Self.answer(
                    [Self.object(1, 4), Self.object(2, 3), Self.object(3, 3), "{}"],
                    [
                        good, bad(Self.staleText), bad("is locked by a.b@example.org"),
                        bad("Record 4 could not be found."),
                    ],
                    success: success
                )
            )
            #expect(
                found == [
                    .written(lockVersion: 4, updatedAt: Timestamp(seconds: 1_756_200_000)), .stale,
                    .refused("is locked by ***"), .gone("Record 4 could not be found."),
                ]
            )
        }
    }

    @Test func doesNotBelieveAnUnchangedRowInABatchThatFailed() async throws {
        let found = try await outcomes(
            of: 2,
            Self.answer(
                [#"{"id":1,"lock_version":3}"#, #"{"id":2,"lock_version":3}"#],
                [#"{"success":true}"#, #"{"success":false,"errors":{"base":["no"]}}"#],
                success: false
            )
        )
        #expect(found == [.stale, .refused("no")])
    }

    @Test(
        arguments: [
            (#"{"success":false,"failures":["\#(WriteAnswerTests.staleText)"]}"#, CRMWriteOutcome.stale),
            (#"{"success":false,"failures":["Record 1 could not be found."]}"#, .gone("Record 1 could not be found.")),
            (#"{"success":false,"failures":["Unrecognised attribute: x"]}"#, .refused("Unrecognised attribute: x")),
            (
                #"{"success":false,"errors":{"[]":{"refcode":"'X' is used"}},"affected_object_errors":[{"refcode":["'X' is used"]}]}"#,
                .refused("refcode 'X' is used")
            ),
            (
                #"{"success":false,"affected_object_errors":[{"name":["can't be blank"]}]}"#,
                .refused("name can't be blank")
            ),
        ]
    )
    func findsErrorTextWhereverItIs(answer: String, outcome: CRMWriteOutcome) async throws {
        #expect(try await outcomes(of: 1, answer) == [outcome])
    }

    @Test func refusesARowWhoseValueWasNotKept() async throws {
        let kept = #"{"id":1,"lock_version":4,"no_email_soliciting":false}"#
        let found = try await outcomes(of: 1, Self.answer([kept], [#"{"success":true}"#]))
        #expect(found == [.refused("Workbooks kept false in no_email_soliciting")])
    }

    @Test(
        arguments: [
            #"{"success":true}"#, #"{"success":false}"#, "{}", #"{"success":true,"data":[],"total":0}"#,
            #"{"success":true,"affected_objects":[{"id":9,"lock_version":4}],"affected_object_information":[{"success":true}]}"#,
            #"{"success":true,"affected_objects":[{"id":1,"lock_version":4}],"affected_object_information":[]}"#,
            #"{"success":true,"affected_objects":[],"affected_object_information":[{"success":true}]}"#,
        ]
    )
    func knowsNothingFromAnAnswerThatIsNone(answer: String) async throws {
        #expect(try await portError { try await outcomes(of: 1, answer) }.code == .unknownOutcome)
    }

    @Test func readsAStaleBatchAsStaleRows() async throws {
        let found = try await outcomes(of: 3, #"{"success":false,"failures":["\#(Self.staleText)"]}"#)
        #expect(found == [.stale, .stale, .stale])
    }

    @Test func findsTheRowThatABatchWasRefusedFor() async throws {
        try await Fixture.canned { request in
            let ids = request.values("id[]")
            if ids.contains("6") { return .json(#"{"success":false,"failures":["Record 6 could not be found."]}"#) }
            return .json(
                Self.answer(ids.map { Self.object(Int($0) ?? 0, 4) }, ids.map { _ in #"{"success":true}"# })
            )
        } _: { fixture, server in
            let found = try await fixture.client.write(Self.writes(8))
            let saved = CRMWriteOutcome.written(lockVersion: 4, updatedAt: Timestamp(seconds: 1_756_200_000))
            var expected = Array(repeating: saved, count: 8)
            expected[5] = .gone("Record 6 could not be found.")
            #expect(found == expected)
            #expect(server.requests.count == 7)
        }
    }

    @Test func putsTwoChangesOfOneRecordIntoOneRow() async throws {
        try await Fixture.canned { request in
            let ids = request.values("id[]")
            return .json(Self.answer(ids.map { Self.object(Int($0) ?? 0, 4) }, ids.map { _ in #"{"success":true}"# }))
        } _: { fixture, server in
            let person = RecordID(.person, 5)
            let found = try await fixture.client.write([
                CRMWrite(.optOutFlag(person, true), lockVersion: 3),
                CRMWrite(.optOutFlag(RecordID(.person, 6), true), lockVersion: 3),
                CRMWrite(.undeliverableMark(person, true), lockVersion: 3),
            ])
            #expect(found.count == 3)
            let request = try #require(server.requests.first)
            #expect(request.values("id[]") == ["5", "6"])
            #expect(request.values("no_email_soliciting[]") == ["1", "1"])
            #expect(request.values("main_location[email_address_undeliverable][]") == ["1", ":no_value:"])
        }
    }

    @Test func writesLeadsByTheirUnnestedNames() async throws {
        try await Fixture.canned { _ in
            .json(Self.answer([#"{"id":5,"lock_version":4}"#], [#"{"success":true}"#]))
        } _: { fixture, server in
            let lead = RecordID(.lead, 5)
            _ = try await fixture.client.write([
                CRMWrite(.optOutFlag(lead, false), lockVersion: 3),
                CRMWrite(.undeliverableMark(lead, true), lockVersion: 3),
            ])
            let request = try #require(server.requests.first)
            #expect(request.uri.hasPrefix("/crm/sales_leads.api"))
            #expect(request.values("org_lead_party[no_email_soliciting][]") == ["0"])
            #expect(request.values("org_lead_party[main_location][email_address_undeliverable][]") == ["1"])
        }
    }

    @Test func refusesToMixRecordTypesAndTooManyRows() async throws {
        try await Fixture.canned { _ in
            .close
        } _: { fixture, server in
            let mixed = [
                CRMWrite(.optOutFlag(RecordID(.person, 1), true), lockVersion: 0),
                CRMWrite(.memberStatus(MemberID(1), statusID: 1), lockVersion: 0),
            ]
            for writes in [mixed, Self.writes(101)] {
                let error = try await portError { try await fixture.client.write(writes) }
                #expect(error.code == .refused)
            }
            let outcomes = try await fixture.client.write([])
            #expect(outcomes.isEmpty)
            #expect(server.requests.isEmpty)
        }
    }
}
