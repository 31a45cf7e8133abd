/// A call that changes a set of records (workbooks.md §6): its rows, and the answer to them.
struct WorkbooksBatch {
    private enum Outcome {
        case written(WorkbooksWriter.Written)
        case failed(WorkbooksWriter.Failure, id: Int)
    }

    /// The most rows of one call.
    static let mostRows = 100

    private let type: WorkbooksRecordType
    private let count: Int
    private let methods: [String]
    private let ids: [String]
    private let lockVersions: [String]
    private let attributes: [(column: WorkbooksColumn, texts: [String])]
    private let selection: WorkbooksSelection
    private let commitsEachRow: Bool
    private let formats: WorkbooksDates.Formats

    /// Why the whole call is refused before any row is looked at; it becomes `failures` in a 200.
    struct Refusal: Error {
        let text: String
    }

    /// Reads the rows of a call.
    ///
    /// - Throws: `Refusal` for rows that are not square, too many, or that have unknown attributes under strict
    ///   checking; `WorkbooksQuery.Unsuitable` for an unreadable filter.
    init(
        _ parameters: WorkbooksParameters,
        type: WorkbooksRecordType,
        now: Int,
        isStrict: Bool,
        commitsEachRow: Bool,
        formats: WorkbooksDates.Formats
    ) throws {
        self.type = type
        self.commitsEachRow = commitsEachRow
        self.formats = formats
        selection = try WorkbooksSelection(parameters, type: type, now: now)
        methods = parameters.all("__method[]").map { $0.uppercased() }
        ids = parameters.all("id[]")
        lockVersions = parameters.all("lock_version[]")
        count = methods.count
        guard count > 0 else { throw Refusal(text: "No objects were given: __method[] is missing.") }
        guard count <= Self.mostRows else {
            throw Refusal(text: "No more than \(Self.mostRows) objects may be changed.")
        }
        guard ids.count == count, lockVersions.count == count else {
            throw Refusal(text: "The parameter arrays differ in length: __method[], id[] and lock_version[].")
        }
        var attributes: [(column: WorkbooksColumn, texts: [String])] = []
        let onlyDeletes = methods.allSatisfy { $0 == "DELETE" }
        for parameter in parameters.names where parameter.hasSuffix("[]") && !parameter.hasPrefix("_") {
            let name = String(parameter.dropLast(2))
            if name == "id" || name == "lock_version" { continue }
            let texts = parameters.all(parameter)
            guard texts.count == count else {
                throw Refusal(text: "The parameter array \(parameter) differs in length.")
            }
            guard let column = type.column(wireName: name) else {
                if isStrict, !onlyDeletes { throw Refusal(text: "Unrecognised attribute: \(name)") }
                continue
            }
            if isStrict, !onlyDeletes, !column.isCreateable, !column.isUpdateable {
                throw Refusal(text: "Attribute cannot be changed: \(name)")
            }
            attributes.append((column, texts))
        }
        self.attributes = attributes
    }

    /// Carries the rows out, and answers with the JSON text.
    func run(with writer: inout WorkbooksWriter) -> String {
        let mark = writer.mark
        var outcomes: [Outcome] = []
        for row in 0..<count {
            let rowMark = writer.mark
            do throws(WorkbooksWriter.Failure) {
                outcomes.append(.written(try run(row, with: &writer)))
            } catch {
                writer.rollBack(to: rowMark)
                outcomes.append(.failed(error, id: Int(ids[row]) ?? 0))
            }
        }
        let failures = outcomes.compactMap { outcome -> WorkbooksWriter.Failure? in
            if case .failed(let failure, _) = outcome { failure } else { nil }
        }
        if !failures.isEmpty, !commitsEachRow {
            writer.rollBack(to: mark)
            return Self.refusal(outcomes)
        }
        return answer(outcomes, database: writer.database)
    }

    /// The answer to a call that was refused as a whole.
    static func refusal(_ text: String) -> String {
        "{\"success\":false,\"failures\":[\(SandboxJSON.quoted(text))]}"
    }

    private func run(
        _ row: Int,
        with writer: inout WorkbooksWriter
    ) throws(WorkbooksWriter.Failure) -> WorkbooksWriter.Written {
        let values = attributes.map { (column: $0.column, text: $0.texts[row]) }
        if methods[row] == "POST" { return try writer.create(type.resource, values) }
        guard let id = Int(ids[row]), let lockVersion = Int(lockVersions[row]) else {
            throw .refused("id and lock_version must be numbers.")
        }
        // A row that the filter does not select was never loaded, whatever its id says.
        guard !selection.isEmpty, let record = writer.database[type.resource].record(id), !record.isDeleted,
            selection.includes(record, in: writer.database)
        else { throw .refused("Record \(id) could not be found.") }
        switch methods[row] {
        case "PUT": return try writer.update(type.resource, id: id, lockVersion: lockVersion, values)
        case "DELETE": return try writer.delete(type.resource, id: id, lockVersion: lockVersion)
        default: throw .refused("Unknown method: \(methods[row])")
        }
    }

    private func answer(_ outcomes: [Outcome], database: WorkbooksDatabase) -> String {
        let renderer = WorkbooksRenderer(database: database, type: type, formats: formats)
        var objects = ""
        var information = ""
        for (row, outcome) in outcomes.enumerated() {
            if row > 0 {
                objects += ","
                information += ","
            }
            switch outcome {
            case .written(let written):
                renderer.write(written.record, columns: written.columns, into: &objects)
                information += "{\"success\":true,\"errors\":{},\"warnings\":{}}"
            case .failed(let failure, let id):
                let version = database[type.resource].record(id)?.lockVersion ?? 0
                objects += "{\"id\":\(id),\"lock_version\":\(version)}"
                information += "{\"success\":false,\"errors\":\(Self.errors(failure).text),\"warnings\":{}}"
            }
        }
        return "{\"success\":true,\"affected_objects\":[\(objects)],\"affected_object_information\":[\(information)],"
            + "\"flash\":\"saved successfully\",\"updates\":{\"data\":{\"immediate\":"
            + "[\(SandboxJSON.quoted(type.resource.cachedName))]}}}"
    }

    private static func errors(_ failure: WorkbooksWriter.Failure) -> SandboxJSON {
        switch failure {
        case .refused(let text): ["base": [.string(text)]]
        case .invalid(let problems): .object(problems.mapValues { .array([.string($0)]) })
        }
    }

    private static func refusal(_ outcomes: [Outcome]) -> String {
        var sentences: [SandboxJSON] = []
        var problems: [String: SandboxJSON] = [:]
        var rows: [SandboxJSON] = []
        for outcome in outcomes {
            var row: [String: SandboxJSON] = [:]
            if case .failed(let failure, _) = outcome {
                switch failure {
                case .refused(let text): sentences.append(.string(text))
                case .invalid(let found):
                    for (name, text) in found {
                        problems[name] = .string(text)
                        row[name] = .array([.string(text)])
                    }
                }
            }
            rows.append(.object(row))
        }
        if !sentences.isEmpty { return SandboxJSON.object(["success": false, "failures": .array(sentences)]).text }
        return SandboxJSON.object([
            "success": false,
            "errors": .object(["[]": .object(problems)]),
            "affected_object_errors": .array(rows),
        ]).text
    }
}
