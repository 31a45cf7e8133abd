import Foundation
import Reconciliation

/// What a service answered to a write, as it is kept with the write: the proof that it arrived.
enum WriteAnswerText {
    /// What the CRM made of a write, with the lock version that it returned.
    static func of(_ outcome: CRMWriteOutcome) throws -> String {
        let answer =
            switch outcome {
            case .written(let lockVersion, let moment):
                Answer(outcome: "written", lockVersion: lockVersion, updatedAt: moment?.milliseconds)
            case .unchanged(let lockVersion): Answer(outcome: "unchanged", lockVersion: lockVersion)
            case .stale: Answer(outcome: "stale")
            case .gone: Answer(outcome: "gone")
            case .refused: Answer(outcome: "refused")
            }
        return try IntentPayload.encode(answer)
    }

    /// The contact as the provider showed it after the write.
    static func of(_ contact: ProviderContact) throws -> String {
        try IntentPayload.encode(
            Answer(
                outcome: contact.permission.text,
                optOutAt: contact.optOutAt?.milliseconds,
                lists: contact.listsWereRead ? contact.lists.map(\.rawValue).sorted() : nil
            )
        )
    }

    private struct Answer: Encodable {
        var outcome: String
        var lockVersion: Int64?
        var updatedAt: Int64?
        var optOutAt: Int64?
        var lists: [String]?
    }
}
