import ArgumentParser
import Bridge
import Reconciliation
import Store

/// Says how an address stands and why: what was said about it, and what follows.
///
/// `--json`: one document
/// `{"address","at","state","standing":[{"source","by","address"}],
/// "twins":[{"address","account","contact","isNew","since","hold"}],"records":[{"type","id","name","main","flag","flagIsOurs",
/// "disputed","undeliverable","deleted"}],"memberships":[{"member","campaign","reference","name","type","record",
/// "status","statusId","leaving","accounts"}],"events":[{"at","received","kind","by","source","rule","complaint","reason",
/// "through","evidence","evidenceDigest","evidenceState"}],"contacts":[{"account","id","permission","optOutBy","optOutAt","lists","ours","deleted"}],
/// "parked":[…],"holds":[…],"pending":[{"account","kind","state","subject","since","lane"}],
/// "writes":[{"account","kind","subject","decided","ended","state","answer","result"}],"notKept":[…]}`.
/// `twins` are addresses that are one with it until a hold is decided: what stands on them stands on it.
/// `state` is `opted-out`, `disputed`, `flagged`, `in-doubt`, `undeliverable`, `mailable` or `unknown`. `at` is `null` for the present;
/// `evidenceState` is `kept`, `erased`, `never kept` or `missing`.
///
/// With `--at`, each key tells what was known at that moment, with these limits. `pending` has the writes that had not
/// ended, all as `open`; what waited to be decided is not kept. Campaigns, statuses and lists are named as they are now,
/// `leaving` and `accounts` go by the links of now, and a hold's `reason` and `choices` are as they were last. What an older
/// version of the program had read is told from when it was replaced; of the time before, `records` and `memberships` have
/// what has not changed since, and `contacts` and the others have nothing. `notKept` says all of that in words, as far as
/// it concerns the moment; it is empty for the present.
struct WhyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "why",
        abstract: "Say whether an address may be mailed, and why; now, or at any moment past."
    )

    @OptionGroup var options: GlobalOptions

    @Argument(help: "The address.")
    var address: String

    @Option(
        help:
            "As of this time: 2026-03-02T14:31:08Z (also 08.250Z), 2026-03-02, or a span before now such as 1d."
    )
    var at: String?

    func run() async throws {
        guard let address = Address(typed: address) else { throw ValidationError("the address is empty") }
        let wiring = try await Wiring.open(options)
        let moment = try Moment.parse(at, now: wiring.clock.now, option: "--at")
        let keys = wiring.store.sealer.ledgerKeys
        let reading = try await wiring.store.database.read {
            try WhyReading.read(address, at: moment, keys: keys, in: $0)
        }
        if options.json { return try JSONOutput.print(reading) }
        show(reading)
    }

    private func show(_ reading: WhyReading) {
        Console.line("\(reading.address)\(reading.at.map { " on \($0)" } ?? ""): \(Self.words(for: reading))")
        section(
            "what was said",
            reading.events.map { event in
                let reason = event.reason.map { ", “\($0)”" } ?? ""
                return
                    "\(event.received)  \(event.kind) by \(event.by)\(event.complaint ? " (complaint)" : ""), \(event.source), "
                    + "\(event.rule), through \(event.through)\(reason) [\(event.evidence), \(event.evidenceState)]"
            }
        )
        section("one with it", reading.twins.map(\.words))
        section(
            "records",
            reading.records.map { record in
                var words = [record.flag ? "flag set\(record.flagIsOurs ? " by Causeway" : "")" : "no flag"]
                if record.disputed { words.append("disputed") }
                if record.undeliverable { words.append("marked undeliverable") }
                if record.deleted { words.append("deleted") }
                if !record.main { words.append("not its main address") }
                return "\(record.type) \(record.id) \(record.name): \(words.joined(separator: ", "))"
            }
        )
        section(
            "memberships",
            reading.memberships.map { member in
                let linked =
                    member.accounts.isEmpty ? "not linked" : "linked to \(member.accounts.joined(separator: ", "))"
                return "\(member.reference ?? String(member.campaign)) \(member.name ?? ""): "
                    + "\(member.status ?? "status \(member.statusID)")\(member.leaving ? " (leaving)" : ""), \(linked)"
            }
        )
        section(
            "contacts",
            reading.contacts.map { contact in
                let lists = contact.lists.isEmpty ? "on no list" : "on \(contact.lists.joined(separator: ", "))"
                return
                    "\(contact.account) \(contact.id): \(contact.deleted ? "deleted, " : "")\(contact.permission), \(lists)"
            }
        )
        section("parked", reading.parked.map { "\($0.account) \($0.subject): \($0.reason)" })
        section(
            "holds",
            reading.holds.map { "\($0.id) (\($0.rule), \($0.state)): \($0.reason)" }
        )
        section("pending", reading.pending.map { "\($0.account): \($0.kind), \($0.state), since \($0.since)" })
        section(
            "written",
            reading.writes.map { write in
                let answer = write.answer.map { " \($0)" } ?? ""
                return "\(write.decided)  \(write.account): \(write.kind) of \(write.subject), \(write.state)\(answer)"
            }
        )
        section("not kept", reading.notKept)
    }

    private func section(_ title: String, _ lines: [String]) {
        guard !lines.isEmpty else { return }
        Console.line()
        Console.line(title)
        for line in lines { Console.line("  \(line)") }
    }

    private static func words(for standing: WhyReading.Standing, of address: String) -> String {
        let other = standing.address == address ? "" : ", as \(standing.address)"
        return "\(standing.by) at \(standing.source)\(other)"
    }

    private static func words(for reading: WhyReading) -> String {
        switch reading.state {
        case .optedOut:
            "opted out, by \(reading.standing.map { Self.words(for: $0, of: reading.address) }.joined(separator: " and "))"
        case .disputed: "kept off the lists: its flag was cleared in the CRM while an opt-out stands"
        case .flagged: "kept off the lists: a record with the address carries the opt-out flag"
        case .inDoubt:
            "kept off the lists: a contact with the address was deleted at a provider, and an unsubscribe before that cannot "
                + "be ruled out"
        case .undeliverable: "not opted out, but mail to it bounces"
        case .mailable: "may be mailed"
        case .unknown: "nothing is known of it"
        }
    }
}
