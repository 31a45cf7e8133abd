import Sandbox

/// The truth about the simulated Constant Contact account.
struct ProviderState: Sendable {
    /// A contact as the account holds it.
    struct Contact: Sendable {
        var address: String
        var permission: String
        var lists: Set<String>
        var isDeleted: Bool
    }

    /// A list as the account holds it.
    struct List: Sendable {
        var id: String
        var name: String
        var isDeleted: Bool
        var members: Int
    }

    var contacts: [Contact]
    var lists: [List]
    /// Calls that only a person's own form may make.
    var signUpFormCalls: Int
    /// Mails that ask a person to come back.
    var resubscribeMails: Int

    /// Reads the account, with or without its contacts.
    static func read(_ provider: Peer, withContacts: Bool = true) async throws -> ProviderState {
        let json = try await provider.read(withContacts ? "state" : "state?contacts=false")
        return ProviderState(
            contacts: (json["contacts"]?.arrayValue ?? []).map { contact in
                Contact(
                    address: contact["email"]?.stringValue?.lowercased() ?? "",
                    permission: contact["permission_to_send"]?.stringValue ?? "",
                    lists: Set((contact["lists"]?.arrayValue ?? []).compactMap(\.stringValue)),
                    isDeleted: contact["deleted_at"]?.stringValue != nil)
            },
            lists: (json["lists"]?.arrayValue ?? []).map { list in
                List(
                    id: list["list_id"]?.stringValue ?? "", name: list["name"]?.stringValue ?? "",
                    isDeleted: list["deleted"]?.boolValue ?? false, members: list["members"]?.intValue ?? 0)
            },
            signUpFormCalls: json["sign_up_form_calls"]?.intValue ?? -1,
            resubscribeMails: json["resubscribe_mails"]?.intValue ?? -1)
    }

    /// The addresses on a list of that name; nil when there is none.
    static func members(ofList name: String, _ provider: Peer) async throws -> Set<String>? {
        let state = try await read(provider, withContacts: false)
        guard let list = state.lists.first(where: { $0.name == name && !$0.isDeleted }) else { return nil }
        let members = try await provider.read("list-members?list_id=\(list.id)")
        return Set((members.arrayValue ?? []).compactMap(\.stringValue).map { $0.lowercased() })
    }
}
