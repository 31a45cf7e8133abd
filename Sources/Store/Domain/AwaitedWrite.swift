import Reconciliation

/// A row of an intent whose echo has not been seen yet: its write may be under way, answered, or of unknown outcome.
package struct AwaitedWrite: Sendable, Hashable {
    package var intent: Int64
    /// What kind of write, in the intent's word.
    package var kind: String
    /// What is common to all rows of the intent, as JSON.
    package var payload: String
    package var position: Int64
    package var row: IntentRow
    /// The lock version that the answer gave, or the stamp in a provider's answer; nil before there is one.
    package var answerVersion: Int64?
}
