import ArgumentParser
import Foundation
import Store

/// Checks the whole ledger, or a bundle that was exported from one.
///
/// `--json`: of the ledger `{"holds","rows","head":{"sequence","hash"},"erased","erasedEvidence","withoutEvidence","row",
/// "reason"}`, of a bundle `{"holds","address","events","head","evidence","erased","seal","complete","kept","row",
/// "reason"}`; `row` and `reason` name the first row that does not hold and are `null` when all do. `seal` is `holds`,
/// `other key` or `not checked`; `complete`, whether these are all events about the address, is `holds` or `not checked`,
/// since the seal alone shows it; `kept` is whether it was held against an end that was kept elsewhere. Where the key at
/// hand is not the one that the bundle names, `holds` is `null`, and the command ends with 3.
struct LedgerVerifyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Check the whole ledger, or an exported bundle; end with 1 when it does not hold.",
        discussion: "A bundle is checked without the database. With an end that was printed earlier by causeway ledger "
            + "head, rows that were cut off or rewritten since are found as well. Where a bundle names another key than "
            + "the one at hand, its seal cannot be checked: the command ends with 3."
    )

    @OptionGroup var options: GlobalOptions

    @Argument(help: "A bundle that causeway ledger export wrote; without it, the ledger itself.")
    var file: String?

    @Option(help: "The hash of an end that was printed earlier.")
    var head: String?

    @Option(name: .customLong("head-file"), help: "A file with what causeway ledger head printed.")
    var headFile: String?

    func run() async throws {
        let kept = try keptHash()
        if let file { return try await verifyBundle(file, kept: kept) }
        let wiring = try await Wiring.open(options)
        let keys = wiring.store.sealer.ledgerKeys
        let report = try await wiring.store.database.read {
            try LedgerVerification.run(keys: keys, kept: kept, in: $0)
        }
        if options.json { try JSONOutput.print(LedgerReportJSON(report)) } else { show(report) }
        if report.problem != nil { throw ExitStatus.failed }
    }

    private func show(_ report: LedgerVerification.Report) {
        if let problem = report.problem {
            let place = problem.row.map { " at row \($0)" } ?? ""
            Console.error("the ledger does not hold\(place): \(problem.reason)")
            if report.rows > 0 { Console.error("rows 1 to \(report.head.sequence) hold") }
            return
        }
        Console.line("the ledger holds up to its last row, \(report.head.sequence): \(report.head.text)")
        if report.erased > 0 { Console.line("rows of addresses that were erased: \(report.erased)") }
        if report.erasedEvidence > 0 { Console.line("rows whose evidence was erased: \(report.erasedEvidence)") }
        if report.withoutEvidence > 0 {
            Console.line("rows from before evidence was kept: \(report.withoutEvidence)")
        }
    }

    private func verifyBundle(_ file: String, kept: [UInt8]?) async throws {
        let bytes: [UInt8]
        do { bytes = Array(try Data(contentsOf: URL(filePath: file))) } catch {
            throw Failure("cannot read \(file): \(error.localizedDescription)")
        }
        let outcome: Result<BundleVerification.Report, BundleVerification.Failure>
        let sealer = try await sealerAtHand()
        do {
            outcome = .success(try BundleVerification.run(bytes, kept: kept, sealer: sealer))
        } catch let failure as BundleVerification.Failure {
            outcome = .failure(failure)
        }
        if options.json {
            try JSONOutput.print(BundleReportJSON(outcome))
        } else {
            show(outcome, file: file, keyAtHand: sealer?.checkValue)
        }
        switch outcome {
        case .failure: throw ExitStatus.failed
        case .success(let report):
            // What nobody could check is no success where it might have been.
            if report.seal == .otherKey { throw ExitStatus.partial }
        }
    }

    private func show(
        _ outcome: Result<BundleVerification.Report, BundleVerification.Failure>,
        file: String,
        keyAtHand: String?
    ) {
        switch outcome {
        case .success(let report):
            Console.line(
                "\(file) \(report.seal == .holds ? "holds" : "agrees with itself") up to row \(report.head.sequence), "
                    + "\(report.head.text); events of \(report.address): \(report.events), pieces of evidence: "
                    + "\(report.evidence)"
            )
            if report.erased > 0 { Console.line("events whose address was erased: \(report.erased)") }
            showSeal(of: report, keyAtHand: keyAtHand)
        case .failure(let failure):
            Console.error("\(file) does not hold\(failure.row.map { " at row \($0)" } ?? ""): \(failure.reason)")
        }
    }

    /// Says what was checked with a key, and what was not.
    private func showSeal(of report: BundleVerification.Report, keyAtHand: String?) {
        switch report.seal {
        case .holds:
            Console.line("its seal is of this installation")
            Console.line("complete: these are all events about the address up to that row")
            return
        case .otherKey:
            Console.error(
                "its seal was not checked: it names the key \(report.key), and the one at hand is \(keyAtHand ?? ""). "
                    + "Another installation made it, or somebody who rewrote it: check it where that key is"
            )
        case .notChecked:
            Console.line("its seal was not checked: that takes the key that made it")
        }
        Console.line(
            "complete: not checked; whether there are other events about the address, what was written and how long it "
                + "took are covered by the seal alone"
        )
        if !report.isOfKeptEnd {
            Console.line(
                "of the ledger that it names: not checked; that takes the seal, or an end that was kept elsewhere (--head)"
            )
        }
    }

    /// The key, where this machine has one; a bundle is checked without it as well.
    private func sealerAtHand() async throws -> Sealer? {
        let settings = try await options.settings()
        let path = settings[.keyFile] ?? Store.defaultKeyFile(in: settings.dataDirectory)
        do { return try KeyFile.read(at: path).map { Sealer(key: $0) } } catch let error as KeyError {
            if !options.json { Console.error("the key cannot be used, so the seal is not checked: \(error)") }
            return nil
        }
    }

    /// The hash in what was given, which may be all that `ledger head` printed.
    private func keptHash() throws -> [UInt8]? {
        if head != nil, headFile != nil { throw ValidationError("give --head or --head-file, not both") }
        var text = head
        if let headFile {
            do { text = try String(contentsOfFile: headFile, encoding: .utf8) } catch {
                throw Failure("cannot read \(headFile): \(error.localizedDescription)")
            }
        }
        guard let text else { return nil }
        let runs = text.lowercased().split { !$0.isHexDigit }
        guard let hash = runs.first(where: { $0.count == 64 }).flatMap({ Hexadecimal.bytes($0) }) else {
            throw ValidationError(
                "that is no hash of a ledger's end: it takes the 64 digits that causeway ledger head prints"
            )
        }
        return hash
    }
}

/// What was found of the ledger.
private struct LedgerReportJSON: Encodable {
    var report: LedgerVerification.Report

    init(_ report: LedgerVerification.Report) { self.report = report }

    private enum CodingKeys: String, CodingKey {
        case holds, rows, head, erased, erasedEvidence, withoutEvidence, row, reason
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(report.problem == nil, forKey: .holds)
        try container.encode(report.rows, forKey: .rows)
        try container.encode(LedgerHeadJSON(report.head), forKey: .head)
        try container.encode(report.erased, forKey: .erased)
        try container.encode(report.erasedEvidence, forKey: .erasedEvidence)
        try container.encode(report.withoutEvidence, forKey: .withoutEvidence)
        try container.encode(report.problem?.row, forKey: .row)
        try container.encode(report.problem?.reason, forKey: .reason)
    }
}

/// What was found of a bundle.
private struct BundleReportJSON: Encodable {
    var outcome: Result<BundleVerification.Report, BundleVerification.Failure>

    init(_ outcome: Result<BundleVerification.Report, BundleVerification.Failure>) { self.outcome = outcome }

    private enum CodingKeys: String, CodingKey {
        case holds, address, events, head, evidence, erased, seal, complete, kept, row, reason
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        let report: BundleVerification.Report?
        let failure: BundleVerification.Failure?
        switch outcome {
        case .success(let found): (report, failure) = (found, nil)
        case .failure(let found): (report, failure) = (nil, found)
        }
        try container.encode(report?.seal == .otherKey ? nil : failure == nil, forKey: .holds)
        try container.encode(report?.address, forKey: .address)
        try container.encode(report?.events, forKey: .events)
        try container.encode(report.map { LedgerHeadJSON($0.head) }, forKey: .head)
        try container.encode(report?.evidence, forKey: .evidence)
        try container.encode(report?.erased, forKey: .erased)
        try container.encode(report?.seal.rawValue, forKey: .seal)
        try container.encode(report?.completeness.rawValue, forKey: .complete)
        try container.encode(report?.isOfKeptEnd, forKey: .kept)
        try container.encode(failure?.row, forKey: .row)
        try container.encode(failure?.reason, forKey: .reason)
    }
}
