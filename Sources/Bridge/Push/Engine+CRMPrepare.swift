import Reconciliation
import Store

extension Engine {
    /// Makes the write of an operation; nil where there is nothing to write it to any more, which the next decision sees.
    func prepare(_ operation: Operation) async throws -> (CRMWrite, StatusWrite?)? {
        switch operation {
        case .flag(let id, let isSet, let lockVersion):
            return (CRMWrite(.optOutFlag(id, isSet), lockVersion: lockVersion), nil)
        case .mark(let id, let isSet, let lockVersion):
            return (CRMWrite(.undeliverableMark(id, isSet), lockVersion: lockVersion), nil)
        case .leavingStatus(let id, let campaign, let text, let cause, let previous, let lockVersion):
            let status = try await statusID(in: campaign, text: text)
            let write = StatusWrite(
                member: id,
                statusID: status,
                lockVersion: lockVersion,
                ownStatus: OwnStatus(cause: cause, previousStatusID: previous),
                cause: cause
            )
            return (CRMWrite(.memberStatus(id, statusID: status), lockVersion: lockVersion), write)
        case .previousStatus(let id, let campaign, let statusID, let lockVersion):
            let exists = try await store.database.read {
                try Campaigns.statuses(of: campaign, in: $0).contains { $0.id == statusID }
            }
            guard exists else {
                let now = clock.now
                try await store.database.write { connection in
                    guard var row = try MemberMirrors.load([id], in: connection)[id] else { return }
                    row.ownStatus = nil
                    try MemberMirrors.save(row, at: now, in: connection)
                }
                return nil
            }
            let write = StatusWrite(
                member: id,
                statusID: statusID,
                lockVersion: lockVersion,
                ownStatus: nil,
                cause: nil
            )
            return (CRMWrite(.memberStatus(id, statusID: statusID), lockVersion: lockVersion), write)
        case .upsert, .remove, .unsubscribe, .resubscribe, .changeAddress:
            return nil
        }
    }

    /// The id of a campaign's status of that text; the status is created where it is missing.
    private func statusID(in campaign: CampaignID, text: String) async throws -> Int64 {
        let wanted = text.lowercased()
        func find(_ statuses: [MembershipStatus]) -> Int64? {
            statuses.first { $0.text.lowercased() == wanted }?.id
        }
        if let known = find(try await store.database.read({ try Campaigns.statuses(of: campaign, in: $0) })) {
            return known
        }
        let read = try await crm.statuses(of: campaign)
        let status: MembershipStatus
        if let there = read.first(where: { $0.text.lowercased() == wanted }) {
            status = there
        } else {
            status = try await crm.createStatus(in: campaign, text: text)
        }
        try await store.database.write { try Campaigns.save(statuses: read + [status], in: $0) }
        return status.id
    }
}
