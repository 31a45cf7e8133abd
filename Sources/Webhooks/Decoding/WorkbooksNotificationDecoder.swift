import Bridge
import Reconciliation

/// Reads the notification that the script in webhooks/workbooks sends (workbooks.md §10.2 item 5).
///
/// ```json
/// {"type":"workbooks.record.changed","timestamp":"2026-03-01T09:30:00Z",
///  "data":{"database":"=kDM2gDN","resource":"Private::Crm::Person","id":4711,"lock_version":12}}
/// ```
///
/// It is a hint: what it points at is read again from Workbooks. An `id` that is null or absent means that something
/// changed. Records of classes that Causeway does not read are ignored.
struct WorkbooksNotificationDecoder: DeliveryDecoder {
    func observations(in delivery: AcceptedDelivery) throws(UndecodableDelivery) -> [Observation] {
        let body = try DeliveryBody(delivery.body)
        guard try body.type() == "workbooks.record.changed" else { return [] }
        let data = try body.data()
        switch data.integer("id") {
        case .absent: return [.changeHinted(.anything)]
        case .number(let id) where id > 0: return try hint(resource: data.text("resource"), id: id)
        case .number, .other: throw UndecodableDelivery(reason: "`data.id` is not a record's id")
        }
    }

    private func hint(resource: String?, id: Int64) throws(UndecodableDelivery) -> [Observation] {
        guard let resource else {
            throw UndecodableDelivery(reason: "`data.resource` is missing or is not a text")
        }
        switch resource {
        case "Private::Crm::Person": return [.changeHinted(.record(RecordID(.person, id)))]
        case "Private::Crm::SalesLead": return [.changeHinted(.record(RecordID(.lead, id)))]
        case "Private::Crm::CampaignMembership": return [.changeHinted(.member(MemberID(id)))]
        case "Private::Crm::MarketingCampaign": return [.changeHinted(.campaign(CampaignID(id)))]
        case _ where resource.hasPrefix("Private::"): return []
        default:
            // Most likely a slip in the script's `Resource` parameter, which should be seen.
            throw UndecodableDelivery(reason: "`data.resource` is not the name of a Workbooks class")
        }
    }
}
