import Reconciliation
import Store

/// A stored intent that does not say what it wrote: its payload is damaged, or of a kind that this version has not.
struct UnreadableIntent: Error, Sendable, CustomStringConvertible {
    /// The intent's id.
    var intent: Int64
    var kind: String
    /// The record, member or contact that the unreadable row is about; nil where it is the intent itself.
    var subject: String?
    var reason: String

    var description: String {
        let row = subject.map { ", row of \($0)" } ?? ""
        return "intent \(intent) (\(kind)\(row)) cannot be read: \(reason). What it wrote is read back without it and "
            + "decided again, and counts as somebody else's act; check the database with causeway doctor"
    }
}
