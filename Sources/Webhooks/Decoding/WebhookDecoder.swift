import Bridge
import Reconciliation

/// Reads deliveries of every source; the one decoder that the engine is given.
package struct WebhookDecoder: DeliveryDecoder {
    package init() {}

    package func observations(in delivery: AcceptedDelivery) throws(UndecodableDelivery) -> [Observation] {
        switch WebhookSource(rawValue: delivery.source) {
        case .workbooks: try WorkbooksDecoder().observations(in: delivery)
        case .constantContact: try RelayDecoder().observations(in: delivery)
        case .mailchimp: try MailchimpDecoder().observations(in: delivery)
        case nil: throw UndecodableDelivery(reason: "no decoder for the source `\(delivery.source)`")
        }
    }
}
