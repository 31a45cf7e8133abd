/// The deliveries of webhooks, waiting and past: which one is next, and what follows from an answer.
///
/// It keeps the rules of mailchimp.md §9 and sends nothing itself.
struct DeliveryQueue: Sendable {
    /// Every delivery in the order of its event.
    private(set) var all: [WebhookDelivery] = []
    private var firstWaiting = 0

    /// What follows from an answer.
    enum Verdict: Equatable {
        case delivered, again, givenUp
        /// The hook is to be disabled.
        case gone
    }

    /// Adds a delivery that is due now.
    ///
    /// - Returns: its place.
    @discardableResult
    mutating func add(
        hook: AudienceWebhook,
        type: String,
        body: [UInt8],
        at now: Double
    ) -> Int {
        all.append(
            WebhookDelivery(
                id: all.count + 1,
                hook: hook.id,
                url: hook.url,
                secret: hook.secret,
                type: type,
                body: body,
                dueAt: now
            )
        )
        return all.count - 1
    }

    /// Changes a delivery, as a fault asks for.
    mutating func change(_ index: Int, _ change: (inout WebhookDelivery) -> Void) {
        change(&all[index])
        firstWaiting = min(firstWaiting, index)
    }

    /// Sends a past delivery once more, as a late duplicate.
    ///
    /// - Returns: whether there is one of this id.
    mutating func repeatDelivery(_ id: Int, at now: Double) -> Bool {
        guard id >= 1, id <= all.count else { return false }
        var copy = all[id - 1]
        copy.id = all.count + 1
        copy.state = .waiting
        copy.attempts = []
        copy.dueAt = now
        copy.notBefore = nil
        all.append(copy)
        return true
    }

    /// Takes the next delivery that is due.
    mutating func takeNext(at now: Double, realTime: ContinuousClock.Instant) -> WebhookDelivery? {
        while firstWaiting < all.count, ![.waiting, .sending].contains(all[firstWaiting].state) { firstWaiting += 1 }
        for index in firstWaiting..<max(firstWaiting, all.count) {
            let delivery = all[index]
            guard delivery.state == .waiting, delivery.dueAt <= now, delivery.notBefore.map({ $0 <= realTime }) ?? true
            else { continue }
            if delivery.behind > 0, let end = delivery.waitsForOthersUntil, realTime < end { continue }
            all[index].state = .sending
            return delivery
        }
        return nil
    }

    /// Whether anything waits, now or for later.
    var hasWork: Bool { all[min(firstWaiting, all.count)...].contains { $0.state == .waiting || $0.state == .sending } }

    /// Whether something is due or being sent.
    func isBusy(at now: Double) -> Bool {
        all[min(firstWaiting, all.count)...].contains { delivery in
            delivery.state == .sending || (delivery.state == .waiting && delivery.dueAt <= now)
        }
    }

    /// The deliveries of a type that wait.
    func waiting(type: String) -> Int { all.count { $0.type == type && $0.state == .waiting } }

    /// Notes what became of an attempt.
    ///
    /// - Parameter pauses: the pauses before repetitions, in minutes.
    mutating func attempted(
        _ id: Int,
        status: Int?,
        error: String?,
        at now: Double,
        pauses: [Double]
    ) -> Verdict {
        let index = id - 1
        all[index].attempts.append(WebhookDelivery.Attempt(at: now, status: status, error: error))
        releaseOneBehind(index)
        if let status, (200..<300).contains(status) {
            all[index].state = .delivered
            return .delivered
        }
        if status == 410 {
            all[index].state = .givenUp
            return .gone
        }
        let repetitions = all[index].attempts.count - 1
        guard repetitions < pauses.count else {
            all[index].state = .givenUp
            return .givenUp
        }
        all[index].dueAt = now + pauses[repetitions] * 60
        all[index].state = .waiting
        return .again
    }

    /// Gives up what waits for a hook.
    mutating func giveUp(hook: String) {
        for index in all.indices where all[index].hook == hook && all[index].state == .waiting {
            all[index].state = .givenUp
        }
    }

    /// Lets the deliveries that were held back come one place closer.
    private mutating func releaseOneBehind(_ index: Int) {
        for other in min(firstWaiting, index)..<index where all[other].behind > 0 { all[other].behind -= 1 }
    }
}
