import Reconciliation
import Store

/// How fast opt-outs are carried out, and what of them is open.
struct OptOutSummary: Sendable, Encodable {
    /// The spread of a span, by the nearest rank; nil of nothing.
    struct Spread: Sendable, Encodable {
        var count: Int
        var p50Seconds: Int64?
        var p99Seconds: Int64?

        init(_ seconds: [Int64]) {
            count = seconds.count
            p50Seconds = Percentile.of(50, among: seconds)
            p99Seconds = Percentile.of(99, among: seconds)
        }

        private enum CodingKeys: String, CodingKey { case count, p50Seconds, p99Seconds }

        func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode(count, forKey: .count)
            try container.encode(p50Seconds, forKey: .p50Seconds)
            try container.encode(p99Seconds, forKey: .p99Seconds)
        }

        /// The spread as it is shown.
        var text: String {
            guard let p50Seconds, let p99Seconds else { return "none yet" }
            return "p50 \(SpanText.of(p50Seconds)), p99 \(SpanText.of(p99Seconds))"
        }
    }

    var open: Int64
    var oldestSeconds: Int64?
    /// Opt-outs that have been open for 36 hours or longer.
    var late: Int64
    /// From arrival to the flag in the CRM.
    var flagged: Spread
    /// From arrival to the last list left and the last contact unsubscribed.
    var offLists: Spread

    /// The opt-outs that arrived at or after a moment, and everything that is open.
    static func read(since moment: Timestamp, at now: Timestamp, in connection: any SQLConnection) throws
        -> OptOutSummary
    {
        let clocks = try OptOutClocks.all(since: moment, in: connection).values
        let (open, oldest) = try OpenOptOuts.read(in: connection)
        return OptOutSummary(
            open: open,
            oldestSeconds: oldest.map { max(0, (now.milliseconds - $0.milliseconds) / 1000) },
            late: try OptOutClocks.openCounts(at: now, in: connection).late,
            flagged: Spread(clocks.filter { $0.hadRecord == true }.compactMap(\.secondsToFlag)),
            offLists: Spread(clocks.compactMap(\.secondsToLeave))
        )
    }

    /// How far back `status` looks.
    static let secondsShown: Int64 = 30 * 86_400

    private enum CodingKeys: String, CodingKey { case open, oldestSeconds, late, flagged, offLists }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(open, forKey: .open)
        try container.encode(oldestSeconds, forKey: .oldestSeconds)
        try container.encode(late, forKey: .late)
        try container.encode(flagged, forKey: .flagged)
        try container.encode(offLists, forKey: .offLists)
    }

    /// The summary as lines for people.
    var lines: [String] {
        var lines = ["flagged in Workbooks after \(flagged.text); off the lists after \(offLists.text)"]
        if late > 0 {
            lines.append(
                "LATE: \(late) open for 36 hours or longer; causeway optouts names them "
                    + "(mailbox providers allow 48 hours, the law 10 business days)"
            )
        }
        return lines
    }
}
