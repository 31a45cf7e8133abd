/// One thing that `doctor` looked at.
struct Finding: Sendable, Encodable {
    /// How it stands.
    enum Level: String, Sendable, Encodable {
        case ok
        /// Worth knowing; nothing is wrong.
        case note
        /// Something is wrong; the text says what to do.
        case problem
    }

    var level: Level
    var subject: String
    var text: String
}
