import Store

/// Looks at what each commit stored, as somebody who reads the file and not the engine's mind.
package protocol CommitWatcher: AnyObject, Sendable {
    /// Whether a statement is one whose effect is looked at after the commit.
    func isOfInterest(_ sql: String) -> Bool

    /// Looks at what a commit stored.
    func committed(_ connection: any SQLConnection) throws
}
