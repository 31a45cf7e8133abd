import Bridge
import NIOHTTP1
import Reconciliation
import Testing
import Workbooks

/// What requests look like on the wire.
@Suite struct RequestTests {
    @Test func sendsReadsAsFormsWithTheKeyInTheBody() async throws {
        try await Fixture.canned { _ in
            .rows([])
        } _: { fixture, server in
            _ = try await fixture.client.members([MemberID(3), MemberID(1), MemberID(3)])
            let request = try #require(server.requests.first)
            #expect(request.method == "POST")
            #expect(request.uri == "/crm/campaign_membership.api?_dc=1756200000000")
            #expect(request.headers["content-type"] == ["application/x-www-form-urlencoded"])
            #expect(request.headers["user-agent"] == ["WorkbooksBridge/1.0 (gzip)"])
            #expect(request.values("_method") == ["GET"])
            #expect(request.values("api_key") == [Fixture.key])
            #expect(request.values("_start") == ["0"])
            #expect(request.values("_limit") == ["100"])
            #expect(request.values("_json_output_datetime_format") == ["%s"])
            #expect(
                request.values("_fm") == ["1 AND (2 OR 3) AND 4"] || request.values("_fm") == ["(1 AND (2 OR 3)) AND 4"]
            )
            #expect(request.values("_fc[]").first == "1,3")
        }
    }

    @Test func unpacksCompressedAnswers() async throws {
        // {"success":true,"data":[],"total":0}
        let packed: [UInt8] = [
            0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x03, 0xab, 0x56, 0x2a, 0x2e, 0x4d, 0x4e,
            0x4e, 0x2d, 0x2e, 0x56, 0xb2, 0x2a, 0x29, 0x2a, 0x4d, 0xd5, 0x51, 0x4a, 0x49, 0x2c, 0x49, 0x54,
            0xb2, 0x8a, 0x8e, 0xd5, 0x51, 0x2a, 0xc9, 0x2f, 0x49, 0xcc, 0x51, 0xb2, 0x32, 0xa8, 0x05, 0x00,
            0x3c, 0x38, 0x28, 0x01, 0x24, 0x00, 0x00, 0x00,
        ]
        try await Fixture.canned { _ in
            .bytes(["Content-Type": "application/json", "Content-Encoding": "gzip"], packed)
        } _: { fixture, server in
            let found = try await fixture.client.members([MemberID(3)])
            #expect(found.isEmpty)
            #expect(server.requests.first?.headers["accept-encoding"] == ["gzip"])
        }
    }

    @Test func asksForChangesInTheirOrder() async throws {
        try await Fixture.canned { _ in
            .rows([])
        } _: { fixture, server in
            _ = try await fixture.client.changes(of: .people, after: ChangePosition(second: 1_756_000_120))
            let request = try #require(server.requests.first)
            #expect(request.values("_sort[]") == ["updated_at", "id"])
            #expect(request.values("_dir[]") == ["ASC", "ASC"])
            #expect(request.values("__skip_total_rows") == ["true"])
            #expect(request.values("_ff[]") == ["updated_at", "is_deleted", "is_deleted"])
            #expect(request.values("_ft[]") == ["ge", "true", "false"])
            #expect(request.values("_fc[]").first == "1756000000")
            #expect(server.requests.count == 1)
        }
    }

    @Test func selectsTheAddressesAndTheFlagOfBothKinds() async throws {
        try await Fixture.canned(mapped: [.person: ["cf_person_region"], .lead: ["cf_lead_region"]]) { _ in
            .rows([])
        } _: { fixture, server in
            _ = try await fixture.client.records([RecordID(.person, 1), RecordID(.lead, 1)])
            let selected = server.requests.map { $0.values("_select_columns[]") }
            #expect(
                Set(selected[0]).isSuperset(of: [
                    "id", "lock_version", "updated_at", "updated_by", "is_deleted", "main_location[email]",
                    "main_location[alternate_email]", "home_location[email]", "home_location[alternate_email]",
                    "no_email_soliciting", "main_location[email_address_undeliverable]", "cf_person_region",
                ])
            )
            #expect(
                Set(selected[1]).isSuperset(of: [
                    "org_lead_party[main_location[email]]", "org_lead_party[home_location[alternate_email]]",
                    "org_lead_party[no_email_soliciting]", "cf_lead_region",
                ])
            )
        }
    }
}
