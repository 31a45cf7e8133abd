extension Migration {
    /// The ledger, the mirrors, the shadows, the dirty set and the intents.
    static let domain = Migration(name: "domain") { connection in
        for statement in DomainSchema.statements {
            try connection.execute("\(raw: statement)")
        }
    }
}
