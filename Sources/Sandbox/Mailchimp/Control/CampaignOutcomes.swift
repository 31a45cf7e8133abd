/// Lets the recipients of a mailing react, by shares: what a demonstration's mail sets off.
///
/// The shares are `machine_opens`, `opens`, `clicks`, `hard`, `soft`, `unsubscribes` and `complaints`, each of all
/// recipients; equal seeds give equal reactions.
struct CampaignOutcomes {
    let controls: MailchimpControls
    let campaign: String

    /// Plays every share, each on recipients of its own choice.
    ///
    /// - Throws: `OptionError` or `MailchimpProblem` when the campaign is gone.
    func play() throws {
        let index = try controls.account.campaignIndex(campaign)
        let addresses = controls.account.campaigns[index].recipients.map(\.address)
        // Mail that came back is neither opened nor answered.
        var reached = try play(addresses, [("hard", "bounce", ["kind": "hard"]), ("soft", "bounce", ["kind": "soft"])])
        _ = try play(
            reached,
            [("machine_opens", "open", ["machine": true]), ("opens", "open", [:])],
            overlapping: true
        )
        _ = try play(reached, [("clicks", "click", [:])], overlapping: true)
        reached = try play(reached, [("complaints", "complain", [:])])
        _ = try play(reached, [("unsubscribes", "unsubscribe", ["reason": "No longer interested"])])
    }

    /// Plays some kinds of reaction, and gives those who did nothing.
    private func play(
        _ addresses: [String],
        _ kinds: [(share: String, control: String, others: [String: SandboxJSON])],
        overlapping: Bool = false
    ) throws -> [String] {
        var rest = addresses
        for kind in kinds {
            var chosen = overlapping ? addresses : rest
            let share = controls.instruction.fraction(kind.share)
            let count = Int((Double(addresses.count) * share).rounded())
            guard count > 0 else { continue }
            controls.account.shuffle(&chosen)
            let acting = Set(chosen.prefix(count))
            for address in addresses where acting.contains(address) {
                var object = kind.others
                object["email"] = .string(address)
                object["campaign_id"] = .string(campaign)
                object["list_id"] = controls.instruction.object["list_id"]
                let one = MailchimpControls(
                    account: controls.account,
                    options: controls.options,
                    now: controls.now,
                    instruction: MailchimpInstruction(object: object)
                )
                _ = try one.act(kind.control)
            }
            rest.removeAll { acting.contains($0) }
        }
        return rest
    }
}
