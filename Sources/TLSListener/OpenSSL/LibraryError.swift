import COpenSSL

/// A failure that libssl or libcrypto reported, in the library's own words.
///
/// The library keeps its errors in a queue of the calling thread. `clear()` empties it before a call, and
/// `drain(_:)` takes what the call has left there, so that an error is never blamed on the wrong call
/// (see the manual pages SSL_get_error(3) and ERR_get_error(3)).
package struct LibraryError: Error, Hashable, CustomStringConvertible {
    /// One entry of the library's error queue.
    package struct Entry: Hashable, Sendable, CustomStringConvertible {
        /// The part of the library that reported it, such as `SSL routines`.
        package let library: String
        /// The library's reason text, such as `no shared cipher`.
        package let reason: String
        /// The numeric reason, unique within its library (`SSL_R_…`, `PEM_R_…`).
        package let code: Int32
        /// What the library added to the reason, often empty.
        package let detail: String

        package var description: String {
            detail.isEmpty ? "\(reason) (\(library))" : "\(reason): \(detail) (\(library))"
        }
    }

    /// What was being done, such as `handshake`.
    package let operation: String
    /// The queue's entries, the oldest (the cause) first; empty when the library gave no reason.
    package let entries: [Entry]

    /// The oldest entry's reason text: what went wrong first.
    package var reason: String {
        entries.first?.reason ?? "no reason given"
    }

    package var description: String {
        entries.isEmpty
            ? "\(operation) failed, and the library gave no reason"
            : "\(operation) failed: \(entries.map(\.description).joined(separator: "; "))"
    }

    /// Empties the calling thread's error queue.
    static func clear() {
        ERR_clear_error()
    }

    /// Takes everything from the calling thread's error queue.
    ///
    /// - Parameter operation: What was being done, for the error's text.
    /// - Returns: The error that says so.
    static func drain(_ operation: String) -> LibraryError {
        var entries: [Entry] = []
        var detail: UnsafePointer<CChar>?
        var flags: Int32 = 0
        while true {
            let code = ERR_get_error_all(nil, nil, nil, &detail, &flags)
            guard code != 0 else { break }
            entries.append(
                Entry(
                    library: ERR_lib_error_string(code).map { String(cString: $0) } ?? "unknown library",
                    reason: ERR_reason_error_string(code).map { String(cString: $0) } ?? "code \(code)",
                    code: causeway_ERR_GET_REASON(code),
                    // The text belongs to the queue and lives until the next call that touches the queue.
                    detail: flags & ERR_TXT_STRING != 0 ? detail.map { String(cString: $0) } ?? "" : ""
                )
            )
        }
        return LibraryError(operation: operation, entries: entries)
    }
}
