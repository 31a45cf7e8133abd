import Bridge
import Reconciliation

/// What an answer to a write means for each of its rows (workbooks.md §6.4, §6.5).
enum WriteJudgement: Sendable, Hashable {
    /// One outcome for each row, in order.
    case rows([CRMWriteOutcome])
    /// The service refused the whole batch, changed nothing, and does not say which rows are to blame.
    case batchRefused([String])
    /// It cannot be told what happened; the reason.
    case unclear(String)

    init(_ answer: WriteAnswer, to rows: [WriteBatch.Row]) {
        let isWhole = answer.objects == rows.count && answer.information == rows.count
        if answer.success == true, answer.failures.isEmpty, answer.rows.allSatisfy(\.isSaved) {
            self = isWhole ? Self.saved(answer, rows) : .unclear("without a result for every row")
        } else if answer.information == rows.count || answer.rows.count == rows.count && answer.rows.anyFailed {
            self = Self.mixed(answer, rows)
        } else if answer.failures.isEmpty, !answer.rows.anyFailed {
            self = .unclear(
                answer.success == nil ? "without saying whether it succeeded" : "with a failure but no reason"
            )
        } else {
            let texts = answer.failures + answer.rows.flatMap(\.failures)
            self = rows.count == 1 ? .rows([Self.refusal(texts)]) : .batchRefused(texts)
        }
    }

    /// What a row's error texts mean.
    static func refusal(_ texts: [String]) -> CRMWriteOutcome {
        let text = texts.map { SaidByService.clean($0, hiding: "") }.joined(separator: "; ")
        let folded = text.lowercased()
        if folded.contains("already been updated elsewhere") { return .stale }
        if folded.contains("could not be found") { return .gone(text) }
        return .refused(text.isEmpty ? "refused without a reason" : text)
    }

    private static func saved(_ answer: WriteAnswer, _ rows: [WriteBatch.Row]) -> WriteJudgement {
        var outcomes: [CRMWriteOutcome] = []
        for (row, shown) in zip(rows, answer.rows) {
            guard let outcome = success(row, shown, ofWholeBatch: true) else {
                return .unclear("with the results of other rows than were sent")
            }
            outcomes.append(outcome)
        }
        return .rows(outcomes)
    }

    private static func mixed(_ answer: WriteAnswer, _ rows: [WriteBatch.Row]) -> WriteJudgement {
        var outcomes: [CRMWriteOutcome] = []
        for (row, shown) in zip(rows, answer.rows) {
            if shown.isSaved {
                guard let outcome = success(row, shown, ofWholeBatch: answer.success == true) else {
                    return .unclear("with the results of other rows than were sent")
                }
                outcomes.append(outcome)
            } else {
                let texts = shown.failures.isEmpty ? answer.failures : shown.failures
                // A row without a reason of its own was carried down by others: it is decided again.
                outcomes.append(shown.failures.isEmpty && shown.success == nil ? .stale : refusal(texts))
            }
        }
        return .rows(outcomes)
    }

    /// The outcome of a row that the service calls saved; nil when it is not the row that was sent.
    ///
    /// In a batch that failed as a whole, a lock version that did not rise may mean a rollback instead of a value
    /// that was there already: the row is read again.
    private static func success(
        _ row: WriteBatch.Row,
        _ shown: WriteAnswer.Row,
        ofWholeBatch isWhole: Bool
    ) -> CRMWriteOutcome? {
        guard let version = shown.lockVersion, let id = shown.id, row.isCreation || id == row.id else { return nil }
        for (name, wanted) in row.values {
            guard let kept = shown.values[name], !Self.agree(kept, wanted) else { continue }
            return .refused("Workbooks kept \(kept) in \(name)")
        }
        if row.isCreation || version > row.lockVersion {
            return .written(lockVersion: version, updatedAt: shown.updatedAt)
        }
        return isWhole ? .unchanged(lockVersion: version) : .stale
    }

    private static func agree(_ kept: String, _ wanted: String) -> Bool {
        let truths = ["true": "1", "false": "0", "": "0"]
        return (truths[kept] ?? kept) == (truths[wanted] ?? wanted)
    }
}

extension WriteAnswer.Row {
    /// An object counts as saved only if the service says so of it.
    fileprivate var isSaved: Bool { success == true && failures.isEmpty }
}

extension [WriteAnswer.Row] {
    fileprivate var anyFailed: Bool { contains { !$0.failures.isEmpty || $0.success == false } }
}
