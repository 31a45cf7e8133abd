extension Migration {
    /// What a provider says of a contact's state beside its permission: when it changed last, and why it bounces.
    static let contactStates = Migration(name: "contact-states") { connection in
        try connection.execute("ALTER TABLE contact ADD COLUMN changed_at INTEGER")
        try connection.execute("ALTER TABLE contact ADD COLUMN bounce TEXT")
    }
}
