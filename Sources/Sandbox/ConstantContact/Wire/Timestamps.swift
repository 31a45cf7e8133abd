/// Writes times as Constant Contact does: ISO 8601, in UTC or with an offset, with a fraction of a second or without
/// (constant-contact.md §2).
final class Timestamps {
    /// How far the local time that the texts show is ahead of UTC; 0 writes `Z`.
    var offsetMinutes: Int {
        didSet { written.removeAll() }
    }

    private var written: [Double: String] = [:]

    init(offsetMinutes: Int) {
        self.offsetMinutes = offsetMinutes
    }

    /// The text of a time in seconds since 1970; milliseconds appear when there are any.
    func text(_ time: Double) -> String {
        if let known = written[time] { return known }
        // Contacts that were imported together share their times, so few texts serve many.
        if written.count > 4_096 { written.removeAll(keepingCapacity: true) }
        let text = format(time)
        written[time] = text
        return text
    }

    /// The text of a time that may be absent.
    func text(_ time: Double?) -> String? {
        time.map { text($0) }
    }

    /// The day of a time, as `deleted_at` of a contact shows it.
    static func day(_ time: Double) -> String {
        String(SandboxTime.iso8601(time).prefix(10))
    }

    private func format(_ time: Double) -> String {
        let milliseconds = Int((time * 1_000).rounded()) % 1_000
        let local = (time + Double(offsetMinutes) * 60 + 0.000_5).rounded(.down)
        var text = String(SandboxTime.iso8601(local).dropLast())
        if milliseconds > 0 { text += "." + String(String(1_000 + milliseconds).dropFirst()) }
        guard offsetMinutes != 0 else { return text + "Z" }
        let distance = abs(offsetMinutes)
        let zone = SandboxTime.two(distance / 60) + ":" + SandboxTime.two(distance % 60)
        return text + (offsetMinutes < 0 ? "-" : "+") + zone
    }
}
