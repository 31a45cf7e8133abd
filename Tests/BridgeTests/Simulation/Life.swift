import Bridge
import Reconciliation
import Simulation
import Store
import Synchronization

/// Something that happens in the world.
enum Happening: Sendable {
    case flagged(RecordID)
    case unflagged(RecordID)
    case renamed(RecordID, String)
    case readdressed(RecordID, String)
    case removed(MemberID)
    case joined(RecordID, CampaignID, Int64)
    case statusChanged(RecordID, CampaignID, String)
    case personUnsubscribed(String, atOther: Bool)
    case personReturned(String)
    case relayed(String)
    case deleted(RecordID)
    case appeared(RecordID, String)
}

/// A world's people and what happens to them, made from a seed.
struct Life: Sendable {
    static let emails = (1...6).map { "p\($0)@example.org" }

    var people:
        [(kind: RecordKind, id: Int64, email: String, others: [String], flagged: Bool, campaigns: [CampaignID])] = []
    /// Who is known at the providers before Causeway comes, and whether they have opted out there.
    var contacts: [(email: String, optedOut: Bool, atOther: Bool)] = []
    var happenings: [Happening] = []

    init(seed: UInt64, length: Int = 6) {
        var random = SplitMix64(seed: seed)
        for id in 1...8 {
            let others = random.below(4) == 0 ? [random.pick(Self.emails)] : []
            let campaigns = [[Rig.spring], [Rig.spring, Rig.autumn], [Rig.autumn], []][random.below(4)]
            people.append(
                (
                    random.below(3) == 0 ? .lead : .person, Int64(id), random.pick(Self.emails), others,
                    random.below(8) == 0, campaigns
                )
            )
        }
        for email in Self.emails where random.below(3) == 0 {
            contacts.append((email, random.below(4) == 0, random.below(2) == 0))
        }
        for step in 0..<length { happenings.append(happening(step, &random)) }
    }

    private func happening(_ step: Int, _ random: inout SplitMix64) -> Happening {
        let somebody = random.pick(people)
        let record = RecordID(somebody.kind, somebody.id)
        switch random.below(13) {
        case 0: return .flagged(record)
        case 1, 2: return .unflagged(record)
        case 3: return .renamed(record, "Name\(step)")
        case 4: return .readdressed(record, random.below(3) == 0 ? "new\(step)@example.org" : random.pick(Self.emails))
        case 5: return .removed(Rig.member(record, random.below(2) == 0 ? Rig.spring : Rig.autumn))
        case 6: return .joined(record, random.below(2) == 0 ? Rig.spring : Rig.autumn, Int64(step + 1))
        case 7:
            return .statusChanged(
                record,
                random.below(2) == 0 ? Rig.spring : Rig.autumn,
                random.below(2) == 0 ? "Invited" : "Unsubscribed"
            )
        case 8, 9: return .personUnsubscribed(random.pick(Self.emails), atOther: random.below(2) == 0)
        case 10: return .personReturned(random.pick(Self.emails))
        case 11: return .relayed(random.pick(Self.emails))
        default: return .appeared(RecordID(.person, Int64(100 + step)), random.pick(Self.emails))
        }
    }

    func begin(_ rig: Rig) {
        for person in people {
            rig.add(
                person.kind,
                person.id,
                person.email,
                first: "First\(person.id)",
                last: "Last\(person.id)",
                others: person.others,
                flagged: person.flagged,
                in: person.campaigns
            )
        }
        for contact in contacts {
            let account = contact.atOther ? rig.other : rig.cc
            account.add(contact.email)
            if contact.optedOut { account.personUnsubscribes(contact.email) }
        }
    }

    func happen(_ happening: Happening, in rig: Rig) async throws {
        let crm = rig.crm
        switch happening {
        case .flagged(let id): crm.edit(id) { $0.isOptedOut = true }
        case .unflagged(let id): crm.edit(id) { $0.isOptedOut = false }
        case .renamed(let id, let name): crm.edit(id) { $0.firstName = name }
        case .readdressed(let id, let email): crm.edit(id) { $0.mainEmail = email }
        case .removed(let id): crm.edit(id) { $0.isDeleted = true }
        case .joined(let id, let campaign, let again): rig.join(id, campaign, again: again)
        case .statusChanged(let id, let campaign, let text):
            let status = crm.status(text, of: campaign)
            if status > 0 { crm.edit(Rig.member(id, campaign)) { $0.statusID = status } }
        case .personUnsubscribed(let email, let atOther):
            let account = atOther ? rig.other : rig.cc
            // The link of a mail works for whoever gets mail.
            if account.contact(email)?.permission.isSendable == true { account.personUnsubscribes(email) }
        case .personReturned(let email):
            if rig.cc.contact(email)?.optOutBy == .contact { rig.cc.personReturns(email) }
        case .relayed(let email): try await rig.relay(email)
        case .deleted(let id): crm.edit(id) { $0.isDeleted = true }
        case .appeared(let id, let email): rig.add(id.kind, id.id, email, first: "Late", last: "Comer")
        }
    }
}

/// What can be seen of a world from outside, and what the ledger holds of it.
struct Outcome: Equatable, CustomStringConvertible {
    var lines: [String]

    var description: String { lines.joined(separator: "\n") }

    static func of(_ rig: Rig) async throws -> Outcome {
        var lines: [String] = []
        let crm = rig.crm.state.withLock { $0 }
        for record in crm.records.values.sorted(by: { $0.id < $1.id }) {
            lines.append("\(record.id) \(record.mainEmail) flag \(record.isOptedOut) mark \(record.isUndeliverable)")
        }
        for member in crm.members.values.sorted(by: { $0.id < $1.id }) where !member.isDeleted {
            lines.append("member \(member.id) \(crm.statuses[member.statusID]?.text ?? "?")")
        }
        for account in [rig.cc, rig.other] {
            let state = account.state.withLock { $0 }
            for contact in state.contacts.values.map(\.contact).sorted(by: { $0.email < $1.email }) {
                let lists = contact.lists.compactMap { state.lists[$0]?.name }.sorted()
                lines.append(
                    "\(account.name) \(contact.email) \(contact.firstName) \(contact.lastName) \(contact.permission) "
                        + "by \(contact.optOutBy) on \(lists)"
                )
            }
            lines += state.violations
        }
        lines += try await rig.store.database.read { connection in
            try connection.rows(
                "SELECT DISTINCT address || ' ' || source FROM standing_opt_out ORDER BY 1"
            ) { "stands: " + $0.text(0) }
        }
        return Outcome(lines: lines)
    }

    func difference(from other: Outcome) -> String {
        let mine = Set(lines)
        let theirs = Set(other.lines)
        return
            (lines.filter { !theirs.contains($0) }.map { "- " + $0 }
            + other.lines.filter { !mine.contains($0) }.map { "+ " + $0 })
            .joined(separator: "\n")
    }
}
