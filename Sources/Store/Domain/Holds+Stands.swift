import Reconciliation

extension Holds {
    /// What became of the causes of the addresses, which of the addresses are kept off every list until somebody decides,
    /// and which are in doubt till then: a contact was deleted, and an unsubscribe before that cannot be ruled out (C9).
    ///
    /// - Parameter records: records with the addresses that each has now: what is held about a record is so wherever it
    ///   is found, whatever its address was when the hold was raised.
    package static func stands(
        of addresses: [Address],
        records: [RecordID: [Address]] = [:],
        in connection: any SQLConnection
    ) throws -> (stands: [Address: [HoldCause: HoldStand]], heldOff: Set<Address>, inDoubt: Set<Address>) {
        var stands: [Address: [HoldCause: HoldStand]] = [:]
        var heldOff: Set<Address> = []
        var inDoubt: Set<Address> = []
        func take(_ row: SQLRow, of address: Address) {
            guard let cause = HoldCause(text: row.text(1)) else { return }
            let choice = row.optionalText(3).flatMap(HoldChoice.init(rawValue:))
            switch row.text(2) {
            case "approved": stands[address, default: [:]][cause] = choice.map { .approved($0) } ?? .open
            case "dismissed": stands[address, default: [:]][cause] = .dismissed
            default:
                stands[address, default: [:]][cause] = .open
                guard row.bool(4) else { return }
                if cause.kind == .contactDeleted { inDoubt.insert(address) } else { heldOff.insert(address) }
            }
        }
        for chunk in addresses.chunks(of: 500) {
            let texts = chunk.map(\.text)
            try connection.forEach(
                """
                SELECT r.address, r.cause, r.state, h.choice, r.keeps_off FROM hold_row r JOIN hold h ON h.id = r.hold
                WHERE r.address IN \(list: texts) AND r.state IN ('open', 'approved', 'dismissed')
                """
            ) { take($0, of: Address(compared: $0.text(0))) }
        }
        let subjects = Dictionary(records.map { ($0.key.description, $0.value) }) { first, _ in first }
        for chunk in subjects.keys.sorted().chunks(of: 500) {
            let texts = Array(chunk)
            try connection.forEach(
                """
                SELECT r.subject, r.cause, r.state, h.choice, r.keeps_off FROM hold_row r JOIN hold h ON h.id = r.hold
                WHERE r.subject IN \(list: texts) AND r.state IN ('open', 'approved', 'dismissed')
                """
            ) { row in
                for address in subjects[row.text(0)] ?? [] { take(row, of: address) }
            }
        }
        return (stands, heldOff, inDoubt)
    }
}
