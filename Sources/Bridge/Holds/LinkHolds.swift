import Reconciliation
import Store

/// What holds mean for whole links.
enum LinkHolds {
    /// The links that do not run because of a hold, or of one that was dismissed.
    static func standings(in connection: any SQLConnection) throws -> [LinkID: LinkView.Standing] {
        var found: [LinkID: LinkView.Standing] = [:]
        for row in try Holds.rows(of: [Address(compared: "")], in: connection) {
            guard let link = row.cause.link else { continue }
            switch row.cause.kind {
            case .listDeleted: found[link] = .listGone
            case .campaignGone: if found[link] == nil { found[link] = .frozen }
            case .disputedFlag, .flagsGone, .keptFlag, .otherOptOutStands, .unprovedReturn, .unclearBounce,
                .contactDeleted,
                .addressChanged, .subscribedAgain, .refusedReturn, .reportedOptOut, .listRenamed, .removals, .wipes,
                .departures, .membersMissing, .recordsHidden:
                break
            }
        }
        return found
    }

    /// Ends the holds of a kind on a link, and what was dismissed.
    static func forget(
        _ kind: HoldKind,
        of link: LinkID,
        account: AccountID,
        at moment: Timestamp,
        in connection: any SQLConnection
    ) throws {
        for row in try Holds.rows(of: [Address(compared: "")], account: account, in: connection)
        where row.cause.kind == kind && row.cause.link == link {
            try Holds.forget(row.cause, at: moment, in: connection)
        }
    }
}
