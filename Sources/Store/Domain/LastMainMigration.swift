extension Migration {
    /// The main address that a record had last, so that emptying it takes nothing off what stands on it.
    static let lastMain = Migration(name: "last-main") { connection in
        try connection.execute("ALTER TABLE crm_record ADD COLUMN last_main TEXT")
    }
}
