import Store
import Testing

@Suite struct SQLConnectionTests {
    private let directory: TemporaryDirectory
    private let database: SQLiteDatabase

    init() async throws {
        directory = try TemporaryDirectory()
        database = try await SQLiteDatabase.open(at: directory.file("test.sqlite"))
        try await database.write { connection in
            try connection.execute("CREATE TABLE item (id INTEGER PRIMARY KEY, t TEXT, d REAL, b BLOB)")
        }
    }

    @Test func givesBackWhatWasBound() async throws {
        try await database.write { connection in
            try connection.execute("INSERT INTO item (t, d, b) VALUES (\("Zoë 🎈"), \(1.5), \([UInt8]([0, 255])))")
            try connection.execute("INSERT INTO item (t, d, b) VALUES (\(""), \(nil as Double?), \([UInt8]()))")
            try connection.execute("INSERT INTO item (t, d, b) VALUES (\(nil as String?), \(0.0), \(nil as [UInt8]?))")
        }
        let texts = try await database.read { try $0.rows("SELECT t FROM item ORDER BY id") { $0.optionalText(0) } }
        let blobs = try await database.read { try $0.rows("SELECT b FROM item ORDER BY id") { $0.optionalBytes(0) } }
        let numbers = try await database.read { try $0.rows("SELECT d FROM item ORDER BY id") { $0.optionalInt(0) } }
        #expect(texts == ["Zoë 🎈", "", nil])
        #expect(blobs == [[0, 255], [], nil])
        #expect(numbers == [1, nil, 0])
    }

    @Test func tellsChangedRowsAndInsertedIDs() async throws {
        let (ids, changed) = try await database.write { connection in
            try connection.execute("INSERT INTO item (t) VALUES (\("a"))")
            let first = connection.lastInsertedID
            try connection.execute("INSERT INTO item (t) VALUES (\("b"))")
            let second = connection.lastInsertedID
            try connection.execute("UPDATE item SET t = \("c")")
            return ([first, second], connection.changedRows)
        }
        #expect(ids == [1, 2])
        #expect(changed == 2)
    }

    @Test func nestsAQueryInItself() async throws {
        try await database.write { connection in
            for text in ["a", "b", "c"] { try connection.execute("INSERT INTO item (t) VALUES (\(text))") }
        }
        let pairs = try await database.read { connection in
            var pairs: [String] = []
            try connection.forEach("SELECT t FROM item ORDER BY id") { outer in
                let text = outer.text(0)
                try connection.forEach("SELECT t FROM item ORDER BY id") { pairs.append(text + $0.text(0)) }
            }
            return pairs
        }
        #expect(pairs == ["aa", "ab", "ac", "ba", "bb", "bc", "ca", "cb", "cc"])
    }

    @Test func matchesLists() async throws {
        let (some, none, others) = try await database.write { connection in
            for number in 1...10 { try connection.execute("INSERT INTO item (id) VALUES (\(number))") }
            return (
                try connection.rows("SELECT id FROM item WHERE id IN \(list: [2, 4, 11])") { $0.int(0) },
                try connection.value("SELECT count(*) FROM item WHERE id IN \(list: [Int]())"),
                try connection.value("SELECT count(*) FROM item WHERE id NOT IN \(list: [Int]())")
            )
        }
        #expect(some == [2, 4])
        #expect(none == 0)
        #expect(others == 10)
    }

    @Test func readsNoMoreThanTheFirstRow() async throws {
        let (first, missing, null) = try await database.write { connection in
            for number in 5...7 { try connection.execute("INSERT INTO item (id) VALUES (\(number))") }
            return (
                try connection.first("SELECT id FROM item ORDER BY id") { $0.int(0) },
                try connection.first("SELECT id FROM item WHERE id = 1") { $0.int(0) },
                try connection.value("SELECT max(d) FROM item")
            )
        }
        #expect(first == 5)
        #expect(missing == nil)
        #expect(null == nil)
    }

    @Test func namesARefusedStatementWithoutItsValues() async throws {
        let error = await #expect(throws: StoreError.self) {
            try await database.write { try $0.execute("INSERT INTO item (id) VALUES (\("secret"))") }
        }
        #expect(error.map { "\($0)".contains("INSERT INTO item") } == true)
        #expect(error.map { "\($0)".contains("secret") } == false)
    }

    @Test func refusesToWriteOnAReader() async throws {
        await #expect(throws: StoreError.self) {
            try await database.read { try $0.execute("INSERT INTO item (id) VALUES (1)") }
        }
    }
}
