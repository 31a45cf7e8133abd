/// Spans as people read them.
enum SpanText {
    /// `42 s`, `7 min`, `5 h` or `3 d`, cut to whole units.
    static func of(_ seconds: Int64) -> String {
        switch seconds {
        case ..<120: "\(seconds) s"
        case ..<7200: "\(seconds / 60) min"
        case ..<172_800: "\(seconds / 3600) h"
        default: "\(seconds / 86_400) d"
        }
    }
}
