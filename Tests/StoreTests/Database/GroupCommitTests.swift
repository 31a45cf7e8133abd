import Store
import Synchronization
import Testing

@Suite struct GroupCommitTests {
    private let directory: TemporaryDirectory
    private let database: SQLiteDatabase

    init() async throws {
        directory = try TemporaryDirectory()
        let path = directory.file("test.sqlite")
        database = try await SQLiteDatabase.open(at: path)
        try await Migrator().run(on: database, path: path)
        try await database.write { try $0.execute("CREATE TABLE item (id INTEGER PRIMARY KEY)") }
    }

    private struct Refusal: Error, Equatable {}

    /// Keeps the writer busy until a gate is opened, so that others have to wait behind it.
    private func holdWriter(until gate: Gate) -> Task<Void, any Error> {
        Task { [database] in try await database.write { _ in gate.wait() } }
    }

    /// Runs writes so that all of them wait together, and gives what each of them came to.
    private func together(_ bodies: [@Sendable (any SQLConnection) throws -> Void]) async throws -> [Bool] {
        let gate = Gate()
        let holding = holdWriter(until: gate)
        try await until { gate.isWaitedFor }
        let database = database
        var tasks: [Task<Bool, Never>] = []
        for (index, body) in bodies.enumerated() {
            tasks.append(
                Task {
                    do {
                        try await database.write(body)
                        return true
                    } catch {
                        return false
                    }
                }
            )
            try await until { database.waitingWrites == index + 1 }
        }
        gate.open()
        // The gate's own body shares the transaction when it was opened quickly, and then its fate.
        _ = await holding.result
        var outcomes: [Bool] = []
        for task in tasks { outcomes.append(await task.value) }
        return outcomes
    }

    private func ids() async throws -> [Int64] {
        try await database.read { try $0.rows("SELECT id FROM item ORDER BY id") { $0.int(0) } }
    }

    @Test func commitsWhatWaitsTogether() async throws {
        let before = database.commits
        let outcomes = try await together(
            (1...100).map { number in
                { try $0.execute("INSERT INTO item (id) VALUES (\(number))") }
            }
        )
        #expect(outcomes.allSatisfy { $0 })
        #expect(try await ids().count == 100)
        // At most one for the gate and a few for a slow machine, but never one for each.
        #expect(database.commits - before <= 20)
    }

    @Test(arguments: [0, 1, 2])
    func undoesOnlyTheBodyThatThrows(failing: Int) async throws {
        let outcomes = try await together(
            (0..<3).map { number in
                { connection in
                    try connection.execute("INSERT INTO item (id) VALUES (\(number))")
                    if number == failing { throw Refusal() }
                }
            }
        )
        let expected = (0..<3).filter { $0 != failing }
        #expect(outcomes == (0..<3).map { $0 != failing })
        #expect(try await ids() == expected.map(Int64.init))
    }

    @Test(arguments: [0, 1, 2])
    func keepsNothingThatSharedATransactionWhichABodyEnded(ending: Int) async throws {
        let outcomes = try await together(
            (0..<3).map { number in
                { connection in
                    try connection.execute("INSERT INTO item (id) VALUES (\(number))")
                    if number == ending { try connection.execute("ROLLBACK") }
                }
            }
        )
        let stored = try await ids()
        #expect(!outcomes[ending])
        // Whoever was told that it is stored finds it stored, and nobody else does.
        #expect(stored == (0..<3).filter { outcomes[$0] }.map(Int64.init))
        try await database.write { try $0.execute("INSERT INTO item (id) VALUES (9)") }
        #expect(try await ids() == stored + [9])
    }

    @Test func tellsEverybodyWhenAnotherProcessKeepsTheLock() async throws {
        let impatient = try await SQLiteDatabase.open(at: directory.file("test.sqlite"), busySeconds: 0.05)
        let gate = Gate()
        let holding = holdWriter(until: gate)
        try await until { gate.isWaitedFor }
        await withTaskGroup(of: Void.self) { group in
            for number in 0..<20 {
                group.addTask {
                    await #expect(throws: StoreError.busy) {
                        try await impatient.write { try $0.execute("INSERT INTO item (id) VALUES (\(number))") }
                    }
                }
            }
        }
        gate.open()
        try await holding.value
        try await impatient.write { try $0.execute("INSERT INTO item (id) VALUES (1)") }
        #expect(try await ids() == [1])
    }

    @Test func handsOnWhatABodyThrew() async throws {
        await #expect(throws: Refusal()) {
            try await database.write { _ in throw Refusal() }
        }
    }

    @Test func commitsTheWorkOfACancelledTask() async throws {
        let gate = Gate()
        let holding = holdWriter(until: gate)
        try await until { gate.isWaitedFor }
        let database = database
        let cancelled = Task {
            try await database.write { try $0.execute("INSERT INTO item (id) VALUES (7)") }
        }
        try await until { database.waitingWrites == 1 }
        cancelled.cancel()
        gate.open()
        try await holding.value
        try await cancelled.value
        #expect(try await ids() == [7])
    }

    @Test func givesEachReadOneSnapshot() async throws {
        let database = database
        let gate = Gate()
        let counts = Task {
            try await database.read { connection in
                let first = try connection.value("SELECT count(*) FROM item")
                gate.wait()
                return [first, try connection.value("SELECT count(*) FROM item")]
            }
        }
        try await until { gate.isWaitedFor }
        try await database.write { try $0.execute("INSERT INTO item (id) VALUES (1)") }
        gate.open()
        #expect(try await counts.value == [0, 0])
        #expect(try await ids() == [1])
    }

    @Test func refusesWorkAfterClosing() async throws {
        database.close()
        await #expect(throws: StoreError.closed) { try await database.write { _ in } }
        await #expect(throws: StoreError.closed) { try await database.read { _ in } }
    }

    @Test func finishesWhatWaitedWhenItWasClosed() async throws {
        let gate = Gate()
        let holding = holdWriter(until: gate)
        try await until { gate.isWaitedFor }
        let database = database
        let waiting = Task { try await database.write { try $0.execute("INSERT INTO item (id) VALUES (1)") } }
        try await until { database.waitingWrites == 1 }
        database.close()
        gate.open()
        try await holding.value
        try await waiting.value
        let reopened = try await SQLiteDatabase.open(at: directory.file("test.sqlite"))
        #expect(try await reopened.read { try $0.value("SELECT count(*) FROM item") } == 1)
    }

    @Test func takesWhatIsWrittenFromACompletionNext() async throws {
        let database = database
        let order = Order()
        let gate = Gate()
        let holding = holdWriter(until: gate)
        try await until { gate.isWaitedFor }
        await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
            // A body that throws is rolled back alone, and told so.
            database.write({ (_: any SQLConnection) throws -> Int in throw Refusal() }) { result in
                order.add(result.isFailure ? "refused" : "stored")
                database.write({ try $0.execute("INSERT INTO item VALUES (7)") }) { result in
                    order.add(result.isFailure ? "refused" : "stored")
                    continuation.resume()
                }
            }
            gate.open()
        }
        try await holding.value
        #expect(order.words == ["refused", "stored"])
        #expect(try await database.read { try $0.value("SELECT count(*) FROM item") } == 1)
    }

    @Test func tellsACompletionThatTheDatabaseIsClosed() async throws {
        let database = database
        await database.closeAndWait()
        let order = Order()
        database.write({ try $0.execute("INSERT INTO item VALUES (7)") }) { result in
            order.add(result.isFailure ? "refused" : "stored")
        }
        // There is no thread left that could tell of it later.
        #expect(order.words == ["refused"])
    }
}

/// What completions were told, in order.
private final class Order: Sendable {
    private let told = Mutex<[String]>([])

    var words: [String] { told.withLock { $0 } }

    func add(_ word: String) { told.withLock { $0.append(word) } }
}

extension Result {
    fileprivate var isFailure: Bool {
        if case .failure = self { true } else { false }
    }
}
