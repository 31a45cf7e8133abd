import Reconciliation

/// The addresses that were erased, of which nothing but their keyed hashes is left.
package enum ErasedAddresses {
    /// Those of the addresses that were erased.
    ///
    /// Where nobody ever was, which is nearly everywhere, nothing is hashed for it.
    package static func among(
        _ addresses: some Collection<Address>,
        keys: LedgerKeys,
        in connection: any SQLConnection
    ) throws -> Set<Address> {
        guard !addresses.isEmpty, try connection.value("SELECT 1 FROM erased_address LIMIT 1") != nil else { return [] }
        var found: Set<Address> = []
        for chunk in Array(addresses).chunks(of: 500) {
            var byHash: [[UInt8]: Address] = [:]
            for address in chunk where !address.isErased { byHash[keys.addressHash(address)] = address }
            let hashes = Array(byHash.keys)
            try connection.forEach("SELECT hash FROM erased_address WHERE hash IN \(list: hashes)") {
                if let address = byHash[$0.bytes(0)] { found.insert(address) }
            }
        }
        return found
    }

    /// The address as the store knows it: what stands for it, once it was erased.
    package static func known(
        as address: Address,
        keys: LedgerKeys,
        in connection: any SQLConnection
    ) throws -> Address {
        try among([address], keys: keys, in: connection).isEmpty ? address : Address(erased: keys.addressHash(address))
    }

    /// Every erased address' hash, with the moment.
    package static func all(in connection: any SQLConnection) throws -> [(hash: [UInt8], at: Timestamp)] {
        try connection.rows("SELECT hash, at FROM erased_address ORDER BY at, hash") {
            ($0.bytes(0), Timestamp(milliseconds: $0.int(1)))
        }
    }
}
