import Store
import Webhooks

extension Account {
    /// How long the senders of its deliveries repeat them, where that is the only way to learn what they tell.
    var deliveryWindow: DeliveryWindow? {
        WebhookSource(rawValue: kind)?.repetitionSeconds.map(DeliveryWindow.init)
    }
}
