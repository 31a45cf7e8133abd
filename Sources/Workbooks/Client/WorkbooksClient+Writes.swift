import Bridge
import Foundation
import NIOCore
import Reconciliation

extension WorkbooksClient {
    /// Writes changes to rows of one record type, each row in a transaction of its own.
    ///
    /// Two changes of one record on one lock version become one row. A batch that is refused as a whole without a word
    /// on its rows is halved until the row to blame is found; nothing else is ever sent twice.
    package func write(_ writes: [CRMWrite]) async throws -> [CRMWriteOutcome] {
        guard let first = writes.first else { return [] }
        let resource = first.change.resource
        guard writes.count <= capabilities.writeBatch, writes.allSatisfy({ $0.change.resource == resource }) else {
            throw PortError(
                .refused,
                operation: first.change.operation,
                detail: "one write takes at most \(capabilities.writeBatch) rows of one record type"
            )
        }
        var rows: [WriteBatch.Row] = []
        var rowOfWrite: [Int] = []
        for write in writes {
            let (name, value) = write.change.assignment
            let joined = rows.firstIndex { row in
                row.id == write.change.id && row.lockVersion == write.lockVersion && row.values[name] == nil
            }
            let index = joined ?? rows.count
            if joined == nil {
                rows.append(WriteBatch.Row(id: write.change.id, lockVersion: write.lockVersion, values: [:]))
            }
            rows[index].values[name] = value
            rowOfWrite.append(index)
        }
        let outcomes = try await write(rows, to: resource, operation: first.change.operation)
        return rowOfWrite.map { outcomes[$0] }
    }

    /// Sends rows and judges the answer.
    ///
    /// - Returns: also the id in the answer's first row, for a creation.
    func send(
        _ rows: [WriteBatch.Row],
        to resource: Resource,
        operation: String
    ) async throws -> (id: Int64?, judgement: WriteJudgement) {
        let call = WorkbooksCall.write(WriteBatch(rows: rows), to: resource, operation: operation)
        let answer = try await transport.perform(call) { body in
            try JSONDecoder().decode(WriteAnswer.self, from: Data(body.readableBytesView))
        }
        return (answer.rows.first?.id, WriteJudgement(answer, to: rows))
    }

    private func write(
        _ rows: [WriteBatch.Row],
        to resource: Resource,
        operation: String
    ) async throws -> [CRMWriteOutcome] {
        switch try await send(rows, to: resource, operation: operation).judgement {
        case .rows(let outcomes):
            return outcomes
        case .unclear(let why):
            throw PortError(.unknownOutcome, operation: operation, detail: "Workbooks answered \(why)", status: 200)
        case .batchRefused(let texts):
            // Stale rows cost the engine one read to decide again; that is cheaper than to look for them here.
            if WriteJudgement.refusal(texts) == .stale { return rows.map { _ in .stale } }
            let half = rows.count / 2
            let front = try await write(Array(rows[..<half]), to: resource, operation: operation)
            return front + (try await write(Array(rows[half...]), to: resource, operation: operation))
        }
    }
}

extension CRMWrite.Change {
    /// Where the row is written.
    fileprivate var resource: Resource {
        switch self {
        case .optOutFlag(let record, _), .undeliverableMark(let record, _): RecordColumns.of(record.kind).resource
        case .memberStatus: .members
        }
    }

    fileprivate var id: Int64 {
        switch self {
        case .optOutFlag(let record, _), .undeliverableMark(let record, _): record.id
        case .memberStatus(let member, _): member.rawValue
        }
    }

    /// The attribute by its read name, and the value as it is sent: booleans as `1` and `0` (workbooks.md §4).
    fileprivate var assignment: (name: String, value: String) {
        switch self {
        case .optOutFlag(let record, let isSet): (RecordColumns.of(record.kind).optOutFlag, isSet ? "1" : "0")
        case .undeliverableMark(let record, let isSet):
            (RecordColumns.of(record.kind).undeliverableMark, isSet ? "1" : "0")
        case .memberStatus(_, let statusID): ("campaign_membership_status_id", String(statusID))
        }
    }

    fileprivate var operation: String {
        switch self {
        case .optOutFlag: "set opt-out flags"
        case .undeliverableMark: "set undeliverable marks"
        case .memberStatus: "set membership statuses"
        }
    }
}
