/// Operations that are carried out together, later (mailchimp.md §6).
final class MailchimpBatch {
    /// How long a batch and its results are kept.
    static let lifetime = 7 * 86_400.0
    /// How long an address of the results is good for.
    static let linkLifetime = 600.0
    /// The rows of one file of results.
    static let rowsPerFile = 200

    /// How a batch ends, which tests plan ahead.
    enum Outcome: String, Sendable {
        /// As it should.
        case finishes
        /// It stays at `started` for ever.
        case stuck
        /// The results are no archive.
        case notAnArchive = "not-an-archive"
        /// The results break off in the middle.
        case truncated
    }

    /// One operation.
    struct Operation: Sendable {
        var method: String
        var path: String
        var id: String?
        var query: [(name: String, value: String)]
        var body: SandboxJSON?
    }

    /// The answer to one operation.
    struct Row: Sendable {
        var status: Int
        var operation: String?
        var response: String
    }

    let id: String
    let submittedAt: Double
    let seconds: Double
    let outcome: Outcome
    /// The operations in the order in which they are carried out, which is not that of the request.
    let operations: [Operation]
    /// How many of them are done.
    var done = 0
    /// The answers, one group for each file.
    var files: [[Row]] = [[]]
    /// Operations that the paging of a collection added.
    var added = 0
    var errored = 0
    var isStopped = false
    /// Whether the batch webhooks have been told.
    var isAnnounced = false
    /// The archive, once it was made.
    var archive: [UInt8]?

    init(id: String, operations: [Operation], seconds: Double, outcome: Outcome, at now: Double) {
        self.id = id
        self.operations = operations
        self.seconds = seconds
        self.outcome = outcome
        submittedAt = now
    }

    /// How far it should be by now: 0 to 1.
    private func progress(at now: Double) -> Double {
        seconds > 0 ? min(1, max(0, (now - submittedAt) / seconds)) : 1
    }

    /// The status, which goes through all five states.
    func status(at now: Double) -> String {
        switch progress(at: now) {
        case ..<0.2: "pending"
        case ..<0.4: "preprocessing"
        case _ where outcome == .stuck: "started"
        case ..<0.8: "started"
        case ..<1: "finalizing"
        default: "finished"
        }
    }

    /// How many operations should be done by now.
    func due(at now: Double) -> Int {
        if outcome == .stuck { return min(done, operations.count) }
        let share = min(1, max(0, (progress(at: now) - 0.4) / 0.4))
        // The little more makes up for fractions that binary numbers miss.
        return Int((Double(operations.count) * share + 1e-9).rounded(.down))
    }

    /// When it finished, or will.
    var completedAt: Double { submittedAt + seconds }

    /// Adds an answer to the file that is being filled.
    func add(_ row: Row) {
        if row.status >= 400 { errored += 1 }
        if files[files.count - 1].count >= Self.rowsPerFile { files.append([]) }
        files[files.count - 1].append(row)
    }

    /// The archive of the results: a directory, an empty file, and the files of rows.
    ///
    /// - Throws: when it cannot be compressed.
    func results() throws -> [UInt8] {
        if let archive { return archive }
        if outcome == .notAnArchive { return Array("<html><body>The results cannot be shown.</body></html>".utf8) }
        var tar = TarArchive(modifiedAt: completedAt)
        tar.addDirectory("./")
        tar.addFile("./\(id)-empty.json", [])
        for (index, rows) in files.enumerated() where !rows.isEmpty {
            let json = SandboxJSON.array(
                rows.map {
                    [
                        "status_code": .int($0.status), "response": .string($0.response),
                        "operation_id": $0.operation.map(SandboxJSON.string) ?? .null,
                    ]
                }
            )
            tar.addFile("./\(id)-\(index).json", Array(json.text.utf8))
        }
        tar.finish()
        var compressed = try Gzip.compress(tar.bytes)
        if outcome == .truncated { compressed.removeLast(compressed.count / 2) }
        archive = compressed
        return compressed
    }
}
