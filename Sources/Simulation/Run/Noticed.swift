/// A rule or a guard that was broken on purpose, and the life that noticed.
package struct Noticed: Codable, Sendable {
    package var mutation: String
    package var title: String
    /// The first life that went wrong; nil where none did.
    package var life: LifeResult?
}
