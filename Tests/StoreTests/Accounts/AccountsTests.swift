import Reconciliation
import Store
import Testing

@Suite struct AccountsTests {
    private let store: TemporaryStore

    init() async throws {
        store = try await TemporaryStore()
    }

    private func workbooks(_ name: String = "workbooks", pinned: String? = "db-1") -> Account {
        Account(
            name: AccountID(name),
            role: .crm,
            kind: "workbooks",
            settings: #"{"url":"https://example.org"}"#,
            pinnedID: pinned,
            pinnedName: pinned,
            createdAt: Timestamp(seconds: 5)
        )
    }

    private func connect(_ account: Account) async throws -> Accounts.Connection {
        try await store.write { try Accounts.connect(account, on: $0) }
    }

    @Test func givesBackWhatWasConnected() async throws {
        #expect(try await connect(workbooks()) == .created)
        #expect(try await store.read { try Accounts.find(AccountID("workbooks"), on: $0) } == workbooks())
        #expect(try await store.read { try Accounts.crm(on: $0) } == workbooks())
        #expect(try await store.read { try Accounts.find(AccountID("other"), on: $0) } == nil)
    }

    @Test func keepsCursorsAndAgeWhenConnectedAgain() async throws {
        _ = try await connect(workbooks())
        let name = AccountID("workbooks")
        try await store.write { try Cursors.set("{}", of: "people", account: name, on: $0) }
        try await store.write { try Accounts.setState(.needsAuthorisation, reason: "401", of: name, on: $0) }
        var again = workbooks(pinned: nil)
        again.createdAt = Timestamp(seconds: 99)
        again.pollIntervalMilliseconds = 500
        #expect(try await connect(again) == .reconnected)
        let known = try #require(try await store.read { try Accounts.find(name, on: $0) })
        #expect(known.state == .active)
        #expect(known.stateReason == nil)
        #expect(known.createdAt == Timestamp(seconds: 5))
        #expect(known.pinnedID == "db-1")
        #expect(known.pollIntervalMilliseconds == 500)
        #expect(try await store.read { try Cursors.all(account: name, on: $0) } == ["people": "{}"])
    }

    @Test func refusesAnotherDatabaseUnderAKnownName() async throws {
        _ = try await connect(workbooks())
        await #expect(throws: AccountConflict.otherPinned(name: AccountID("workbooks"), known: "db-1", found: "db-2")) {
            _ = try await connect(workbooks(pinned: "db-2"))
        }
    }

    @Test func refusesASecondDatabase() async throws {
        _ = try await connect(workbooks())
        await #expect(throws: AccountConflict.secondCRM(known: AccountID("workbooks"))) {
            _ = try await connect(workbooks("another"))
        }
    }

    @Test func refusesAnotherServiceUnderAKnownName() async throws {
        _ = try await connect(workbooks("a"))
        let other = Account(name: AccountID("a"), role: .provider, kind: "mailchimp", createdAt: Timestamp(seconds: 1))
        await #expect(
            throws: AccountConflict.otherKind(name: AccountID("a"), known: "workbooks", found: "mailchimp")
        ) { _ = try await connect(other) }
    }

    @Test func pinsOnce() async throws {
        _ = try await connect(workbooks(pinned: nil))
        let name = AccountID("workbooks")
        try await store.write { try Accounts.pin(name, id: "db-1", label: "Acme", on: $0) }
        try await store.write { try Accounts.pin(name, id: "db-1", label: "Acme Ltd", on: $0) }
        await #expect(throws: AccountConflict.self) {
            try await store.write { try Accounts.pin(name, id: "db-2", label: "Other", on: $0) }
        }
        #expect(try await store.read { try Accounts.find(name, on: $0) }?.pinnedName == "Acme Ltd")
    }

    @Test func remembersTheLatestContact() async throws {
        _ = try await connect(workbooks())
        let name = AccountID("workbooks")
        try await store.write { try Accounts.setState(.failing, reason: "503", of: name, on: $0) }
        try await store.write { try Accounts.answered(name, at: Timestamp(seconds: 50), on: $0) }
        try await store.write { try Accounts.answered(name, at: Timestamp(seconds: 40), on: $0) }
        let known = try #require(try await store.read { try Accounts.find(name, on: $0) })
        #expect(known.lastContact == Timestamp(seconds: 50))
        #expect(known.state == .active)
    }

    @Test func takesItsSecretsAlong() async throws {
        try await store.connect("cc")
        let (account, sealer) = (AccountID("cc"), store.store.sealer)
        try await store.write { connection in
            try AccountSecrets.set("s", named: "n", account: account, sealer: sealer, on: connection)
            try Tokens.authorise(TokenSet(refreshToken: "r"), account: account, sealer: sealer, on: connection)
            try Accounts.remove(account, on: connection)
        }
        #expect(try await store.read { try $0.value("SELECT count(*) FROM secret") } == 0)
        #expect(try await store.read { try $0.value("SELECT count(*) FROM token") } == 0)
    }

    @Test func countsRefusedDeliveries() async throws {
        let account = AccountID("cc")
        try await store.write { connection in
            for second in [Int64(10), 30, 20] {
                try RejectedDeliveries.add(
                    2,
                    reason: "signature",
                    account: account,
                    at: Timestamp(seconds: second),
                    on: connection
                )
            }
        }
        let count = try #require(try await store.read { try RejectedDeliveries.all(on: $0) }.first)
        #expect(count.count == 6)
        #expect(count.lastAt == Timestamp(seconds: 30))
    }
}
