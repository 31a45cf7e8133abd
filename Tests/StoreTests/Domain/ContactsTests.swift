import Reconciliation
import Store
import Testing

struct ContactsTests {
    private let account = AccountID("constant-contact")

    private func contact(_ id: String, _ email: String, isDeleted: Bool = false) -> ContactShadow {
        ContactShadow(
            contact: ProviderContact(id: ContactID(id), email: email, permission: .implicit, isDeleted: isDeleted)
        )
    }

    /// Reading through all contacts of an account for each address took most of a first load's time.
    @Test(arguments: [
        "SELECT id FROM contact WHERE account = 'a' AND address IN ('x')",
        "SELECT c.address, l.list FROM contact c JOIN contact_list l ON l.account = c.account AND l.contact = c.id "
            + "AND l.list IN ('n') WHERE c.account = 'a' AND c.address IN ('x', 'y') AND c.is_deleted = 0",
    ])
    func areLookedUpByAddress(query: String) async throws {
        let store = try await TemporaryStore()
        let plan = try await store.read { connection in
            try connection.rows("EXPLAIN QUERY PLAN \(raw: query)") { $0.text(3) }
        }
        #expect(plan.first?.contains("contact_by_address (account=? AND address=?)") == true, "\(plan)")
    }

    /// A contact whose address was changed and that nobody has read since does not hide the one that has it now.
    @Test func theOneThatWasStoredLastHasTheAddress() async throws {
        let store = try await TemporaryStore()
        let account = account
        let (old, new) = (contact("c9", "ada@example.org"), contact("c1", "Ada@example.org"))
        let found = try await store.write { connection in
            for shadow in [old, new] {
                try Contacts.save(shadow, account: account, at: Timestamp(seconds: 1), in: connection)
            }
            let address = try #require(Address(typed: "ada@example.org"))
            return (
                try Contacts.having([address], account: account, in: connection)[address]?.contact.id,
                try Contacts.load([ContactID("c9")], account: account, in: connection)[ContactID("c9")]
            )
        }
        #expect(found.0 == ContactID("c1"))
        // What was known of it is kept: the next reading tells from what address it was changed.
        #expect(found.1 == old)
    }

    @Test func whoWasDeletedKeepsTheAddressBesideTheOneThatHasIt() async throws {
        let store = try await TemporaryStore()
        let account = account
        let (gone, new) = (contact("c9", "ada@example.org", isDeleted: true), contact("c1", "ada@example.org"))
        let addresses = try await store.write { connection in
            for shadow in [gone, new] {
                try Contacts.save(shadow, account: account, at: Timestamp(seconds: 1), in: connection)
            }
            return try connection.rows("SELECT address FROM contact ORDER BY id") { $0.text(0) }
        }
        #expect(addresses == ["ada@example.org", "ada@example.org"])
    }
}
