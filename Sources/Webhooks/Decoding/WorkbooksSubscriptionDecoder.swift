import Bridge
import Foundation
import Reconciliation

/// Reads what one of Workbooks' own webhook subscriptions tells (workbooks.md §10.1).
///
/// ```json
/// [{"person":{"id":4711,"lock_version":0,"name":"Ada Marsh"}}]
/// ```
///
/// It is a hint: what it points at is read again. By which key a lead and a campaign go is not established, and an
/// element that cannot be made out means that something changed: only records of kinds that Causeway reads are
/// subscribed to, and their deliveries are signed.
struct WorkbooksSubscriptionDecoder: DeliveryDecoder {
    func observations(in delivery: AcceptedDelivery) throws(UndecodableDelivery) -> [Observation] {
        let elements: [JSONFields]
        do {
            elements = try JSONDecoder().decode([JSONFields].self, from: Data(delivery.body))
        } catch {
            // The parser's own words can quote the body, which holds personal data.
            throw UndecodableDelivery(reason: "the body is not a JSON array of objects")
        }
        // Nothing is new, which no subscription would tell: whatever this is, it is no notification either.
        guard !elements.isEmpty else { throw UndecodableDelivery(reason: "the body is JSON, but not an object") }
        var hints: [ChangeHint] = []
        for hint in elements.flatMap(pointers) where !hints.contains(hint) { hints.append(hint) }
        // Reading everything reads the rest too.
        return (hints.contains(.anything) ? [.anything] : hints).map { .changeHinted($0) }
    }

    private func pointers(_ element: JSONFields) -> [ChangeHint] {
        element.names.map { name in
            guard case .number(let id)? = element.object(name)?.integer("id"), id > 0 else { return .anything }
            switch name {
            case "person": return .record(RecordID(.person, id))
            case "sales_lead", "lead": return .record(RecordID(.lead, id))
            case "marketing_campaign", "campaign": return .campaign(CampaignID(id))
            default: return .anything
            }
        }
    }
}
