import Foundation
import Sandbox

/// Reads what the two simulated services hold, and does in them what people do: through their controls, never through
/// what Causeway believes.
struct DemoSides: Sendable {
    let world: SandboxWorld

    /// A control was refused.
    struct Refused: Error, CustomStringConvertible {
        var description: String
    }

    // MARK: What people do

    /// Something that an operator does in the CRM; several at once are one moment.
    @discardableResult
    func edit(_ edits: [SandboxJSON]) async throws -> [Int] {
        let answer = try await call(world.workbooks, "POST", "edits", body: .array(edits))
        return try Self.decoder.decode([Edited].self, from: answer).map(\.id)
    }

    /// Something that happens at the provider.
    @discardableResult
    func act(_ name: String, _ body: SandboxJSON) async throws -> SandboxJSON {
        let answer = try await call(world.constantContact, "POST", name, body: body)
        return SandboxJSON(parsing: Array(answer)) ?? .null
    }

    private struct Edited: Decodable { var id: Int }

    private static var decoder: JSONDecoder {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return decoder
    }

    // MARK: What is there

    /// The model of what was seeded.
    func seededModel() async throws -> DemoModel {
        var model = DemoModel()
        model.campaigns = world.seeded.campaigns.map {
            .init(id: $0.id, reference: $0.reference, name: $0.name, list: $0.publicName)
        }
        for kind in DemoRecordKey.Kind.allCases {
            for row in try await rows(kind.rawValue, columns: Columns.of(kind).all) {
                let record = Columns.of(kind).record(row, kind)
                model.records[record.key] = record
            }
        }
        let (members, statuses) = try await memberships(ids: nil)
        for row in members where row["is_deleted"] != "true" {
            guard let member = Self.member(row, statuses) else { continue }
            model.members[member.id] = member
        }
        for (key, record) in try await facts(DemoScope(records: Array(model.records.keys)), managed: []).records
        where record.isFlagged {
            model.setFlag(key)
        }
        return model
    }

    /// Everything that both sides hold, or what they hold of some.
    func facts(_ scope: DemoScope? = nil, managed: Set<String>) async throws -> DemoFacts {
        var facts = DemoFacts()
        for kind in DemoRecordKey.Kind.allCases {
            let ids = scope.map { $0.records.filter { $0.kind == kind }.map(\.id) }
            if ids?.isEmpty == true { continue }
            facts.records.merge(try await records(kind, ids: ids)) { $1 }
        }
        if scope?.members.isEmpty != true {
            let (members, statuses) = try await memberships(ids: scope?.members)
            for row in members where row["is_deleted"] != "true" {
                guard let member = Self.member(row, statuses) else { continue }
                facts.members[member.id] = member.status
            }
        }
        for contact in try await contacts(scope?.addresses) {
            guard let email = contact.email else { continue }
            let lists = Set(contact.lists)
            let isDeleted = contact.deletedAt != nil
            facts.contacts[DemoModel.compared(email)] = .init(
                isUnsubscribed: contact.permissionToSend == "unsubscribed",
                isDeleted: isDeleted,
                lists: lists,
                name: lists.isDisjoint(with: managed) ? nil : "\(contact.firstName ?? "") \(contact.lastName ?? "")"
            )
        }
        return facts
    }

    /// A contact as the sandbox shows it.
    struct Contact: Decodable, Sendable {
        var email: String?
        var permissionToSend: String?
        var optOutSource: String?
        var firstName: String?
        var lastName: String?
        var deletedAt: String?
        var lists: [String]
    }

    /// The contacts of some addresses, or all of them.
    func contacts(_ addresses: [String]?) async throws -> [Contact] {
        guard let addresses else {
            return try Self.decoder.decode(
                [Contact].self,
                from: try await call(world.constantContact, "GET", "contacts")
            )
        }
        var found: [Contact] = []
        for address in addresses {
            let text = address.replacing("+", with: "%2B")
            let answer = try await call(world.constantContact, "GET", "contacts?email=\(text)")
            found += try Self.decoder.decode([Contact].self, from: answer)
        }
        return found
    }

    /// How many contacts neither the walks of the lists nor that of the unsubscribed show.
    func contactsThatNoWalkShows(managed: Set<String>) async throws -> Int {
        try await contacts(nil).count { contact in
            contact.permissionToSend != "unsubscribed" && managed.isDisjoint(with: contact.lists)
        }
    }

    /// What the provider counts of itself.
    struct ProviderState: Decodable, Sendable {
        struct List: Decodable, Sendable {
            var listId: String
            var name: String
            var deleted: Bool
            var members: Int
        }

        var lists: [List]
        var signUpFormCalls: Int
        var resubscribeMails: Int
    }

    func providerState() async throws -> ProviderState {
        try Self.decoder.decode(
            ProviderState.self,
            from: try await call(world.constantContact, "GET", "state?contacts=false")
        )
    }

    /// The id of the status with a text in a campaign.
    func status(_ text: String, in campaign: Int) async throws -> Int? {
        try await rows("crm/campaign_membership_status", columns: ["id", "status", "marketing_campaign_id"]).first {
            $0["status"] == text && $0["marketing_campaign_id"] == String(campaign)
        }?["id"].flatMap { Int($0) }
    }

    // MARK: Rows of the CRM

    private func records(
        _ kind: DemoRecordKey.Kind,
        ids: [Int]?
    ) async throws -> [DemoRecordKey: DemoFacts.Record] {
        let columns = Columns.of(kind)
        var records: [DemoRecordKey: DemoFacts.Record] = [:]
        for row in try await rows(kind.rawValue, ids: ids, columns: ["id", columns.flag, columns.undeliverable]) {
            guard let id = row["id"].flatMap({ Int($0) }) else { continue }
            records[DemoRecordKey(kind: kind, id: id)] = .init(
                isFlagged: row[columns.flag] == "true",
                isUndeliverable: row[columns.undeliverable] == "true"
            )
        }
        return records
    }

    private func memberships(ids: [Int]?) async throws -> ([[String: String]], statuses: [String: String]) {
        let members = try await rows(
            "crm/campaign_membership",
            ids: ids,
            columns: [
                "id", "marketing_campaign_id", "party_or_lead_id", "party_or_lead_type",
                "campaign_membership_status_id", "is_deleted",
            ]
        )
        var statuses: [String: String] = [:]
        for row in try await rows("crm/campaign_membership_status", columns: ["id", "status"]) {
            statuses[row["id"] ?? ""] = row["status"]
        }
        return (members, statuses)
    }

    private static func member(_ row: [String: String], _ statuses: [String: String]) -> DemoModel.Member? {
        guard let id = row["id"].flatMap({ Int($0) }), let record = row["party_or_lead_id"].flatMap({ Int($0) }),
            let campaign = row["marketing_campaign_id"].flatMap({ Int($0) })
        else { return nil }
        let kind: DemoRecordKey.Kind = row["party_or_lead_type"]?.hasSuffix("SalesLead") == true ? .lead : .person
        return DemoModel.Member(
            id: id,
            campaign: campaign,
            record: DemoRecordKey(kind: kind, id: record),
            status: statuses[row["campaign_membership_status_id"] ?? ""] ?? ""
        )
    }

    private func rows(_ resource: String, ids: [Int]? = nil, columns: [String]) async throws -> [[String: String]] {
        var target = "state?resource=\(resource)&columns=\(columns.joined(separator: ","))"
        if let ids { target += "&ids=\(ids.map(String.init).joined(separator: ","))" }
        let answer = try await call(world.workbooks, "GET", target)
        return try JSONDecoder().decode([[String: Scalar?]].self, from: answer).map { row in
            row.compactMapValues { $0?.text }
        }
    }

    private func call(
        _ server: SandboxServer,
        _ method: String,
        _ control: String,
        body: SandboxJSON? = nil
    ) async throws -> Data {
        let request = SandboxRequest(
            method: method,
            target: "/_sandbox/\(control)",
            headers: [("Content-Type", "application/json")],
            body: body.map { Array($0.text.utf8) } ?? []
        )
        guard let response = await server.service.control(request), (200..<300).contains(response.status) else {
            throw Refused(description: "the sandbox refused \(method) \(control) \(body?.text ?? "")")
        }
        return Data(response.body)
    }

    /// A JSON value without members, as text.
    private struct Scalar: Decodable {
        var text: String

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if let flag = try? container.decode(Bool.self) {
                text = String(flag)
            } else if let number = try? container.decode(Int.self) {
                text = String(number)
            } else {
                text = try container.decode(String.self)
            }
        }
    }

    /// Where a Person and a Lead keep the same things.
    struct Columns: Sendable {
        var first: String
        var last: String
        var main: String
        var others: [String]
        var flag: String
        var undeliverable: String

        var all: [String] { ["id", first, last, main] + others + [flag, undeliverable] }

        static func of(_ kind: DemoRecordKey.Kind) -> Columns { kind == .person ? person : lead }

        private static let person = Columns(
            first: "person_first_name",
            last: "person_last_name",
            main: "main_location[email]",
            others: ["main_location[alternate_email]", "home_location[email]", "home_location[alternate_email]"],
            flag: "no_email_soliciting",
            undeliverable: "main_location[email_address_undeliverable]"
        )

        private static let lead = Columns(
            first: "person_lead_party[person_first_name]",
            last: "person_lead_party[person_last_name]",
            main: "org_lead_party[main_location[email]]",
            others: [
                "org_lead_party[main_location[alternate_email]]", "org_lead_party[home_location[email]]",
                "org_lead_party[home_location[alternate_email]]",
            ],
            flag: "org_lead_party[no_email_soliciting]",
            undeliverable: "org_lead_party[main_location[email_address_undeliverable]]"
        )

        fileprivate func record(_ row: [String: String], _ kind: DemoRecordKey.Kind) -> DemoModel.Record {
            DemoModel.Record(
                key: DemoRecordKey(kind: kind, id: row["id"].flatMap { Int($0) } ?? 0),
                firstName: row[first] ?? "",
                lastName: row[last] ?? "",
                emails: ([main] + others).map { row[$0] ?? "" },
                isUndeliverable: row[undeliverable] == "true"
            )
        }
    }
}
