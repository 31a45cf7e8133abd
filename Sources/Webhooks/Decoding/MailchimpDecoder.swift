import Bridge
import Reconciliation

/// Reads what a Mailchimp audience tells (mailchimp.md §9; webhooks/mailchimp).
///
///     type=unsubscribe&fired_at=2026-01-05+09%3A15%3A00&data[action]=unsub&data[reason]=manual
///         &data[email]=ann.lee%40example.com&data[list_id]=a1b2c3d4e5
///
/// An opt-out is told by word and acts at once; everything else is a hint, and what it points at is read back. So
/// nothing but a type or an address that cannot be read keeps a delivery from acting.
struct MailchimpDecoder: DeliveryDecoder {
    /// More than the id of any batch takes.
    private static let batchIDBytes = 200

    func observations(in delivery: AcceptedDelivery) throws(UndecodableDelivery) -> [Observation] {
        let form = FormFields(delivery.body)
        guard !form.isEmpty else { throw UndecodableDelivery(reason: "the body is empty, or is not a form") }
        let account = delivery.account
        switch try type(form) {
        case "unsubscribe": return try unsubscribed(form, account)
        case "cleaned": return try cleaned(form, account)
        case "subscribe", "profile": return [hint(try address(form), account)]
        case "upemail": return try changedAddress(form, account)
        case "campaign": return [.changeHinted(.mailing(account))]
        case "batch_operation_completed": return batchEnded(form, account)
        default: return []
        }
    }

    /// The audience that a body is of; nil when it names none, or none that counts.
    static func audience(of body: some Collection<UInt8>) -> String? {
        FormFields(body).text("data[list_id]")
    }

    // MARK: - Events

    /// Tells an opt-out, which is an event without an action or with `unsub`, from what is none by itself.
    ///
    /// Any other action says that the contact is on the audience no longer: it is read back.
    private func unsubscribed(
        _ form: FormFields,
        _ account: AccountID
    ) throws(UndecodableDelivery) -> [Observation] {
        let address = try address(form)
        guard ["", "unsub"].contains(form.text("data[action]") ?? "") else { return [hint(address, account)] }
        return [optOut(form, address, account)]
    }

    /// An address is cleaned for a complaint, for a hard bounce, or for a reason that has to be looked for.
    private func cleaned(_ form: FormFields, _ account: AccountID) throws(UndecodableDelivery) -> [Observation] {
        let address = try address(form)
        return [isAbuse(form) ? optOut(form, address, account) : hint(address, account)]
    }

    /// The one contact has two addresses now as far as anybody can tell here, and both are read.
    private func changedAddress(
        _ form: FormFields,
        _ account: AccountID
    ) throws(UndecodableDelivery) -> [Observation] {
        let readings = ["data[new_email]", "data[old_email]"].map { Self.address(form[$0], named: $0) }
        let known = readings.compactMap { if case .success(let address) = $0 { address } else { nil } }
        if known.isEmpty, case .failure(let reason)? = readings.first { throw reason }
        var hinted: [Address] = []
        for address in known where !hinted.contains(address) { hinted.append(address) }
        return hinted.map { hint($0, account) }
    }

    /// A batch of anybody's ended, as webhooks of a whole Mailchimp account tell; what it did is in none of their keys.
    private func batchEnded(_ form: FormFields, _ account: AccountID) -> [Observation] {
        guard let id = form.text("data[id]"), !id.isEmpty, id.utf8.count <= Self.batchIDBytes else { return [] }
        return [.changeHinted(.bulkChange(account, id: id))]
    }

    /// An opt-out that acts at once.
    ///
    /// One that comes from a mail, and a complaint, are the person's own. Any other can be an administrator's, which the
    /// delivery does not tell apart (mailchimp.md §9): nobody can say who (C3), so that a return after it proves nothing.
    private func optOut(_ form: FormFields, _ address: Address, _ account: AccountID) -> Observation {
        .optOutReported(
            OptOutReport(
                account: account,
                address: address,
                by: isAbuse(form) || isFromMailing(form) ? .person : .provider,
                isComplaint: isAbuse(form),
                occurredAt: firedAt(form),
                reason: reason(form),
                isStampedByAccount: true
            )
        )
    }

    private func hint(_ address: Address, _ account: AccountID) -> Observation {
        .changeHinted(.contact(account, address))
    }

    // MARK: - Fields

    private func type(_ form: FormFields) throws(UndecodableDelivery) -> String {
        switch form["type"] {
        case .text(let type) where !type.isEmpty: return type
        case .text, .absent: throw UndecodableDelivery(reason: "`type` is missing")
        case .unreadable: throw UndecodableDelivery(reason: "`type` cannot be decoded")
        case .contradictory: throw UndecodableDelivery(reason: "`type` is there twice with different values")
        }
    }

    /// The address that an event is about.
    ///
    /// Where the field is missing or blank, the merge field of the same event has it.
    private func address(_ form: FormFields) throws(UndecodableDelivery) -> Address {
        let name = "data[email]"
        let isBlank =
            switch form[name] {
            case .absent: true
            case .text(let text): text.allSatisfy { $0 == " " }
            case .unreadable, .contradictory: false
            }
        guard isBlank else { return try Self.address(form[name], named: name).get() }
        if case .success(let address) = Self.address(form["data[merges][EMAIL]"], named: name) { return address }
        throw UndecodableDelivery(reason: "`\(name)` is missing or blank")
    }

    private static func address(_ value: FormFields.Value, named name: String) -> Result<Address, UndecodableDelivery> {
        switch value {
        case .absent: return .failure(UndecodableDelivery(reason: "`\(name)` is missing"))
        case .unreadable: return .failure(UndecodableDelivery(reason: "`\(name)` cannot be decoded"))
        case .contradictory:
            return .failure(UndecodableDelivery(reason: "`\(name)` is there twice with different values"))
        case .text(let text):
            guard let address = Address(typed: text), ReportedText.isAddress(address.text) else {
                return .failure(UndecodableDelivery(reason: "`\(name)` is not an email address"))
            }
            return .success(address)
        }
    }

    private func isAbuse(_ form: FormFields) -> Bool { form.text("data[reason]") == "abuse" }

    /// When it happened: without a zone, which is UTC (mailchimp.md §9); nil when it cannot be read.
    private func firedAt(_ form: FormFields) -> Timestamp? {
        form.text("fired_at").flatMap { RFC3339.timestamp($0 + "Z") ?? RFC3339.timestamp($0) }
    }

    private func isFromMailing(_ form: FormFields) -> Bool {
        form.text("data[campaign_id]").map { !$0.isEmpty } ?? false
    }

    /// What Mailchimp calls the reason, and the mailing where it happened.
    private func reason(_ form: FormFields) -> String? {
        let campaign = form.text("data[campaign_id]").flatMap { $0.isEmpty ? nil : "campaign \($0)" }
        let parts = [form.text("data[reason]").flatMap { $0.isEmpty ? nil : $0 }, campaign].compactMap { $0 }
        return ReportedText.reason(parts.joined(separator: ", "))
    }
}
