extension Migration {
    /// Writes found by when they ended: those of the last minutes explain what is found at a provider.
    static let endedIntents = Migration(name: "ended-intents") { connection in
        try connection.execute(
            "CREATE INDEX intent_by_end ON intent (account, ended_at) WHERE ended_at IS NOT NULL"
        )
    }
}
