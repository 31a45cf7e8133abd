import Reconciliation

/// The addresses whose records were all looked for in the CRM; later ones arrive as changes.
package enum Watched {
    /// Those of the addresses that have not been looked for.
    package static func missing(
        among addresses: [Address],
        in connection: any SQLConnection
    ) throws -> [Address] {
        var known: Set<Address> = []
        for chunk in addresses.chunks(of: 500) {
            let texts = chunk.map(\.text)
            try connection.forEach("SELECT address FROM watched WHERE address IN \(list: texts)") {
                known.insert(Address(compared: $0.text(0)))
            }
        }
        return addresses.filter { !known.contains($0) }
    }

    /// Notes that the addresses were looked for.
    package static func add(
        _ addresses: [Address],
        at moment: Timestamp,
        in connection: any SQLConnection
    ) throws {
        for address in addresses {
            try connection.execute(
                """
                INSERT INTO watched (address, searched_at) VALUES (\(address.text), \(moment.milliseconds))
                ON CONFLICT (address) DO NOTHING
                """
            )
        }
    }

    /// All addresses are to be looked for anew: records that could not be found can be found now.
    package static func removeAll(in connection: any SQLConnection) throws {
        try connection.execute("DELETE FROM watched")
    }
}
