import Bridge
import Foundation

/// The body of a delivery as a JSON object with a type, a time and data, which all our sources send.
///
/// Read leniently where nothing is lost by it: unknown keys are passed over, and a value of the wrong kind reads as
/// absent. What a delivery cannot do without is asked for with a reason. Of a key that is there twice, one counts.
struct DeliveryBody {
    private let root: JSONFields

    /// Parses a body.
    ///
    /// - Throws: `UndecodableDelivery` when it is not UTF-8, not JSON, nested too deeply or not an object.
    init(_ bytes: [UInt8]) throws(UndecodableDelivery) {
        guard !bytes.isEmpty else { throw UndecodableDelivery(reason: "the body is empty") }
        guard String(validating: bytes, as: UTF8.self) != nil else {
            throw UndecodableDelivery(reason: "the body is not UTF-8")
        }
        do {
            root = try JSONDecoder().decode(JSONFields.self, from: Data(bytes))
        } catch DecodingError.typeMismatch, DecodingError.valueNotFound {
            throw UndecodableDelivery(reason: "the body is JSON, but not an object")
        } catch {
            // The parser's own words can quote the body, which may hold an address.
            throw UndecodableDelivery(reason: "the body is not JSON, or is nested too deeply")
        }
    }

    /// What the delivery tells.
    ///
    /// - Throws: `UndecodableDelivery` when `type` is missing or no text.
    func type() throws(UndecodableDelivery) -> String {
        guard let type = root.text("type") else {
            throw UndecodableDelivery(reason: "`type` is missing or is not a text")
        }
        return type
    }

    /// The time at which it happened, as written; nil when absent.
    var timestamp: String? { root.text("timestamp") }

    /// The fields of `data`.
    ///
    /// - Throws: `UndecodableDelivery` when `data` is missing or no object.
    func data() throws(UndecodableDelivery) -> JSONFields {
        guard let data = root.object("data") else {
            throw UndecodableDelivery(reason: "`data` is missing or is not an object")
        }
        return data
    }
}
