import Logging
import Reconciliation
import Testing
import Webhooks

struct WebhookAccountsTests {
    private let store = MemoryStore()
    private let clock = ManualClock()
    private let log = RecordedLog()
    private let name = AccountID("workbooks")

    private func accounts() -> WebhookAccounts {
        let store = store
        return WebhookAccounts(clock: clock, logger: log.logger) { try store.accounts() }
    }

    private func connect(_ secret: UInt8) throws {
        store.connect(WebhookAccount(id: name, source: .workbooks, keys: [SigningKey(try .of(secret))]))
    }

    @Test func readsTheStoreOnceASecond() async throws {
        try connect(1)
        let accounts = accounts()
        for _ in 0..<100 { #expect(try await accounts.account(name, source: .workbooks) != nil) }
        #expect(store.accountReads == 1)
        clock.advance(milliseconds: 1001)
        #expect(try await accounts.account(name, source: .workbooks) != nil)
        #expect(store.accountReads == 2)
    }

    @Test func seesANewAccountWithoutWaiting() async throws {
        let accounts = accounts()
        #expect(try await accounts.account(name, source: .workbooks) == nil)
        try connect(1)
        clock.advance(milliseconds: 21)
        #expect(try await accounts.account(name, source: .workbooks) != nil)
    }

    @Test func readsNoMoreThanFiftyTimesASecondWhateverIsAsked() async throws {
        let accounts = accounts()
        for _ in 0..<1000 {
            #expect(try await accounts.account(AccountID("stranger"), source: .workbooks) == nil)
            clock.advance(milliseconds: 1)
        }
        #expect(store.accountReads <= 50)
    }

    @Test func refusesTheRouteOfAnotherSource() async throws {
        try connect(1)
        #expect(try await accounts().account(name, source: .constantContact) == nil)
    }

    /// The secret of a hook that is being made may have been stored a moment ago.
    @Test func readsAnewAtTheSameMomentWhereThatIsAskedFor() async throws {
        let accounts = accounts()
        _ = try await accounts.account(name, source: .workbooks)
        try connect(1)
        #expect(try await accounts.latest(name, source: .workbooks) == nil)
        #expect(try await accounts.readAnew(name, source: .workbooks) != nil)
    }

    @Test func servesTheLastReadingWhileTheStoreIsAway() async throws {
        try connect(1)
        let accounts = accounts()
        _ = try await accounts.account(name, source: .workbooks)
        store.setRefusing(true)
        clock.advance(milliseconds: 60_000)
        #expect(try await accounts.account(name, source: .workbooks) != nil)
        #expect(try await accounts.latest(name, source: .workbooks) != nil)
    }

    @Test func failsWhenTheStoreWasNeverRead() async throws {
        store.setRefusing(true)
        let accounts = accounts()
        for _ in 0..<10 {
            await #expect(throws: MemoryStore.Refused.self) { try await accounts.account(name, source: .workbooks) }
        }
        #expect(store.accountReads == 1)
    }

    @Test func readsAnewWhenTheClockWasSetBack() async throws {
        try connect(1)
        let accounts = accounts()
        _ = try await accounts.account(name, source: .workbooks)
        clock.advance(milliseconds: -3_600_000)
        _ = try await accounts.account(name, source: .workbooks)
        #expect(store.accountReads == 2)
    }

    @Test func saysOnceThatTheStoreCannotBeReadAndOnceThatItCanBeAgain() async throws {
        try connect(1)
        let accounts = accounts()
        store.setRefusing(true)
        for _ in 0..<5 {
            await #expect(throws: MemoryStore.Refused.self) {
                _ = try await accounts.account(name, source: .workbooks)
            }
            clock.advance(milliseconds: 21)
        }
        #expect(log.levels == [.error])
        store.setRefusing(false)
        for _ in 0..<5 {
            #expect(try await accounts.account(name, source: .workbooks) != nil)
            clock.advance(milliseconds: 1001)
        }
        #expect(log.levels == [.error, .notice])
    }
}
