import Logging
import Reconciliation
import Store

extension Engine {
    /// The link's list and the list of everybody, made where they are missing.
    ///
    /// - Throws: `LinkProblem` when a list of that name exists that Causeway did not make.
    func ensureLists(of link: Link, provider: any EmailProvider) async throws -> ListID {
        if let masterName = provider.capabilities.masterListName {
            let account = link.account
            let master = try await store.database.read { try Links.master(of: account, in: $0) }
            if master == nil {
                // The list of everybody is Causeway's by its name: the one that is there is taken over.
                let list = try await makeList(
                    named: masterName,
                    description: "Everybody who is in a Workbooks campaign",
                    account: account,
                    mayAdopt: true,
                    provider: provider
                )
                try await store.database.write {
                    try Links.masterMade(list, named: masterName, account: account, in: $0)
                }
            }
        }
        if let list = link.list { return list }
        let mayAdopt = try await store.database.read {
            try Settings.text(SettingName.adopts(link.id), on: $0) != nil
        }
        let list = try await makeList(
            named: link.listName,
            description: "Workbooks campaign \(link.campaign)",
            account: link.account,
            mayAdopt: mayAdopt,
            provider: provider
        )
        try await store.database.write { try Links.listMade(link.id, list: list, in: $0) }
        return list
    }

    /// Makes a list, or takes over the one that an unfinished attempt of Causeway's made.
    private func makeList(
        named name: String,
        description: String,
        account: AccountID,
        mayAdopt: Bool,
        provider: any EmailProvider
    ) async throws -> ListID {
        let subject = "list \(account) \(name)"
        let now = clock.now
        // The intent of an earlier attempt: its list, if it was made, is ours.
        let (intent, isRepeated) = try await store.database.write { connection -> (Int64, Bool) in
            let earlier = try connection.value(
                """
                SELECT max(i.id) FROM intent i JOIN intent_row r ON r.intent = i.id
                WHERE i.kind = \(IntentKind.createList.rawValue) AND r.subject = \(subject) AND i.state <> 'done'
                """
            )
            if let earlier {
                callsUnderWay.begin(earlier)
                return (earlier, true)
            }
            let id = try Intents.insert(
                account: account,
                kind: IntentKind.createList.rawValue,
                lane: Lane.bulkLoads.rawValue,
                payload: "{}",
                rows: [IntentRow(address: "", subject: subject, payload: name)],
                awaitsEcho: false,
                at: now,
                in: connection
            )
            callsUnderWay.begin(id)
            return (id, false)
        }
        defer { callsUnderWay.end(intent) }
        do {
            let list = try await provider.createList(named: name, description: description)
            try await endList(intent, as: .done, result: list.id.rawValue)
            return list.id
        } catch let error as PortError {
            guard case .conflict(let existing) = error.code, let existing else {
                if !isRepeated, error.hadNoEffect {
                    try await forgetList(intent, because: error.description)
                } else if error.code != .unknownOutcome {
                    try await endList(intent, as: .failed, result: error.description)
                }
                throw error
            }
            let owner = try await store.database.read {
                try Links.of(account, in: $0).first { $0.list == ListID(existing) }
            }
            if owner == nil, isRepeated || mayAdopt {
                try await endList(intent, as: .done, result: existing)
                return ListID(existing)
            }
            try await forgetList(intent, because: "the name is taken")
            throw LinkProblem(
                text: "\(account) has a list named “\(name)” already that Causeway did not make; "
                    + "link with --adopt to take it over, or give another name with --list-name"
            )
        }
    }

    private func endList(_ intent: Int64, as state: Intent.State, result: String) async throws {
        let now = clock.now
        try await store.database.write {
            try Intents.end(intent, as: state, result: result, at: now, in: $0)
        }
    }

    /// Nothing was made: a later attempt must not take the list of that name for its own.
    private func forgetList(_ intent: Int64, because reason: String) async throws {
        let now = clock.now
        try await store.database.write {
            try Intents.end(intent, as: .done, result: reason, at: now, in: $0)
        }
    }

    /// A list that was renamed at the provider is put right once; renamed again, or deleted, somebody has to decide.
    func checkName(of link: Link, _ list: ListID, _ provider: any EmailProvider) async throws {
        let found = try await existing(list, of: link, provider)
        guard found.name != link.listName else {
            let (account, id) = (link.account, link.id)
            let now = clock.now
            return try await store.database.write {
                try LinkHolds.forget(.listRenamed, of: id, account: account, at: now, in: $0)
            }
        }
        guard link.renameCount == 0 else {
            let cause = HoldCause.link(.listRenamed, link.id, found.name)
            if try await store.database.read({ try Holds.row(of: cause, in: $0)?.state }) == .dismissed { return }
            throw LinkProblem(
                text: "the list “\(link.listName)” was renamed again to “\(found.name)” at \(link.account); "
                    + "rename it there, or decide with causeway holds",
                cause: cause,
                detail: found.name
            )
        }
        try await provider.renameList(list, to: link.listName)
        try await store.database.write { try Links.renamed(link.id, in: $0) }
    }

    /// The link's list as it is at the provider now.
    ///
    /// - Throws: `LinkProblem` when there is none any more.
    func existing(_ list: ListID, of link: Link, _ provider: any EmailProvider) async throws -> ProviderList {
        let lists = try await provider.lists()
        guard let found = lists.first(where: { $0.id == list }) else { throw listIsDeleted(list, of: link) }
        try await forget(HoldCause.link(.listDeleted, link.id, list.rawValue))
        return found
    }

    /// A link's list is not there any more.
    func listIsDeleted(_ list: ListID, of link: Link) -> LinkProblem {
        LinkProblem(
            text: "the list “\(link.listName)” was deleted at \(link.account); decide with causeway holds",
            cause: HoldCause.link(.listDeleted, link.id, list.rawValue)
        )
    }

    /// The cause is gone: the hold on it closes by itself.
    func forget(_ cause: HoldCause) async throws {
        let now = clock.now
        guard try await store.database.read({ try Holds.row(of: cause, in: $0) }) != nil else { return }
        try await store.database.write { try Holds.forget(cause, at: now, in: $0) }
    }
}

/// Why a link does not run, for its operator.
package struct LinkProblem: Error, Sendable, CustomStringConvertible {
    package var text: String
    /// What somebody has to decide on; nil where nothing can be decided here.
    package var cause: HoldCause?
    /// What the decision needs to know.
    package var detail: String?
    package var description: String { text }

    package init(text: String, cause: HoldCause? = nil, detail: String? = nil) {
        self.text = text
        self.cause = cause
        self.detail = detail
    }
}

/// The names of stored settings.
package enum SettingName {
    /// Set when a link may take over a list that exists.
    package static func adopts(_ link: LinkID) -> String { "adopt:\(link)" }
    /// Set once a link was ended: that there was one outlives it.
    package static let firstLink = "first-link"
    /// Set to a configuration version when a link's records are to be read again by an engine of that version or later.
    package static func rereadsRecords(_ link: LinkID) -> String { "reread:\(link)" }
    /// Set by `causeway restore` to when it put a backup in place, until the engine has taken note.
    package static let restoredAt = "restored.at"
    /// Set while a process says that it reads the accounts again and again.
    static let polling = "polling"
    /// When a round was last asked for, in milliseconds since the epoch: accounts polled before are due.
    package static let syncRequest = "sync-request"
    /// Changes with every change of accounts and mappings: a running engine is made anew.
    package static let configurationVersion = "configuration-version"
    /// The CRM user as whom Causeway writes, as its own echoes have shown.
    package static let ownUser = "crm-own-user"
    /// Set while an account's credentials lead to another account than the one that was connected: to its name.
    package static func otherAccount(_ account: AccountID) -> String { "other-account:\(account)" }
    /// Set when a round was asked for with `sync --full`.
    package static func fullSync(_ account: AccountID) -> String { "full-sync:\(account)" }
}
