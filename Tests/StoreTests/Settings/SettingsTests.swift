import Reconciliation
import Store
import Testing

@Suite struct SettingsTests {
    private let store: TemporaryStore

    init() async throws {
        store = try await TemporaryStore()
    }

    @Test func keepsTextsByKey() async throws {
        let (none, one, two, removed) = try await store.write { connection in
            let none = try Settings.text("k", on: connection)
            try Settings.set("k", to: "one", on: connection)
            let one = try Settings.text("k", on: connection)
            try Settings.set("k", to: "two", on: connection)
            let two = try Settings.textOrSet("k", "three", on: connection)
            try Settings.set("k", to: nil, on: connection)
            return (none, one, two, try Settings.text("k", on: connection))
        }
        #expect(none == nil)
        #expect(one == "one")
        #expect(two == "two")
        #expect(removed == nil)
    }

    @Test func keepsACursorPerAccountAndSource() async throws {
        let (first, second) = (AccountID("a"), AccountID("b"))
        try await store.write { connection in
            try Cursors.set("1", of: "people", account: first, on: connection)
            try Cursors.set("2", of: "people", account: first, on: connection)
            try Cursors.set("3", of: "people", account: second, on: connection)
            try Cursors.set("4", of: "leads", account: first, on: connection)
            try Cursors.remove(source: "leads", account: first, on: connection)
        }
        #expect(try await store.read { try Cursors.position(of: "people", account: first, on: $0) } == "2")
        #expect(try await store.read { try Cursors.position(of: "leads", account: first, on: $0) } == nil)
        #expect(try await store.read { try Cursors.all(account: second, on: $0) } == ["people": "3"])
    }
}
