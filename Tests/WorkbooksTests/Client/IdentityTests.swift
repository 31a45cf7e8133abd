import Bridge
import Reconciliation
import Testing
import Workbooks

/// Finding out which database a key leads to, and whether it has what is needed.
@Suite struct IdentityTests {
    private static let fields: [Resource: [String]] = [
        .people: [
            "id", "lock_version", "updated_at", "updated_by", "is_deleted", "name", "main_location[email]",
            "no_email_soliciting", "main_location[email_address_undeliverable]",
        ],
        .leads: [
            "id", "lock_version", "updated_at", "updated_by", "is_deleted", "name",
            "org_lead_party[main_location[email]]", "org_lead_party[no_email_soliciting]",
            "org_lead_party[main_location[email_address_undeliverable]]",
        ],
        .campaigns: ["id", "lock_version", "is_deleted", "name"],
        .members: [
            "id", "lock_version", "updated_at", "is_deleted", "marketing_campaign_id", "campaign_membership_status_id",
            "party_or_lead_id", "party_or_lead_type",
        ],
        .statuses: ["id", "status", "marketing_campaign_id", "created_through_reference"],
    ]

    private static func metadata(without missing: String? = nil, fixed: String? = nil) -> CannedReply {
        .rows(
            fields.map { resource, names in
                let fields = names.filter { $0 != missing }.map {
                    #"{"name":"\#($0)","title":"","datatype":"string","is_updateable":\#($0 != fixed)}"#
                }
                return """
                    {"class_name":"Other::\(resource)","controller_path":"/\(resource.rawValue)",
                    "fields":[\(fields.joined(separator: ","))]}
                    """
            }
        )
    }

    private static let login =
        #"{"database_instance_id":"48592","database_name":"Trial","user_id":12,"session_id":"x"}"#

    @Test func takesTheDatabaseFromTheLogin() async throws {
        try await Fixture.canned { request in
            request.uri.hasPrefix("/login.api") ? .json(Self.login) : Self.metadata()
        } _: { fixture, server in
            let identity = try await fixture.client.identify()
            #expect(identity == CRMIdentity(databaseID: "48592", databaseName: "Trial", userID: 12))
            let request = try #require(server.requests.first)
            #expect(request.values("api_key") == [Fixture.key])
            #expect(request.values("client") == ["api"])
            #expect(request.values("_method").isEmpty)
        }
    }

    @Test(arguments: [404, 405, 501])
    func takesTheDatabaseFromALinkWhereThereIsNoLogin(status: Int) async throws {
        try await Fixture.canned { request in
            if request.uri.hasPrefix("/login.api") { return .answer(status: status, body: "") }
            if request.uri.hasPrefix("/metadata") { return Self.metadata() }
            if request.uri.hasPrefix("/crm/campaigns") { return .rows([]) }
            return .rows([#"{"id":1,"object_url":"https://trial.workbooks.com/link/=kDM2gDN/PERS-1"}"#])
        } _: { fixture, _ in
            let identity = try await fixture.client.identify()
            #expect(identity == CRMIdentity(databaseID: "48592", databaseName: "trial.workbooks.com", userID: nil))
        }
    }

    @Test(arguments: ["no_email_soliciting", "org_lead_party[no_email_soliciting]", "party_or_lead_type", "status"])
    func namesWhatTheDatabaseLacks(attribute: String) async throws {
        try await Fixture.canned { request in
            request.uri.hasPrefix("/login.api") ? .json(Self.login) : Self.metadata(without: attribute)
        } _: { fixture, _ in
            let error = try await portError { try await fixture.client.identify() }
            #expect(error.code == .forbidden)
            #expect(error.detail.contains(": \(attribute)"))
        }
    }

    @Test func saysThatAFlagMayNotBeChanged() async throws {
        try await Fixture.canned { request in
            request.uri.hasPrefix("/login.api") ? .json(Self.login) : Self.metadata(fixed: "no_email_soliciting")
        } _: { fixture, _ in
            let error = try await portError { try await fixture.client.identify() }
            #expect(error.detail.contains("crm/people: no_email_soliciting may not be changed"))
        }
    }

    @Test func namesRecordTypesThatMetadataDoesNotKnow() async throws {
        try await Fixture.canned { request in
            request.uri.hasPrefix("/login.api") ? .json(Self.login) : .rows([])
        } _: { fixture, _ in
            let error = try await portError { try await fixture.client.identify() }
            #expect(error.detail.contains("the record type crm/people; the record type crm/sales_leads"))
        }
    }
}
