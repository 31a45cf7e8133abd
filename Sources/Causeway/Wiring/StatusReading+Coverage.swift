import Bridge
import Reconciliation
import Store

extension StatusReading {
    /// Up to when every opt-out of an account is accounted for, and what is missing.
    struct CoverageStatus: Sendable, Encodable {
        /// A time in which the account was not heard.
        struct Gap: Sendable, Encodable {
            /// `poll` or `webhook`.
            var source: String
            var cause: String
            var from: String
            var to: String?
            /// Whether only a walk of everybody closes it.
            var needsWalk: Bool
            /// What closes it; null once it is closed.
            var closes: String?
            var closedAt: String?
            var closedBy: String?

            private enum CodingKeys: String, CodingKey {
                case source, cause, from, to, needsWalk, closes, closedAt, closedBy
            }

            func encode(to encoder: any Encoder) throws {
                var container = encoder.container(keyedBy: CodingKeys.self)
                try container.encode(source, forKey: .source)
                try container.encode(cause, forKey: .cause)
                try container.encode(from, forKey: .from)
                try container.encode(to, forKey: .to)
                try container.encode(needsWalk, forKey: .needsWalk)
                try container.encode(closes, forKey: .closes)
                try container.encode(closedAt, forKey: .closedAt)
                try container.encode(closedBy, forKey: .closedBy)
            }
        }

        /// A time whose deliveries will not come again.
        struct Unreadable: Sendable, Encodable {
            /// `webhook`.
            var source: String
            var from: String
            var to: String
        }

        /// Everything that stood then was read.
        var from: String
        /// Everything up to then was read, without a gap.
        var to: String
        /// Open ones first, then the ones that were closed last.
        var gaps: [Gap]
        /// What a sender told nobody but Causeway in these times, and gave up repeating, cannot be read back.
        var unreadable: [Unreadable]

        var openGaps: [Gap] { gaps.filter { $0.closes != nil } }
    }

    /// How an account's source was heard; nil before it was read for the first time.
    static func coverage(
        of account: Account,
        in connection: any SQLConnection,
        at now: Timestamp
    ) throws -> CoverageStatus? {
        guard let source = try Coverage.source(.poll, of: account.name, in: connection) else { return nil }
        var open = try Coverage.openGaps(of: account.name, in: connection)
        let patience = source.isRunning ? max(3 * account.pollIntervalMilliseconds, 10_000) : 0
        let isSilent = now.milliseconds - source.tickAt.milliseconds > patience
        if isSilent, !open.contains(where: { $0.kind == .poll }) {
            // Not stored yet: the next reading opens it.
            open.append(
                CoverageGap(
                    account: account.name,
                    kind: .poll,
                    cause: source.isRunning ? .missed : .stopped,
                    beganAt: source.tickAt
                )
            )
        }
        let window = try Coverage.hasSender(account.name, in: connection) ? account.deliveryWindow : nil
        // A route that is not listened to now loses nothing that the polls do not read, where its deliveries are hints.
        var limits = open.filter { $0.kind == .poll || $0.endedAt != nil || window != nil }.map(\.beganAt)
        limits.append(source.tickAt)
        var unreadable: [CoverageStatus.Unreadable] = []
        if let window {
            if let route = try Coverage.source(.webhook, of: account.name, in: connection) {
                limits.append(route.tickAt)
            }
            unreadable = try Coverage.lostDeliveries(of: account.name, window: window, in: connection).map {
                CoverageStatus.Unreadable(source: "webhook", from: $0.from.text, to: $0.to.text)
            }
        }
        let closed = try Coverage.closedGaps(of: account.name, limit: 10, in: connection)
        return CoverageStatus(
            from: source.coveredFrom.text,
            to: (limits.min() ?? source.tickAt).text,
            gaps: try (open + closed).map { gap in
                let uptime = try Coverage.uptime(since: gap, in: connection) ?? 0
                let left = window.map { max(0, $0.milliseconds - uptime) / 1000 }
                return Self.gap(gap, of: account, secondsLeft: left)
            },
            unreadable: unreadable
        )
    }

    private static func gap(
        _ gap: CoverageGap,
        of account: Account,
        secondsLeft: Int64?
    ) -> CoverageStatus.Gap {
        CoverageStatus.Gap(
            source: gap.kind.rawValue,
            cause: gap.cause.rawValue,
            from: gap.beganAt.text,
            to: gap.endedAt?.text,
            needsWalk: gap.needsWalk,
            closes: gap.closedAt == nil ? closing(of: gap, account, secondsLeft: secondsLeft) : nil,
            closedAt: gap.closedAt?.text,
            closedBy: gap.closedBy
        )
    }

    /// What closes an open gap, in words for people.
    ///
    /// - Parameter secondsLeft: for how long its senders may still come again while the route is listened to; nil where
    ///   that does not matter.
    private static func closing(of gap: CoverageGap, _ account: Account, secondsLeft: Int64?) -> String {
        if gap.readBackAt != nil, let secondsLeft {
            return "its senders, who may come again while serve listens for \(SpanText.of(secondsLeft)) more; "
                + "the account itself was read back"
        }
        if gap.needsWalk {
            return "a walk of the whole account, which comes by itself: it cannot be read back that far"
        }
        if gap.kind == .webhook, gap.endedAt == nil {
            return "the listener's next start, and a reading of the account after it"
        }
        switch (account.role, gap.cause) {
        case (_, .stopped): return "the next reading: start causeway serve, or run causeway sync"
        case (.crm, _): return "the next reading of what has changed in the CRM"
        case (.provider, .refused):
            return "the next opt-out poll; give the sender the secret that causeway webhooks secret prints"
        case (.provider, _): return "the next opt-out poll, from before the gap"
        }
    }
}
