import Reconciliation
import Store
import Testing

@Suite struct SoughtAddressesTests {
    private let account = AccountID("constant-contact")
    private let ada = Address(compared: "ada@example.org")
    private let bob = Address(compared: "bob@example.org")

    @Test func areLookedForOnceAtTheirAccountAndUntilTheEnd() async throws {
        let (store, account, ada, bob) = (try await TemporaryStore(), account, ada, bob)
        try await store.write { connection in
            for address in [bob, ada, ada] { try SoughtAddresses.add(address, account: account, in: connection) }
            #expect(try SoughtAddresses.of(account, limit: 1, in: connection) == [ada])
            #expect(try SoughtAddresses.of(AccountID("mailchimp"), limit: 9, in: connection).isEmpty)
            try SoughtAddresses.end(ada, account: account, in: connection)
            #expect(try SoughtAddresses.of(account, limit: 9, in: connection) == [bob])
        }
    }
}
