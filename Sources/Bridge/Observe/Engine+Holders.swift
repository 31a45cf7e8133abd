import Reconciliation
import Store

extension Engine {
    /// Asks the CRM and every provider who has an address, and records what they answer.
    ///
    /// Before an address is erased: afterwards nobody can be asked for it, and its opt-out goes to those who are known
    /// by then.
    ///
    /// - Returns: the accounts that could not be asked, each with the reason.
    package func readHolders(of address: Address) async throws -> [(account: AccountID, reason: String)] {
        var silent: [(account: AccountID, reason: String)] = []
        let recorder = recorder(through: "address search", lane: .optOuts)
        try await Lane.$current.withValue(.optOuts) {
            do {
                let records = try await crm.records(having: [address])
                let again = try await store.database.write { connection in
                    try recorder.record(records, isConfirmed: false, in: connection)
                }
                try await readRecords(again, through: "address search", lane: .optOuts)
            } catch let error as PortError {
                silent.append((crmAccount, error.description))
            }
            for account in providerAccounts {
                guard let provider = providers[account] else { continue }
                do {
                    try await walk(.having(address), of: account, provider: provider, through: "address search")
                } catch let error as PortError {
                    silent.append((account, error.description))
                }
            }
        }
        return silent
    }
}
