/// Lets the recipients of a mail react, by shares: what a demonstration's mail sets off.
///
/// The shares are `opens`, `clicks`, `hard`, `soft`, `unsubscribes` and `complaints`, each of all recipients. Equal
/// mails give equal reactions: recipients react in the order in which they became contacts, those who bounce first and
/// those who unsubscribe last.
struct MailingOutcomes {
    let controls: AccountControls
    let body: ControlBody
    let mailing: Mailing

    /// Plays every share.
    ///
    /// - Throws: `ConstantContactRefusal`.
    func play() throws {
        var rest = mailing.recipients.compactMap { controls.account.contact(id: $0.contact) }
        let total = rest.count
        for (share, code) in [("hard", "B"), ("soft", "F")] {
            let bounced = rest.prefix(count(share, of: total))
            for slot in bounced { try act("em_bounces", slot, ["bounce_code": .string(code)]) }
            rest.removeFirst(bounced.count)
        }
        for slot in rest.prefix(count("opens", of: total)) { try act("em_opens", slot) }
        for slot in rest.prefix(count("clicks", of: total)) { try act("em_clicks", slot) }
        // They unsubscribe one after the other from the end, and complain before them.
        let leaving = rest.suffix(count("unsubscribes", of: total))
        rest.removeLast(leaving.count)
        for slot in rest.suffix(count("complaints", of: total)) { try act("em_abuse", slot) }
        for slot in leaving {
            controls.account.unsubscribe(slot, by: .contact, reason: "No longer interested", at: controls.now)
            try act("em_optouts", slot, ["reason": "No longer interested"])
        }
    }

    private func act(_ kind: String, _ slot: ContactSlot, _ others: [String: SandboxJSON] = [:]) throws {
        var object = others
        object["campaign_activity_id"] = .string(mailing.activityID)
        try controls.report(kind, on: slot, ControlBody(object: object))
    }

    private func count(_ share: String, of total: Int) -> Int {
        let wanted = min(1, max(0, body.object[share]?.doubleValue ?? 0))
        return Int((Double(total) * wanted).rounded())
    }
}
