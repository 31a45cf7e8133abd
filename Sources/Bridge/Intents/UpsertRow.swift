import Reconciliation

/// One row of an import: what is sent, and on which of the lists the contact was before.
struct UpsertRow: Sendable, Hashable {
    var sent: OutgoingRow
    /// Lists of the import that the contact was on already: somebody else's doing, or Causeway's from earlier.
    var alreadyOn: [ListID] = []

    /// The lists that the import puts the contact on; what it finds there afterwards is Causeway's.
    func added(of lists: [ListID]) -> [ListID] {
        alreadyOn.isEmpty ? lists : lists.filter { !alreadyOn.contains($0) }
    }

    /// How the contact looks on those of the import's lists.
    func image(on lists: [ListID]) -> ContactAfterImage {
        .listed(on: lists, firstName: sent.firstName, lastName: sent.lastName, fields: sent.fields)
    }
}

extension UpsertRow: Codable {
    private enum CodingKeys: String, CodingKey { case alreadyOn }

    /// Reads what is sent from the same level, as the first version wrote it.
    init(from decoder: any Decoder) throws {
        sent = try OutgoingRow(from: decoder)
        alreadyOn =
            try decoder.container(keyedBy: CodingKeys.self).decodeIfPresent([ListID].self, forKey: .alreadyOn)
            ?? []
    }

    func encode(to encoder: any Encoder) throws {
        try sent.encode(to: encoder)
        if alreadyOn.isEmpty { return }
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(alreadyOn, forKey: .alreadyOn)
    }
}
