import Reconciliation
import Store

/// What is read of an address that was erased: nothing of it is stored but what stands for it (design §3, *Erasure*).
extension Recorder {
    /// Contacts with what stands for their address where it was erased, and nothing else of the person.
    func withoutErased(
        _ contacts: [ProviderContact],
        in connection: any SQLConnection
    ) throws -> [ProviderContact] {
        let erased = try ErasedAddresses.among(contacts.compactMap(\.address), keys: keys, in: connection)
        if erased.isEmpty { return contacts }
        return contacts.map { contact in
            guard let address = contact.address, erased.contains(address) else { return contact }
            var contact = contact
            contact.email = standIn(for: address).text
            contact.firstName = ""
            contact.lastName = ""
            contact.fields = [:]
            // Causeway's own words say nothing of the person, and show that an unsubscribe is its own.
            if contact.optOutReason != OpenUnsubscribe.reason { contact.optOutReason = nil }
            return contact
        }
    }

    /// Records with what stands for each of their addresses that was erased; the person's data go with the main one.
    func withoutErased(_ records: [CRMRecord], in connection: any SQLConnection) throws -> [CRMRecord] {
        let erased = try ErasedAddresses.among(Set(records.flatMap(\.addresses)), keys: keys, in: connection)
        if erased.isEmpty { return records }
        return records.map { record in
            guard record.addresses.contains(where: erased.contains) else { return record }
            var record = record
            record.otherEmails = record.otherEmails.map { typed in
                guard let address = Address(typed: typed), erased.contains(address) else { return typed }
                return standIn(for: address).text
            }
            if let main = record.mainAddress, erased.contains(main) {
                record.mainEmail = standIn(for: main).text
                record.firstName = ""
                record.lastName = ""
                record.fields = [:]
            }
            return record
        }
    }

    /// The address under which a report is recorded.
    func withoutErased(_ address: Address, in connection: any SQLConnection) throws -> Address {
        try ErasedAddresses.known(as: address, keys: keys, in: connection)
    }

    /// Whether a delivery says anything about an address that was erased.
    func namesErased(_ observations: [Observation], in connection: any SQLConnection) throws -> Bool {
        let addresses = observations.compactMap { observation -> Address? in
            switch observation {
            case .optOutReported(let report): report.address
            case .bounceReported(let report): report.address
            case .changeHinted(.contact(_, let address)): address
            case .contactRead, .recordRead, .memberRead, .changeHinted: nil
            }
        }
        return try !ErasedAddresses.among(addresses, keys: keys, in: connection).isEmpty
    }

    private func standIn(for address: Address) -> Address { Address(erased: keys.addressHash(address)) }
}
