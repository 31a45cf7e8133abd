/// Everything that an account holds.
///
/// Operations are synchronous; events that webhooks tell of are gathered in `events` and taken from there.
final class MailchimpAccount {
    var audiences: [Audience] = []
    var campaigns: [SentCampaign] = []
    var batches: [MailchimpBatch] = []
    var batchHooks: [AudienceWebhook] = []
    /// How the next batches end, in order.
    var plannedOutcomes: [MailchimpBatch.Outcome] = []
    /// What happened since the events were last taken.
    var events: [MailchimpEvent] = []
    private var generator: SeededGenerator
    private var lastNumber = 10_000

    init(seed: UInt64) {
        generator = SeededGenerator(seed: seed ^ 0x6368_696d_70)
    }

    /// Ten hexadecimal digits that no other object has.
    func newID() -> String { hex(10) }

    /// Hexadecimal digits.
    func hex(_ count: Int) -> String {
        var text = ""
        while text.count < count {
            let part = String(generator.next(), radix: 16)
            text += String(repeating: "0", count: 16 - part.count) + part
        }
        return String(text.prefix(count))
    }

    /// A number that no other object has.
    func newNumber() -> Int {
        lastNumber += 1
        return lastNumber
    }

    /// A fraction from 0 up to, and without, 1.
    func fraction() -> Double { generator.fraction() }

    /// Puts elements into an order of the seed's.
    func shuffle<Element>(_ elements: inout [Element]) {
        elements.shuffle(using: &generator)
    }

    /// The audience of an id.
    ///
    /// - Throws: `MailchimpProblem` when there is none.
    func audience(_ id: String) throws -> Audience {
        guard let audience = audiences.first(where: { $0.id == id }) else { throw MailchimpProblem.notFound }
        return audience
    }

    /// The place of a campaign.
    ///
    /// - Throws: `MailchimpProblem` when there is none.
    func campaignIndex(_ id: String) throws -> Int {
        guard let index = campaigns.firstIndex(where: { $0.id == id }) else { throw MailchimpProblem.notFound }
        return index
    }

    /// What happened since the last call.
    func takeEvents() -> [MailchimpEvent] {
        defer { events.removeAll() }
        return events
    }

    /// Does what the time has brought: pending contacts vanish after 60 days (§5), batches go on.
    func settle(at now: Double) {
        for audience in audiences { audience.dropUnconfirmed(at: now) }
        batches.removeAll { $0.submittedAt < now - MailchimpBatch.lifetime }
    }
}
