import Foundation
import Reconciliation

/// Makes a bundle of what the ledger has about one address.
package enum LedgerExport {
    /// Reads everything in one snapshot and seals it.
    ///
    /// - Parameters:
    ///   - address: the address in clear, also of one that was erased.
    ///   - moment: now.
    ///   - sealer: the key.
    /// - Returns: the bundle as it is written to a file.
    package static func bundle(
        of address: Address,
        at moment: Timestamp,
        sealer: Sealer,
        in connection: any SQLConnection
    ) throws -> [UInt8] {
        let keys = sealer.ledgerKeys
        let known = try ErasedAddresses.known(as: address, keys: keys, in: connection)
        let head = try LedgerChain.head(in: connection)
        let addressHash = keys.addressHash(address)
        var events: [LedgerBundle.Event] = []
        var others: [UInt8] = []
        let first = try connection.value("SELECT min(sequence) FROM consent_event WHERE address_hash = \(addressHash)")
        if let first {
            let rows: SQL = "FROM consent_event WHERE sequence >= \(first) ORDER BY sequence"
            try connection.forEach("SELECT \(raw: LedgerRow.columns) \(rows)") {
                let row = LedgerRow($0)
                if row.entry.addressHash == addressHash {
                    events.append(event(row, keys: keys))
                } else {
                    others += LedgerEncoding.digest(of: row.entry)
                }
            }
        }
        let writes = try writes(of: known, in: connection)
        let content = LedgerBundle.Content(
            exportedAt: moment.milliseconds,
            address: address.text,
            addressHash: Hexadecimal.text(addressHash),
            head: LedgerBundle.Head(sequence: head.sequence, hash: head.text),
            events: events,
            evidence: try evidence(of: events, keys: keys, in: connection),
            otherRows: Data(others).base64EncodedString(),
            writes: writes,
            elapsed: try elapsed(events, writes, in: connection)
        )
        let digest = try LedgerBundle.digest(of: content)
        var bundle = LedgerBundle(
            content: content,
            digest: Hexadecimal.text(digest),
            key: sealer.checkValue,
            seal: Hexadecimal.text(keys.seal(bundle: digest))
        )
        bundle.checksum = bundle.expectedChecksum
        return try LedgerBundle.canonical(bundle) + Array("\n".utf8)
    }

    private static func event(_ row: LedgerRow, keys: LedgerKeys) -> LedgerBundle.Event {
        let entry = row.entry
        let salt = keys.salt(
            sequence: entry.sequence,
            previous: row.previousHash ?? [],
            addressHash: entry.addressHash
        )
        let isOpen =
            LedgerEncoding.disclosure(salt: salt, address: row.address, reason: row.reason, reference: row.reference)
            == entry.disclosure
        return LedgerBundle.Event(
            sequence: entry.sequence,
            kind: entry.kind,
            by: entry.author,
            source: entry.source,
            complaint: entry.isComplaint != 0,
            position: entry.position,
            occurredAt: entry.occurredAt,
            receivedAt: entry.receivedAt,
            through: entry.through,
            rule: entry.rule,
            evidence: entry.evidenceDigest,
            disclosure: Hexadecimal.text(entry.disclosure),
            person: !isOpen
                ? nil
                : LedgerBundle.Person(
                    salt: Hexadecimal.text(salt),
                    address: row.address,
                    reason: row.reason,
                    reference: row.reference
                ),
            previousHash: Hexadecimal.text(row.previousHash ?? []),
            hash: Hexadecimal.text(row.hash ?? [])
        )
    }

    private static func evidence(
        of events: [LedgerBundle.Event],
        keys: LedgerKeys,
        in connection: any SQLConnection
    ) throws -> [LedgerBundle.Evidence] {
        try Set(events.map(\.evidence)).sorted().compactMap { digest in
            guard let row = try KeptEvidence.find(digest, in: connection) else { return nil }
            return LedgerBundle.Evidence(
                digest: digest,
                nonce: row.body.map { Hexadecimal.text(keys.nonce(of: $0)) },
                body: row.body.map { Data($0).base64EncodedString() },
                absent: KeptEvidence.absence(of: row, keys: keys)?.rawValue
            )
        }
    }

    private static func writes(
        of address: Address,
        in connection: any SQLConnection
    ) throws -> [LedgerBundle.Write] {
        try connection.rows(
            """
            SELECT i.account, i.kind, r.subject, i.state, i.created_at, i.ended_at, r.payload, r.answer, i.activity, i.result
            FROM intent_row r JOIN intent i ON i.id = r.intent
            WHERE (r.intent, r.position) IN (\(Intents.rows(about: address))) ORDER BY i.id, r.position
            """
        ) {
            LedgerBundle.Write(
                account: $0.text(0),
                kind: $0.text(1),
                subject: $0.text(2),
                state: $0.text(3),
                decidedAt: $0.int(4),
                endedAt: $0.optionalInt(5),
                written: $0.text(6),
                answer: $0.optionalText(7),
                activity: $0.optionalText(8),
                result: $0.optionalText(9)
            )
        }
    }

    /// How long each opt-out took, by its clock: the last record flagged, and off the lists everywhere, whoever did it.
    private static func elapsed(
        _ events: [LedgerBundle.Event],
        _ writes: [LedgerBundle.Write],
        in connection: any SQLConnection
    ) throws -> [LedgerBundle.Elapsed] {
        let optOuts = events.filter { $0.kind == ConsentEvent.Kind.optOut.rawValue }
        let clocks = try OptOutClocks.of(optOuts.map(\.sequence), in: connection)
        return optOuts.map { event in
            guard let clock = clocks[event.sequence] else { return elapsed(event, writes) }
            return elapsed(event, flagged: clock.flaggedAt?.milliseconds, offLists: clock.offListsAt?.milliseconds)
        }
    }

    /// What the writes say of an opt-out whose clock has not been started yet.
    private static func elapsed(_ event: LedgerBundle.Event, _ writes: [LedgerBundle.Write]) -> LedgerBundle.Elapsed {
        func end(of kinds: Set<String>) -> Int64? {
            writes.filter { kinds.contains($0.kind) && $0.state == "done" && $0.decidedAt >= event.receivedAt }
                .compactMap(\.endedAt).min()
        }
        return elapsed(event, flagged: end(of: ["crm-write"]), offLists: end(of: ["remove", "unsubscribe"]))
    }

    private static func elapsed(
        _ event: LedgerBundle.Event,
        flagged: Int64?,
        offLists: Int64?
    ) -> LedgerBundle.Elapsed {
        LedgerBundle.Elapsed(
            sequence: event.sequence,
            receivedAt: event.receivedAt,
            flaggedAt: flagged,
            offListsAt: offLists,
            millisecondsToFlag: flagged.map { $0 - event.receivedAt },
            millisecondsToOffLists: offLists.map { $0 - event.receivedAt }
        )
    }
}
