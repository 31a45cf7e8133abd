import Reconciliation
import Store

/// Records of one kind that were asked for together.
struct AskedRecords: Sendable {
    var count: Int
    /// Those that were not answered.
    var unanswered: [RecordID]
}

extension Engine {
    /// Asks again for records that were not answered, so that those that can be read again are read.
    ///
    /// - Parameter isFull: whether to ask for all of them, and not only for those whose time has come.
    func readUnanswered(isFull: Bool) async throws {
        let now = clock.now
        let ids = try await store.database.read { try UnansweredRecords.all(dueAt: isFull ? nil : now, in: $0) }
        if ids.isEmpty { return }
        try await Lane.$current.withValue(.singleChanges) { try await readRecords(ids, through: "asked again") }
    }

    /// Records that records are gone which were asked for and not answered, unless so many are missing at once that a
    /// permission must have changed: then that is held with its rows, and whatever else is not answered joins them.
    ///
    /// What a dismissed hold names is left as it stands.
    func recordUnanswered(_ asked: [AskedRecords], recorder: Recorder, in connection: any SQLConnection) throws {
        let mirrors = try RecordMirrors.load(asked.flatMap(\.unanswered), in: connection)
        try UnansweredRecords.note(mirrors.keys.sorted(), at: recorder.now, in: connection)
        let known = mirrors.filter { !$0.value.record.isDeleted }
        let isHeld = try Holds.isOpen(.recordsHidden, of: nil, in: connection)
        let all = AskedRecords(count: asked.reduce(0) { $0 + $1.count }, unanswered: asked.flatMap(\.unanswered))
        // A permission is given for one kind, or for both.
        let isHiding = (asked + [all]).contains { part in
            decisions.isHiding(part.unanswered.count { known[$0] != nil }, part.count, isHeld)
        }
        guard isHiding else {
            return try recorder.recordGone(
                known.keys.sorted().filter { try Holds.row(of: .hidden($0), in: connection) == nil },
                in: connection
            )
        }
        for (id, mirror) in known.sorted(by: { $0.key < $1.key }) {
            try Holds.raise(
                Holds.NewRow(
                    HeldRow(.record(id), .hidden(id)),
                    address: mirror.record.mainAddress?.text ?? "",
                    account: crmAccount,
                    subject: id.description,
                    choices: HoldSituation(.recordsHidden).choices
                ),
                at: recorder.now,
                in: connection
            )
        }
        let count = try Holds.openRows(of: .recordsHidden, link: nil, in: connection).count
        for hold in try Holds.all(isOpen: true, in: connection) where hold.kind == .recordsHidden {
            let text = "give the API key's user access again, or confirm that \(count) records are gone"
            try Holds.setDetail(text, of: hold.id, in: connection)
        }
    }
}

extension HoldCause {
    /// A record that cannot be read any more, together with many others.
    static func hidden(_ record: RecordID) -> HoldCause { HoldCause(.recordsHidden, record.description) }
}
