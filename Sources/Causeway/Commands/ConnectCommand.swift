import ArgumentParser
import Reconciliation
import Store

/// Connects an account: tries its credentials, pins which account they lead to, and stores them sealed.
struct ConnectCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "connect",
        abstract: "Connect Workbooks or an email provider.",
        subcommands: [
            ConnectWorkbooksCommand.self, ConnectConstantContactCommand.self, ConnectMailchimpCommand.self,
        ]
    )
}

/// What is checked of an account before its credentials are tried: a trial can spend them.
enum AccountCheck {
    /// Names stand in webhook addresses and in names of lock files.
    ///
    /// - Throws: `ValidationError`.
    static func name(_ name: String) throws {
        let isPlain = name.unicodeScalars.allSatisfy {
            ("a"..."z").contains($0) || ("A"..."Z").contains($0) || ("0"..."9").contains($0)
                || "-_.".unicodeScalars.contains($0)
        }
        guard isPlain, (1...64).contains(name.unicodeScalars.count) else {
            throw ValidationError("--name is “\(name)”; it takes 1 to 64 letters, digits, dots, dashes and underscores")
        }
    }

    /// Numbers that have to be above zero.
    ///
    /// - Throws: `ValidationError`.
    static func positive(_ number: Double?, _ option: String) throws {
        guard let number else { return }
        guard number > 0, number.isFinite else { throw ValidationError("\(option) takes a number above 0") }
    }

    /// Refuses a name that stands for an account of another service, and a second CRM database.
    ///
    /// - Throws: `AccountConflict`.
    static func conflict(_ name: AccountID, kind: String, role: AccountRole, in connection: any SQLConnection) throws {
        if let known = try Accounts.find(name, on: connection), known.kind != kind {
            throw AccountConflict.otherKind(name: name, known: known.kind, found: kind)
        }
        if role == .crm, let known = try Accounts.crm(on: connection), known.name != name {
            throw AccountConflict.secondCRM(known: known.name)
        }
    }
}
