import Reconciliation
import Store

/// A ledger row about the address.
struct WhyEvent: Sendable, Encodable {
    /// When it happened, by the source's own clock; `null` where that is not known.
    var at: String?
    var received: String
    var kind: String
    var by: String
    var source: String
    var rule: String
    var complaint: Bool
    var reason: String?
    var through: String
    /// What proves it: the stored delivery, or what was read.
    var evidence: String
    /// The digest under which the evidence is kept.
    var evidenceDigest: String
    /// `kept`, `erased`, `never kept` for events from before evidence was kept, or `missing`.
    var evidenceState: String

    init(_ row: Ledger.Row, keys: LedgerKeys, in connection: any SQLConnection) throws {
        let kept = try KeptEvidence.find(row.evidence.digest, in: connection)
        at = row.event.occurredAt?.text
        received = row.event.receivedAt.text
        kind = row.event.kind.rawValue
        by = row.event.by.rawValue
        source = row.event.source.text
        rule = row.event.rule.rawValue
        complaint = row.event.isComplaint
        reason = row.event.reason
        through = row.event.through
        evidence = row.evidence.reference
        evidenceDigest = row.evidence.digest
        evidenceState =
            kept?.body != nil
            ? "kept" : kept.flatMap { KeptEvidence.absence(of: $0, keys: keys)?.rawValue } ?? "missing"
    }

    private enum CodingKeys: String, CodingKey {
        case at, received, kind, by, source, rule, complaint, reason, through, evidence, evidenceDigest, evidenceState
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(at, forKey: .at)
        try container.encode(received, forKey: .received)
        try container.encode(kind, forKey: .kind)
        try container.encode(by, forKey: .by)
        try container.encode(source, forKey: .source)
        try container.encode(rule, forKey: .rule)
        try container.encode(complaint, forKey: .complaint)
        try container.encode(reason, forKey: .reason)
        try container.encode(through, forKey: .through)
        try container.encode(evidence, forKey: .evidence)
        try container.encode(evidenceDigest, forKey: .evidenceDigest)
        try container.encode(evidenceState, forKey: .evidenceState)
    }
}
