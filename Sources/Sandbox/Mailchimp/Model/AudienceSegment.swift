/// A segment of an audience; a static one is what the product calls a tag (mailchimp.md §7).
final class AudienceSegment {
    let id: Int
    var name: String
    let isStatic: Bool
    /// The conditions of a saved segment, as they were sent.
    var options: SandboxJSON?
    let createdAt: Double
    var updatedAt: Double
    /// The numbers of its members.
    var members = OrdinalSet()

    init(id: Int, name: String, isStatic: Bool, at now: Double) {
        self.id = id
        self.name = name
        self.isStatic = isStatic
        createdAt = now
        updatedAt = now
    }
}
