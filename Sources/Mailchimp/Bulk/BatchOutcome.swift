import Bridge
import HTTPCalls
import Reconciliation

/// What a batch did, gathered row by row as its results come in: "finished" says nothing about success
/// (mailchimp.md §6).
struct BatchOutcome: Sendable {
    private var rowErrors: [Int: String] = [:]
    private var rows: [String: Int] = [:]
    private var ignored: [String] = []
    private var unnamed = 0
    /// The contacts as the answers show them.
    private(set) var members: [MemberDocument] = []

    /// Takes one row over; in any order.
    mutating func take(_ row: BatchRow) {
        switch BatchOperation(row.operation) {
        case .row(let index): takeChange(row, of: index)
        case .membership(_, _, let count): takeMembership(row, count: count)
        // Somebody else's row, or one that nobody can name: something was not done.
        case nil where !row.isSuccess: unnamed += 1
        case nil: break
        }
    }

    /// How the batch ended.
    ///
    /// Who was not put on a tag although the change of the contact went well is left to be read back.
    var result: ActivityResult {
        let left = ignored.count { address in rows[address].map { rowErrors[$0] == nil } ?? false }
        return ActivityResult(
            completed: true,
            state: "finished",
            rowErrors: rowErrors.sorted { $0.key < $1.key }.map { (index: $0.key, text: $0.value) },
            unnamedRefusals: unnamed + left
        )
    }

    private mutating func takeChange(_ row: BatchRow, of index: Int) {
        guard row.isSuccess else {
            // What may go well another time is no refusal.
            if row.status == 429 || row.status >= 500 || row.status == 403 {
                unnamed += 1
            } else if row.status == 404 {
                rowErrors[index] = "the audience does not have the contact any more, or under another address"
            } else {
                rowErrors[index] = RefusalText.words(for: ProblemReport(text: row.response))
            }
            return
        }
        do {
            guard let member = try row.decode({ try MemberDocument.read(&$0) }) else { return }
            if let address = Address(typed: member.email) { rows[address.text] = index }
            members.append(member)
        } catch {
            // It was done, but nobody knows to what.
            unnamed += 1
        }
    }

    private mutating func takeMembership(_ row: BatchRow, count: Int) {
        guard row.isSuccess else {
            unnamed += count
            return
        }
        do {
            let change = try row.decode { try SegmentChange.read(&$0) }
            ignored += change.ignored.compactMap { Address(typed: $0.address)?.text }
        } catch {
            unnamed += count
        }
    }
}
