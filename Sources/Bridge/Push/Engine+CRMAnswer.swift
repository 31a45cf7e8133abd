import Reconciliation
import Store

extension Engine {
    /// Takes over what a write's answer said.
    func take(
        _ outcome: CRMWriteOutcome,
        of write: CRMWrite,
        status: StatusWrite?,
        address: Address,
        in connection: any SQLConnection
    ) throws {
        let lockVersion: Int64
        var updatedAt: Timestamp?
        switch outcome {
        case .written(let version, let moment): (lockVersion, updatedAt) = (version, moment)
        case .unchanged(let version):
            guard status != nil else { return }
            lockVersion = version
        case .stale, .gone, .refused: return
        }
        let recorder = recorder(through: "answer")
        let isOurs = if case .written = outcome { true } else { false }
        switch write.change {
        case .optOutFlag(let id, let isSet):
            try RecordMirrors.flagWritten(
                id,
                isOptedOut: isSet,
                isOurs: isSet && isOurs,
                lockVersion: lockVersion,
                updatedAt: updatedAt,
                at: recorder.now,
                in: connection
            )
            guard let mirror = try RecordMirrors.load([id], in: connection)[id] else { return }
            for neighbour in mirror.record.addresses {
                try recorder.markEverywhere(
                    neighbour,
                    lane: isSet ? .optOuts : .singleChanges,
                    reason: "flag",
                    in: connection
                )
            }
        case .undeliverableMark(let id, let isSet):
            try RecordMirrors.markWritten(
                id,
                isUndeliverable: isSet,
                isOurs: isSet && isOurs,
                lockVersion: lockVersion,
                updatedAt: updatedAt,
                at: recorder.now,
                in: connection
            )
            try recorder.markEverywhere(address, lane: .singleChanges, reason: "mark", in: connection)
        case .memberStatus(let id, let statusID):
            // Somebody may have changed the row after the write and been read before its answer came.
            guard var row = try MemberMirrors.load([id], in: connection)[id], row.member.lockVersion <= lockVersion
            else { return }
            row.member.statusID = statusID
            row.member.lockVersion = lockVersion
            row.ownStatus = status?.ownStatus
            if let cause = status?.cause { row.lastCause = cause }
            try MemberMirrors.save(row, at: recorder.now, in: connection)
            try recorder.markEverywhere(address, lane: .singleChanges, reason: "status", in: connection)
        }
    }
}
