import COpenSSL
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The `Date` of responses (RFC 9110 §5.6.7), written once a second and not once a response.
package final class HTTPDate: Sendable {
    private struct Written {
        var second: time_t
        var text: String
    }

    private let now: @Sendable () -> time_t
    private let written: Mutex<Written>

    /// Makes a date.
    ///
    /// - Parameter now: Tells the seconds since the epoch.
    package init(now: @escaping @Sendable () -> time_t = { time(nil) }) {
        self.now = now
        let second = now()
        written = Mutex(Written(second: second, text: Self.text(second)))
    }

    /// The date now, such as `Sun, 06 Nov 1994 08:49:37 GMT`.
    package var text: String {
        let second = now()
        return written.withLock { written in
            if written.second != second {
                written = Written(second: second, text: Self.text(second))
            }
            return written.text
        }
    }

    private static let days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]

    private static func text(_ second: time_t) -> String {
        var second = second
        var parts = tm()
        gmtime_r(&second, &parts)
        func twoDigits(_ number: Int32) -> String { number < 10 ? "0\(number)" : "\(number)" }
        let date = "\(twoDigits(parts.tm_mday)) \(months[Int(parts.tm_mon)]) \(1900 + Int(parts.tm_year))"
        let clock = [parts.tm_hour, parts.tm_min, parts.tm_sec].map(twoDigits).joined(separator: ":")
        return "\(days[Int(parts.tm_wday)]), \(date) \(clock) GMT"
    }
}
