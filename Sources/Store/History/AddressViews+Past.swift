import Reconciliation

extension AddressViews {
    /// The ledger's rows of the latest opt-outs that stood on addresses at a moment, by what had arrived till then, with
    /// what was one with an address then.
    package static func latestOptOuts(
        of addresses: [Address],
        at moment: Timestamp,
        in connection: any SQLConnection
    ) throws -> [Address: Int64] {
        var all = Set(addresses)
        let twins = try MovedContacts.twins(joining: &all, at: moment, in: connection)
        var found: [Address: Int64] = [:]
        for address in all {
            let rows = try Ledger.events(of: address, in: connection).filter { $0.event.receivedAt <= moment }
            let standing = Standing(ledger: rows.map { ($0.sequence, $0.event) })
            found[address] =
                rows.filter { $0.event.kind == .optOut && standing.stands($0.event.source) }.map(\.sequence).max()
        }
        join(twins, in: &found)
        return found
    }
}
