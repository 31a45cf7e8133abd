import Reconciliation
import Store

/// Puts the plan of an address into rows with reasons for people.
struct DryRun {
    var crmAccount: AccountID
    var listNames: [AccountID: [ListID: String]]

    /// The addresses that a dry run decides, in order.
    static func addresses(of campaign: CampaignID?, in connection: any SQLConnection) throws -> [Address] {
        let wanted: SQL
        if let campaign {
            wanted = """
                SELECT a.address FROM crm_member m
                JOIN record_address a ON a.kind = m.kind AND a.id = m.record AND a.is_main = 1
                WHERE m.campaign = \(campaign.rawValue) AND m.is_deleted = 0
                UNION
                SELECT c.address FROM link k JOIN contact_list l ON l.account = k.account AND l.list = k.list
                JOIN contact c ON c.account = l.account AND c.id = l.contact
                WHERE k.campaign = \(campaign.rawValue) AND l.is_ours = 1
                """
        } else {
            wanted = """
                SELECT a.address FROM link k JOIN crm_member m ON m.campaign = k.campaign AND m.is_deleted = 0
                JOIN record_address a ON a.kind = m.kind AND a.id = m.record AND a.is_main = 1
                UNION
                SELECT c.address FROM contact_list l JOIN contact c ON c.account = l.account AND c.id = l.contact
                WHERE l.is_ours = 1
                UNION SELECT address FROM dirty
                UNION SELECT address FROM standing_opt_out
                """
        }
        return try connection.rows("SELECT address FROM (\(wanted)) WHERE address <> '' ORDER BY address") {
            Address(compared: $0.text(0))
        }
    }

    /// The rows of one plan.
    func rows(
        for view: AddressView,
        plan: AddressPlan,
        in connection: any SQLConnection
    ) throws -> [PlannedRow] {
        if plan == AddressPlan() { return [] }
        let optOut = try optOutReason(of: view, in: connection)
        var rows = plan.operations.compactMap { row(for: $0, view, optOut: optOut) }
        rows += plan.parked.map { parked in
            let (account, subject) = place(of: parked.subject, view)
            return PlannedRow(
                .park,
                address: view.address,
                account: account,
                subject: subject,
                reason: parked.reason.text,
                code: parked.reason.code
            )
        }
        rows += plan.held.map { held in
            PlannedRow(
                .hold,
                address: view.address,
                account: held.subject.account ?? crmAccount,
                subject: held.subject.text,
                reason: held.detail.map { "\(held.cause.kind.title); \($0)" } ?? held.cause.kind.title,
                code: held.cause.kind.rule
            )
        }
        if plan.waits {
            rows.append(
                PlannedRow(
                    .wait,
                    address: view.address,
                    account: view.accounts.first { $0.isInFlight }?.account ?? crmAccount,
                    subject: nil,
                    reason: "something is under way for the address; it is decided again once that has ended"
                )
            )
        }
        return rows
    }

    /// The row of an operation; nil for a change of an address that is told of at the other one of the two.
    private func row(for operation: Reconciliation.Operation, _ view: AddressView, optOut: String) -> PlannedRow? {
        let address = view.address
        switch operation {
        case .flag(let record, let isSet, _):
            return PlannedRow(
                isSet ? .setFlag : .clearFlag,
                address: address,
                account: crmAccount,
                subject: record.description,
                reason: isSet ? optOut : "nothing that stands asks for the flag, which Causeway had set, any more"
            )
        case .mark(let record, let isSet, _):
            return PlannedRow(
                isSet ? .setMark : .clearMark,
                address: address,
                account: crmAccount,
                subject: record.description,
                reason: isSet ? "mail to the address bounces" : "mail to the address does not bounce any more"
            )
        case .leavingStatus(let member, _, let text, let cause, _, _):
            let why = if case .departure = cause { "the person left the list at the provider" } else { optOut }
            return PlannedRow(
                .setStatus,
                address: address,
                account: crmAccount,
                subject: "member \(member)",
                reason: "becomes “\(text)”: \(why)"
            )
        case .previousStatus(let member, _, _, _):
            return PlannedRow(
                .restoreStatus,
                address: address,
                account: crmAccount,
                subject: "member \(member)",
                reason: "the opt-out is lifted: back to the status that it had before"
            )
        case .upsert(let account, let row, let lists):
            return PlannedRow(
                .upsert,
                address: address,
                account: account,
                subject: shadow(of: view, account).map { "contact \($0)" },
                lists: names(of: lists, account),
                reason: upsertReason(row, lists, view, account)
            )
        case .remove(let account, let contact, let lists, let isOptOut):
            return PlannedRow(
                .remove,
                address: address,
                account: account,
                subject: "contact \(contact)",
                lists: names(of: lists, account),
                reason: isOptOut ? optOut : "no member of the campaign belongs on the list with this address any more"
            )
        case .unsubscribe(let account, let contact):
            return PlannedRow(
                .unsubscribe,
                address: address,
                account: account,
                subject: "contact \(contact)",
                reason: optOut
            )
        case .resubscribe(let account, let contact, let lists):
            return PlannedRow(
                .resubscribe,
                address: address,
                account: account,
                subject: "contact \(contact)",
                lists: names(of: lists, account),
                reason: "nothing that stands asks for the unsubscribe, which Causeway had made, any more"
            )
        case .changeAddress(let account, let contact, let old, _):
            if old == address { return nil }
            return PlannedRow(
                .changeAddress,
                address: address,
                account: account,
                subject: "contact \(contact)",
                reason:
                    "the main address in the CRM was \(old.text) before; the contact keeps its lists and its history"
            )
        }
    }

    private func upsertReason(
        _ row: OutgoingRow,
        _ lists: [ListID],
        _ view: AddressView,
        _ account: AccountID
    ) -> String {
        let held = view.accounts.first { $0.account == account }?.shadow?.contact.lists ?? []
        return lists.allSatisfy(held.contains)
            ? "names or mapped fields of \(row.record) differ"
            : "\(row.record) is a member of the campaign and may be mailed"
    }

    /// Why the address counts as opted out, from the ledger's latest opt-out that stands.
    private func optOutReason(of view: AddressView, in connection: any SQLConnection) throws -> String {
        guard view.isOptedOut else { return "an opt-out stands on another address of the record" }
        let events = try Ledger.events(of: view.address, in: connection)
        guard let event = events.last(where: { $0.sequence == view.latestOptOut })?.event else {
            return "an opt-out stands"
        }
        return "\(event.rule.title) (\(event.rule.rawValue), \(event.source.text))"
    }

    private func shadow(of view: AddressView, _ account: AccountID) -> ContactID? {
        view.accounts.first { $0.account == account }?.shadow?.contact.id
    }

    private func names(of lists: [ListID], _ account: AccountID) -> [String] {
        lists.map { listNames[account]?[$0] ?? $0.rawValue }.sorted()
    }

    /// A member that cannot go is parked at the account that it cannot go to; of several, the plan does not say which.
    private func place(of subject: ParkedRow.Subject, _ view: AddressView) -> (AccountID, String) {
        switch subject {
        case .member(let id): (view.accounts.count == 1 ? view.accounts[0].account : crmAccount, "member \(id)")
        case .record(let id): (crmAccount, id.description)
        case .contact(let account): (account, "contact")
        }
    }
}
