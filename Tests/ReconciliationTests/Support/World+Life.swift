import Reconciliation

extension World {
    static let pool = ["a@x.io", "b@x.io", "c@x.io"].map(Address.init(compared:))

    /// A small world by chance: records that share addresses, two accounts, some contacts that were there before.
    static func random(_ random: inout SplitMix64) -> World {
        var world = World()
        let campaigns: [Int64] = random.chance(1, of: 2) ? [1] : [1, 2]
        let limit = random.chance(1, of: 8) ? 2 : 50
        world.accounts = [
            Account(id: Make.account, rules: Make.rules(campaigns: campaigns, limit: limit)),
            Account(
                id: Make.otherAccount,
                rules: Make.rules(account: Make.otherAccount, campaigns: [1], master: false)
            ),
        ]
        for number in 1...Int64(1 + random.below(3)) {
            let id = RecordID(random.chance(1, of: 3) ? .lead : .person, number)
            let others = random.chance(1, of: 3) ? [random.pick(pool).text] : []
            world.read(
                Make.record(
                    id,
                    main: random.pick(pool).text,
                    others: others,
                    flagged: random.chance(1, of: 8)
                )
            )
            for campaign in campaigns where random.chance(2, of: 3) {
                world.join(id, CampaignID(campaign))
            }
        }
        for index in world.accounts.indices where random.chance(1, of: 2) {
            world.meet(random.pick(pool), at: index, &random)
        }
        return world
    }

    mutating func join(_ record: RecordID, _ campaign: CampaignID) {
        let id = MemberID(Int64(members.count) + 100)
        members.append(
            Member(id: id, campaign: campaign, record: record, statusID: Make.status(.added, of: campaign))
        )
    }

    /// A contact that the account had before Causeway came, on a list of other people's making and perhaps on ours.
    private mutating func meet(_ address: Address, at index: Int, _ random: inout SplitMix64) {
        var lists: Set<ListID> = [ListID("newsletter")]
        if random.chance(1, of: 2) { lists.insert(Make.list(1, accounts[index].id)) }
        let permission = random.pick([Permission.explicit, .implicit, .notSet, .pendingConfirmation])
        let actor: ContactActor = random.chance(1, of: 2) ? .contact : .account
        read(
            Make.contact(permission, email: address.text, optIn: actor, cameAt: Make.at(-86_400), lists: lists),
            at: index
        )
    }

    /// Something happens somewhere, and is observed; some hours pass.
    mutating func live(_ random: inout SplitMix64) {
        now = now.advanced(bySeconds: 7200)
        let moment = now
        let address = random.pick(World.pool)
        let index = random.below(accounts.count)
        let record = random.pick(records.keys.sorted())
        switch random.below(16) {
        case 0, 1:
            change(address, at: index) { $0.unsubscribe(by: .contact, at: moment) }
        case 2:
            change(address, at: index) { $0.unsubscribe(by: random.chance(1, of: 2) ? .account : .unknown, at: moment) }
        case 3, 4:
            change(address, at: index) { $0.comeBack(by: .contact, at: moment) }
        case 5:
            change(address, at: index) {
                $0.comeBack(by: .account, at: moment)
                $0.lists.insert(ListID("newsletter"))
            }
        case 6:
            let report = OptOutReport(
                account: accounts[index].id,
                address: address,
                by: random.pick(Author.allCases),
                isComplaint: random.chance(1, of: 4),
                occurredAt: random.chance(3, of: 4) ? moment : nil
            )
            append([report.event(receivedAt: moment, through: "relay")])
        case 7:
            change(record) { $0.isOptedOut = true }
        case 8, 9:
            change(record) { $0.isOptedOut = false }
        case 10:
            change(record) { $0.mainEmail = random.pick(World.pool).text }
        case 11:
            change(record) { $0.isDeleted.toggle() }
        case 12:
            let report = BounceReport(account: accounts[index].id, address: address, occurredAt: moment)
            append([report.event(receivedAt: moment, through: "relay")])
        case 13:
            change(record) { $0.isUndeliverable = false }
        case 14:
            chooseStatus(&random)
        default:
            depart(address, at: index, &random)
        }
    }

    private mutating func chooseStatus(_ random: inout SplitMix64) {
        if members.isEmpty { return }
        let member = random.below(members.count)
        if random.chance(1, of: 3) {
            members.remove(at: member)
            return
        }
        members[member].statusID = Make.status(random.pick(Make.Status.allCases), of: members[member].campaign)
        members[member].ownStatus = nil
        members[member].lockVersion += 1
    }

    private mutating func depart(_ address: Address, at index: Int, _ random: inout SplitMix64) {
        guard let list = accounts[index].ours[address]?.sorted().first else { return }
        accounts[index].contacts[address]?.contact.lists.remove(list)
        accounts[index].ours[address]?.remove(list)
        let id = Int64(now.seconds)
        accounts[index].departures[address, default: []].append(Departure(id: id, list: list))
    }
}

extension ProviderContact {
    /// What an unsubscribe does at the provider: constant-contact.md §5.1.
    mutating func unsubscribe(by actor: ContactActor, at moment: Timestamp) {
        permission = .unsubscribed
        optOutBy = actor
        optOutAt = moment
        lists = []
    }

    /// A return: by the person through a form, or by the account, which the provider allows for its own opt-outs.
    mutating func comeBack(by actor: ContactActor, at moment: Timestamp) {
        permission = actor == .contact ? .explicit : .implicit
        optOutBy = .unknown
        optOutAt = nil
        optInBy = actor
        optInAt = moment
    }
}
