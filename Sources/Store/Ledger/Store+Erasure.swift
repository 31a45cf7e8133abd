import Reconciliation

extension Store {
    /// The list of erasures that belongs to this store's key.
    package var erasureList: ErasureList { ErasureList(besideKeyFile: keyFile) }

    /// Erases an address: opts it out, puts what stands for it in its place everywhere, and writes the file anew.
    ///
    /// The list beside the key has it before the database does, so that a crash between the two loses no erasure: it is
    /// applied at the next start.
    ///
    /// - Returns: what still holds the address outside; and whether the log could be emptied as well.
    /// - Throws: `Erasure.WriteUnderWay`, before anything was changed; `KeyError` when the list cannot be written.
    package func erase(_ address: Address, at moment: Timestamp) async throws -> (
        outcome: Erasure.Outcome, isScrubbed: Bool
    ) {
        let outcome = try await eraseRows(of: address, at: moment)
        return (outcome, try await scrub())
    }

    /// Erases an address as `erase` does, but for what the file still has of it in pages that are free.
    ///
    /// - Throws: as `erase`.
    package func eraseRows(of address: Address, at moment: Timestamp) async throws -> Erasure.Outcome {
        let keys = sealer.ledgerKeys
        let underWay = try await database.read {
            try $0.value("SELECT count(*) FROM intent_row WHERE address = \(address.text) AND is_open = 1") ?? 0
        }
        if underWay > 0 { throw Erasure.WriteUnderWay(count: underWay) }
        try erasureList.append(
            ErasureList.Entry(hash: keys.addressHash(address), at: moment, key: sealer.checkValue)
        )
        return try await database.write { try Erasure.apply(to: address, at: moment, keys: keys, in: $0) }
    }

    /// Whether the store still has an address in clear, such as from a decision that was under way when it was erased.
    package func holds(_ address: Address) async throws -> Bool {
        try await database.read { connection in
            for table in try AddressTables.all(in: connection) {
                let found = try connection.value(
                    "SELECT 1 FROM \(raw: table) WHERE address = \(address.text) LIMIT 1"
                )
                if found != nil { return true }
            }
            return false
        }
    }

    /// Applies the erasures of the list that the database does not have: it is an older one that was restored, or the
    /// process ended between the two.
    ///
    /// - Parameter isAlone: whether nobody works on the store. Writes that were under way in an older database are given
    ///   up then; otherwise an address with one is left for the next start.
    /// - Returns: how many were applied.
    @discardableResult
    package func applyMissingErasures(isAlone: Bool = false) async throws -> Int {
        let applied = try await applyMissingRows(isAlone: isAlone)
        if applied > 0 { _ = try await scrub() }
        return applied
    }

    /// Applies missing erasures as `applyMissingErasures` does, but for what the file still has in pages that are free.
    @discardableResult
    package func applyMissingRows(isAlone: Bool = false) async throws -> Int {
        let keys = sealer.ledgerKeys
        let check = sealer.checkValue
        let listed = try erasureList.entries().filter { $0.key == check }
        if listed.isEmpty { return 0 }
        let known = Set(try await database.read { try ErasedAddresses.all(in: $0).map(\.hash) })
        let missing = Dictionary(listed.filter { !known.contains($0.hash) }.map { ($0.hash, $0.at) }) { first, _ in
            first
        }
        if missing.isEmpty { return 0 }
        return try await database.write { connection -> Int in
            var left = missing
            var applied = 0
            for text in try AddressTables.texts(in: connection) {
                let address = Address(compared: text)
                let hash = keys.addressHash(address)
                guard !address.isErased, let moment = missing[hash] else { continue }
                left[hash] = nil
                if isAlone { try connection.execute("UPDATE intent_row SET is_open = 0 WHERE address = \(text)") }
                do {
                    _ = try Erasure.apply(to: address, at: moment, keys: keys, in: connection)
                    applied += 1
                } catch is Erasure.WriteUnderWay {
                    continue
                }
            }
            for (hash, moment) in left.sorted(by: { $0.value < $1.value }) {
                try Erasure.note(hash, at: moment, keys: keys, in: connection)
                applied += 1
            }
            return applied
        }
    }

    private func scrub() async throws -> Bool {
        try await SQLiteMaintenance.scrub(Store.databasePath(in: dataDirectory))
    }
}

/// The tables with a column of addresses, those of later versions included.
enum AddressTables {
    static func all(in connection: any SQLConnection) throws -> [String] {
        try connection.rows(
            """
            SELECT m.name FROM sqlite_master m JOIN pragma_table_info(m.name) c
            WHERE m.type = 'table' AND c.name = 'address' ORDER BY m.name
            """
        ) { $0.text(0) }
    }

    /// Every address that the store has.
    static func texts(in connection: any SQLConnection) throws -> Set<String> {
        var texts: Set<String> = []
        for table in try all(in: connection) {
            try connection.forEach("SELECT DISTINCT address FROM \(raw: table)") {
                texts.insert($0.optionalText(0) ?? "")
            }
        }
        // Records that are gone have no rows in the table of addresses.
        try connection.forEach("SELECT main_email, other_emails FROM crm_record WHERE is_deleted = 1") { row in
            for typed in [row.text(0)] + (try StoredJSON.list(row.text(1))) {
                if let address = Address(typed: typed) { texts.insert(address.text) }
            }
        }
        texts.remove("")
        return texts
    }
}
