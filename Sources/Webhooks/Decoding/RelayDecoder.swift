import Bridge
import Reconciliation

/// Reads what a relay tells of one address (design §6; webhooks/constant-contact).
///
/// ```json
/// {"type":"contact.unsubscribed","timestamp":"2026-03-01T09:30:00Z",
///  "data":{"email":"ada@example.org","reason":"preference page","source":"person"}}
/// ```
///
/// An opt-out is told by word and acts at once, so nothing but a missing address keeps it from acting: a time that
/// cannot be read is unknown, and a source that is absent or unknown means that nobody can say who did it
/// (design §3, C3). A complaint is always the person's (C2).
struct RelayDecoder: DeliveryDecoder {
    func observations(in delivery: AcceptedDelivery) throws(UndecodableDelivery) -> [Observation] {
        let body = try DeliveryBody(delivery.body)
        switch try body.type() {
        case "contact.unsubscribed":
            return [.optOutReported(try optOut(body, delivery.account, isComplaint: false))]
        case "contact.complained":
            return [.optOutReported(try optOut(body, delivery.account, isComplaint: true))]
        case "contact.bounced":
            let data = try body.data()
            let report = BounceReport(
                account: delivery.account,
                address: try address(data),
                occurredAt: body.timestamp.flatMap(RFC3339.timestamp),
                reason: reason(data)
            )
            return [.bounceReported(report)]
        default:
            return []
        }
    }

    private func optOut(
        _ body: DeliveryBody,
        _ account: AccountID,
        isComplaint: Bool
    ) throws(UndecodableDelivery) -> OptOutReport {
        let data = try body.data()
        return OptOutReport(
            account: account,
            address: try address(data),
            by: isComplaint ? .person : author(data),
            isComplaint: isComplaint,
            occurredAt: body.timestamp.flatMap(RFC3339.timestamp),
            reason: reason(data)
        )
    }

    private func author(_ data: JSONFields) -> Author {
        switch data.text("source") {
        case "person": .person
        case "operator": .operator
        default: .provider
        }
    }

    private func address(_ data: JSONFields) throws(UndecodableDelivery) -> Address {
        guard let typed = data.text("email"), let address = Address(typed: typed) else {
            throw UndecodableDelivery(reason: "`data.email` is missing, blank or not a text")
        }
        // One that is not seen makes it an address of nobody: the opt-out would count as done and change nothing.
        guard !address.text.unicodeScalars.contains(where: Address.isInvisible) else {
            throw UndecodableDelivery(reason: "`data.email` has an invisible character in it")
        }
        guard ReportedText.isAddress(address.text) else {
            throw UndecodableDelivery(reason: "`data.email` is not an email address")
        }
        return address
    }

    private func reason(_ data: JSONFields) -> String? { data.text("reason").flatMap(ReportedText.reason) }
}
