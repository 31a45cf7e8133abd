/// What became of a bulk change that was handed over.
package enum Submission: Sendable, Hashable {
    /// It is under way, and `progress` tells how it stands.
    case underWay(ActivityID)
    /// It was carried out at once, and ended so.
    case ended(ActivityResult)
}
