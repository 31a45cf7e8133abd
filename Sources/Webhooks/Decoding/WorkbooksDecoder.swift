import Bridge
import Reconciliation

/// Reads what comes in on the route of Workbooks: a script's notification, which is an object, or a delivery of one of
/// Workbooks' own subscriptions, which is an array (workbooks.md §10).
struct WorkbooksDecoder: DeliveryDecoder {
    func observations(in delivery: AcceptedDelivery) throws(UndecodableDelivery) -> [Observation] {
        let blanks: [UInt8] = [0x09, 0x0A, 0x0D, 0x20]
        return delivery.body.first { !blanks.contains($0) } == UInt8(ascii: "[")
            ? try WorkbooksSubscriptionDecoder().observations(in: delivery)
            : try WorkbooksNotificationDecoder().observations(in: delivery)
    }
}
