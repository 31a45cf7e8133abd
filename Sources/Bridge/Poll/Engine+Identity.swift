import Logging
import Reconciliation
import Store

extension Engine {
    /// Asks an account, once an hour, whether it is still the database or account that `connect` pinned by its id.
    ///
    /// Another one would read as an empty or a foreign source: nothing is read from it, and nothing is written to it,
    /// until it is the right one again.
    /// - Throws: `PortError` with `otherAccount`.
    func checkIdentity(of account: AccountID, isDue: Bool = false) async throws {
        let now = clock.now
        let (stored, last, isOther) = try await store.database.read { connection in
            (
                try Accounts.find(account, on: connection),
                try Cursors.position(of: CursorName.identity, account: account, on: connection).flatMap(Int64.init),
                try Settings.text(SettingName.otherAccount(account), on: connection) != nil
            )
        }
        guard let stored, let pinned = stored.pinnedID else { return }
        let asked = Timestamp(milliseconds: last ?? stored.createdAt.milliseconds)
        guard isDue || isOther || asked.advanced(bySeconds: settings.secondsBetweenIdentities) <= now else { return }
        let found: (id: String, name: String)
        if account == crmAccount {
            let identity = try await crm.identify()
            found = (identity.databaseID, identity.databaseName)
        } else if let provider = providers[account] {
            let identity = try await provider.identify()
            found = (identity.accountID, identity.organisation)
        } else {
            return
        }
        let isPinned = found.id == pinned
        let name = found.name
        try await store.database.write { connection in
            try Cursors.set(String(now.milliseconds), of: CursorName.identity, account: account, on: connection)
            if isPinned == isOther {
                try Settings.set(SettingName.otherAccount(account), to: isPinned ? nil : name, on: connection)
            }
        }
        if !isPinned { throw Self.otherAccount(account, stored.pinnedName ?? pinned, found: name) }
    }

    /// Lets nothing be written to an account that was found to be another one.
    func requirePinned(_ account: AccountID) async throws {
        let (stored, other) = try await store.database.read { connection in
            (
                try Accounts.find(account, on: connection),
                try Settings.text(SettingName.otherAccount(account), on: connection)
            )
        }
        guard let other else { return }
        throw Self.otherAccount(account, stored?.pinnedName ?? stored?.pinnedID ?? "", found: other)
    }

    private static func otherAccount(_ account: AccountID, _ pinned: String, found: String) -> PortError {
        PortError(
            .otherAccount(found: found),
            operation: "check the account",
            detail: "\(account) is connected as “\(pinned)”, but its credentials lead to “\(found)” now; nothing is "
                + "written there: connect it again with the right ones"
        )
    }
}
