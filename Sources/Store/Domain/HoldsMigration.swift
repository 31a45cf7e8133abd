extension Migration {
    /// Holds with their rows, contacts whose address was changed, and what the breaker counts.
    static let holds = Migration(name: "holds") { connection in
        for statement in HoldsSchema.statements {
            try connection.execute("\(raw: statement)")
        }
    }
}
