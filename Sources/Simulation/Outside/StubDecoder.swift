import Bridge
import Reconciliation
import Synchronization

/// Knows what each delivery says by its id.
package final class StubDecoder: DeliveryDecoder {
    private let said = Mutex<[String: [Observation]]>([:])

    package init() {}

    /// Says what a delivery is to say.
    package func teach(_ id: String, _ observations: [Observation]) { said.withLock { $0[id] = observations } }

    package func observations(in delivery: AcceptedDelivery) throws(UndecodableDelivery) -> [Observation] {
        guard let known = said.withLock({ $0[delivery.deliveryID] }) else {
            throw UndecodableDelivery(reason: "nobody knows what \(delivery.deliveryID) says")
        }
        return known
    }
}
