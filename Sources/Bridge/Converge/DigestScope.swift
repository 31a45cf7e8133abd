/// Which links have their digests made anew.
package enum DigestScope: Sendable {
    /// Every one, whether or not anything has happened.
    case all
    /// Those for which something has happened since theirs were made: at the end of a round, where everything is at
    /// rest and somebody looks.
    case outOfDate
    /// Those of them that are due: while the engine runs, making digests takes at most a twentieth of the time.
    case due
}
