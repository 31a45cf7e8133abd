/// The answer to a write of one subscription.
struct SubscriptionAnswer: Decodable, Sendable {
    var write: WriteAnswer
    var id: Int64?
    var secret: String?

    init(from decoder: any Decoder) throws {
        write = try WriteAnswer(from: decoder)
        let objects = try decoder.container(keyedBy: ColumnKey.self)
            .decodeIfPresent([Created?].self, forKey: ColumnKey("affected_objects"))
        id = write.rows.first?.id
        secret = objects?.first??.secret
    }

    private struct Created: Decodable {
        var secret: String?

        init(from decoder: any Decoder) throws {
            secret = try decoder.container(keyedBy: ColumnKey.self).text("secret_key")
        }
    }
}
