import Bridge
import ConstantContact
import Foundation
import Reconciliation
import Store
import Workbooks

extension Examination {
    /// The database, the accounts with their credentials, and who works here.
    mutating func examineStore(_ wiring: Wiring) async {
        do {
            if let damage = try await wiring.store.integrityProblem() {
                problem("database", "damaged: \(damage). Stop serve and restore a backup")
            } else {
                ok("database", "its integrity check finds nothing")
            }
            try examineServe(wiring)
            try await examineLinks(wiring)
        } catch {
            problem("database", ErrorText.of(error))
        }
        do {
            let http = try wiring.makeHTTPClients()
            await examineAccounts(wiring, http)
            try await http.shutdown()
        } catch {
            problem("accounts", ErrorText.of(error))
        }
    }

    private mutating func examineServe(_ wiring: Wiring) throws {
        if try wiring.store.tryLock(RoleName.serve) != nil {
            note("serve", "does not run on this data directory")
        } else {
            let holder = FileLock.holder(of: RoleName.serve, in: wiring.settings.dataDirectory)
            ok("serve", "runs\(holder.map { " as process \($0)" } ?? "")")
        }
    }

    private mutating func examineLinks(_ wiring: Wiring) async throws {
        let (links, inbox) = try await wiring.store.database.read { connection in
            (try Links.all(in: connection), try Inbox.counts(on: connection))
        }
        for link in links {
            if let text = link.problem {
                problem("link", "“\(link.listName)” of \(link.account) does not run: \(text)")
            }
        }
        if inbox.dead > 0 {
            problem(
                "inbox",
                "\(inbox.dead) deliveries could not be read; see causeway inbox list --state dead, and causeway inbox replay"
            )
        }
    }

    private mutating func examineAccounts(_ wiring: Wiring, _ http: Wiring.HTTPClients) async {
        do {
            let accounts = try await wiring.store.database.read { try Accounts.all(on: $0) }
            if !accounts.contains(where: { $0.role == .crm }) {
                note("accounts", "no CRM is connected yet; run causeway connect workbooks")
            }
            if !accounts.contains(where: { $0.role == .provider }) {
                note(
                    "accounts",
                    "no email provider is connected yet; run causeway connect constant-contact or mailchimp"
                )
            }
            for account in accounts {
                await examine(account, wiring, http)
                try await examineHooks(of: account, wiring)
            }
        } catch {
            problem("accounts", ErrorText.of(error))
        }
    }

    /// What the last look at an account's hooks found.
    private mutating func examineHooks(of account: Account, _ wiring: Wiring) async throws {
        let hooks = try await wiring.store.database.read { try HookStatus.all(of: account.name, in: $0) }
        let name = account.name.rawValue
        if hooks.isEmpty, HookStatus.isNeeded(by: account) {
            note(
                name,
                "has no webhook registered: changes there are found by asking alone; run causeway webhooks register \(name)"
            )
        }
        for hook in hooks {
            let checked = hook.checkedAt.map { ", as of \($0)" } ?? ""
            if let text = hook.problem {
                problem(name, "the webhook “\(hook.topic)”: \(text)\(checked); run causeway webhooks register \(name)")
            } else {
                ok(name, "the webhook “\(hook.topic)” is as it should be\(checked)")
            }
        }
    }

    /// Tries an account's credentials and holds what they lead to against what is pinned.
    private mutating func examine(_ account: Account, _ wiring: Wiring, _ http: Wiring.HTTPClients) async {
        do {
            let found: (id: String, name: String)
            switch account.role {
            case .crm:
                let settings = try AccountSettingsText.decode(WorkbooksAccountSettings.self, from: account.settings)
                let identity = try await wiring.makeWorkbooks(account.name, settings, http: http).identify()
                found = (identity.databaseID, identity.databaseName)
            case .provider:
                let identity = try await wiring.makeProvider(account, http: http).identify()
                found = (identity.accountID, identity.organisation)
            }
            if let pinned = account.pinnedID, pinned != found.id {
                problem(
                    account.name.rawValue,
                    "its credentials lead to “\(found.name)”, but it was connected to “\(account.pinnedName ?? pinned)”; "
                        + "connect it again with credentials of that account"
                )
            } else {
                ok(account.name.rawValue, "its credentials work and lead to “\(found.name)”")
            }
        } catch {
            problem(
                account.name.rawValue,
                "its credentials were tried: \(ErrorText.of(error)). "
                    + "Run causeway connect \(account.kind) again if they have changed"
            )
        }
    }
}
