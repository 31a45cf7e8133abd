import Reconciliation
import Testing

/// Observations that arrive in any order and any number of times end in the same state.
@Suite struct OrderProperties {
    /// What can be seen of one contact's history: a copy of each of its states, and what relays told.
    private enum Sight {
        case copy(ProviderContact)
        case report(OptOutReport)
    }

    private static let address = World.pool[0]

    @Test func orderAndRepetitionChangeNothingOnceTheContactIsReadBack() {
        let failures = Seeds.failures { seed in
            var random = SplitMix64(seed: seed)
            let sights = Self.history(&random)
            var shuffled = sights
            for sight in sights where random.chance(1, of: 2) { shuffled.append(sight) }
            shuffled.shuffle(using: &random)
            guard case .copy(let last)? = sights.last(where: { if case .copy = $0 { true } else { false } }) else {
                return "no history"
            }
            let inOrder = Self.world(after: sights, readBack: last)
            let inDisorder = Self.world(after: shuffled, readBack: last)
            if inOrder.standing(Self.address).isOptedOut != inDisorder.standing(Self.address).isOptedOut {
                return "the standing differs: \(inOrder.standing(Self.address)), \(inDisorder.standing(Self.address))"
            }
            let plans = [inOrder, inDisorder].map(Self.plan)
            return plans[0] == plans[1] ? nil : "the plans differ: \(plans)"
        }
        #expect(failures.isEmpty, "\(failures)")
    }

    @Test func eventsJoinInAnyOrder() {
        let failures = Seeds.failures { seed in
            var random = SplitMix64(seed: seed)
            let sources: [ConsentSource] = [
                .account(Make.account), .account(Make.otherAccount), .record(RecordID(.person, 1)),
            ]
            let events = (0..<random.below(8)).map { _ in
                Make.event(
                    random.pick(ConsentEvent.Kind.allCases),
                    random.pick(sources),
                    by: random.pick(Author.allCases),
                    at: random.chance(1, of: 6) ? nil : Int64(random.below(5)),
                    complaint: random.chance(1, of: 4)
                )
            }
            let repeated = events + events.filter { _ in random.chance(1, of: 2) }
            let inOrder = Standing(events)
            return inOrder == Standing(repeated.shuffled(using: &random)) ? nil : "\(events.map(\.identity))"
        }
        #expect(failures.isEmpty, "\(failures)")
    }

    private static func history(_ random: inout SplitMix64) -> [Sight] {
        var contact = Make.contact(.explicit, email: address.text, optIn: .contact, cameAt: Make.at(-86_400))
        var sights: [Sight] = [.copy(contact)]
        for step in 1...Int64(2 + random.below(4)) {
            let moment = Make.at(step * 60)
            switch random.below(5) {
            case 0: contact.unsubscribe(by: .contact, at: moment)
            case 1: contact.unsubscribe(by: random.chance(1, of: 2) ? .account : .unknown, at: moment)
            case 2: contact.comeBack(by: .contact, at: moment)
            case 3 where contact.permission == .unsubscribed: contact.comeBack(by: .account, at: moment)
            default:
                let occurred = random.chance(1, of: 6) ? nil : moment
                sights.append(
                    .report(OptOutReport(account: Make.account, address: address, by: .person, occurredAt: occurred))
                )
            }
            sights.append(.copy(contact))
        }
        return sights
    }

    private static func world(after sights: [Sight], readBack last: ProviderContact) -> World {
        var world = World()
        world.accounts = [World.Account(id: Make.account, rules: Make.rules())]
        world.read(Make.record(main: address.text))
        world.join(RecordID(.person, 1), CampaignID(1))
        for sight in sights {
            switch sight {
            case .copy(let contact): world.read(contact, at: 0)
            case .report(let report): world.append([report.event(receivedAt: world.now, through: "relay")])
            }
        }
        world.read(last, at: 0)
        return world
    }

    /// The plan without the ledger's rows, which count arrivals.
    private static func plan(_ world: World) -> AddressPlan {
        var view = world.view(address)
        view.latestOptOut = min(view.latestOptOut, 1)
        view.latestProviderOptOut = min(view.latestProviderOptOut, 1)
        return AddressDecision.plan(for: view, at: world.now)
    }
}
