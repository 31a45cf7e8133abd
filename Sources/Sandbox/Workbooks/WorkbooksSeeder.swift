/// Fills a database with invented records that have every trait the bridge must cope with.
struct WorkbooksSeeder {
    private var database: WorkbooksDatabase
    private var generator: SeededGenerator
    private let now: Int
    private var summary = WorkbooksSeedSummary()
    private var parties: [Party] = []
    private var numbers = 0

    /// A person or lead that campaigns can have as a member.
    private struct Party {
        let id: Int
        let resource: WorkbooksResource
    }

    private init(database: WorkbooksDatabase, seed: UInt64, now: Int) {
        self.database = database
        self.now = now
        generator = SeededGenerator(seed: seed)
    }

    /// Adds campaigns with `members` memberships each, two thirds of them people; every campaign after the first shares
    /// half of its members with it.
    ///
    /// Traits go by the number of a member within two hundred, so that small worlds have them too: see `trait`.
    static func fill(
        _ database: inout WorkbooksDatabase,
        members: Int,
        campaigns: Int,
        seed: UInt64,
        now: Int
    ) -> WorkbooksSeedSummary {
        var seeder = WorkbooksSeeder(database: database, seed: seed, now: now)
        database = .empty
        let shared = members / 2
        let needed = campaigns == 0 ? 0 : members + (campaigns - 1) * (members - shared)
        seeder.addParties(needed)
        for index in 0..<campaigns {
            let fresh =
                index == 0
                ? 0..<members : members + (index - 1) * (members - shared)..<members + index * (members - shared)
            let chosen = index == 0 ? Array(fresh) : Array(0..<shared) + Array(fresh)
            seeder.addCampaign(index, members: chosen)
        }
        database = seeder.database
        return seeder.summary
    }

    /// Adds what every database has: the definitions of custom fields, and picklists.
    static func addDefinitions(to database: inout WorkbooksDatabase, now: Int) {
        for type in WorkbooksSchema.types {
            for column in type.columns where column.name.hasPrefix("cf_") {
                let table = database[.customFields].type
                var record = WorkbooksRecord(
                    id: database.makeID(.customFields),
                    createdAt: now - 900 * 86_400,
                    updatedAt: now - 900 * 86_400,
                    createdBy: 7,
                    updatedBy: 7
                )
                let title = column.name == "cf_campaign_public_name" ? "Public name" : column.title
                for (name, text) in [
                    ("title", title), ("resource_type", type.resource.className),
                    ("data_type", column.datatype.rawValue),
                    ("status", "active"), ("value_column_name", column.name),
                ] {
                    record.set(table.slot(name), .text(text), of: table)
                }
                database[.customFields].put(record)
            }
        }
        for (name, values) in [
            ("Campaign Status", ["Planned", "In progress", "Completed", "Cancelled"]),
            ("Campaign Category", ["Email", "Seminar", "Trade Show"]),
            ("Case Statuses", ["New", "Open", "Closed"]),
            ("Lead Source", ["Event Registration", "Web Lead", "Referral"]),
        ] {
            let picklists = database[.picklists].type
            let entries = database[.picklistEntries].type
            var list = WorkbooksRecord(
                id: database.makeID(.picklists),
                createdAt: now,
                updatedAt: now,
                createdBy: 1,
                updatedBy: 1
            )
            list.set(picklists.slot("name"), .text(name), of: picklists)
            database[.picklists].put(list)
            for value in values {
                var entry = list
                entry.id = database.makeID(.picklistEntries)
                entry.values = []
                entry.set(entries.slot("picklist_id"), .int(list.id), of: entries)
                entry.set(entries.slot("value"), .text(value), of: entries)
                database[.picklistEntries].put(entry)
            }
        }
    }

    // MARK: Parties

    /// What is special about a member.
    private enum Trait {
        case noAtSign, noDotInDomain, blank, trailingDot, tooLong, long, spacedCapitals
        case optedOut, undeliverable, sharedAddress, closedLead
    }

    private static func trait(of index: Int) -> Trait? {
        switch index % 200 {
        case 3: .noAtSign
        case 5, 17, 61: .sharedAddress
        case 7: .noDotInDomain
        case 11: .blank
        case 13: .trailingDot
        case 19: .tooLong
        case 29: .long
        case 31, 37, 71, 101, 151: .optedOut
        case 41: .undeliverable
        case 47: .closedLead
        case 59: .spacedCapitals
        default: nil
        }
    }

    private mutating func addParties(_ count: Int) {
        var people: [WorkbooksRecord] = []
        var leads: [WorkbooksRecord] = []
        people.reserveCapacity(count)
        var previousAddress: WorkbooksValue = .null
        for index in 0..<count {
            let trait = Self.trait(of: index)
            let person = InventedPeople.person(index, using: &generator)
            var address = Self.address(person.address, index, trait)
            if trait == .sharedAddress { address = previousAddress }
            previousAddress = address
            var record = blankRecord(index)
            if index % 3 == 2 || trait == .closedLead {
                record.id = database.makeID(.salesLeads)
                fillLead(&record, person, address, trait)
                leads.append(record)
                parties.append(Party(id: record.id, resource: .salesLeads))
            } else {
                record.id = database.makeID(.people)
                fillPerson(&record, person, address, trait)
                people.append(record)
                parties.append(Party(id: record.id, resource: .people))
            }
        }
        database[.people].load(people)
        database[.salesLeads].load(leads)
        summary.people += people.count
        summary.salesLeads += leads.count
    }

    /// A record that was updated within the last thirty days; from the hundredth on, 250 within one second.
    private mutating func blankRecord(_ index: Int) -> WorkbooksRecord {
        let updated = (100..<350).contains(index) ? now - 20 * 86_400 : now - 86_400 - generator.below(29 * 86_400)
        return WorkbooksRecord(
            id: 0,
            lockVersion: generator.below(20),
            createdAt: min(updated, now - 400 * 86_400 + index),
            updatedAt: updated,
            createdBy: generator.oneIn(2) ? 7 : 8,
            updatedBy: generator.oneIn(2) ? 7 : 8
        )
    }

    private static func address(_ usual: String, _ index: Int, _ trait: Trait?) -> WorkbooksValue {
        switch trait {
        case .noAtSign: .text("no-at-sign.\(index).example.org")
        case .noDotInDomain: .text("someone.\(index)@localhost")
        case .blank: .null
        case .trailingDot: .text("trailing.\(index)@example.org.")
        case .tooLong:
            .text(String(repeating: "x", count: 50) + ".\(index)@" + String(repeating: "y", count: 30) + ".example.org")
        case .long: .text(String(repeating: "l", count: 40) + ".\(index)@example.org")
        case .spacedCapitals: .text(" \(usual.uppercased()) ")
        default: .text(usual)
        }
    }

    private mutating func fillPerson(
        _ record: inout WorkbooksRecord,
        _ person: InventedPeople.Person,
        _ address: WorkbooksValue,
        _ trait: Trait?
    ) {
        let type = database[.people].type
        let slots = SeedSlots.people
        record.set(slots.name, .text(person.name), of: type)
        record.set(slots.first, .text(person.firstName), of: type)
        record.set(slots.last, .text(person.lastName), of: type)
        record.set(slots.email, address, of: type)
        record.set(slots.optedOut, .bool(trait == .optedOut), of: type)
        record.set(slots.undeliverable, .bool(trait == .undeliverable), of: type)
        record.set(slots.region, .text(["North", "South", "East", "West"][generator.below(4)]), of: type)
        if generator.oneIn(10) {
            record.set(slots.alternate, .text("alternate." + person.address), of: type)
        }
        if generator.oneIn(12) { record.set(slots.home, .text("home." + person.address), of: type) }
    }

    private mutating func fillLead(
        _ record: inout WorkbooksRecord,
        _ person: InventedPeople.Person,
        _ address: WorkbooksValue,
        _ trait: Trait?
    ) {
        let type = database[.salesLeads].type
        let slots = SeedSlots.leads
        record.set(slots.name, .text(person.name), of: type)
        record.set(slots.first, .text(person.firstName), of: type)
        record.set(slots.last, .text(person.lastName), of: type)
        record.set(slots.email, address, of: type)
        record.set(slots.optedOut, .bool(trait == .optedOut), of: type)
        record.set(slots.undeliverable, .bool(trait == .undeliverable), of: type)
        record.set(slots.state, .text(trait == .closedLead ? "closed" : "open"), of: type)
        record.set(slots.company, .text(InventedPeople.company(using: &generator)), of: type)
        record.set(slots.region, .text(["North", "South", "East", "West"][generator.below(4)]), of: type)
        record.set(slots.score, .int(generator.below(100)), of: type)
        if generator.oneIn(10) {
            record.set(slots.alternate, .text("alternate." + person.address), of: type)
        }
        record.set(slots.personParty, .int(database.makePartyID()), of: type)
        record.set(slots.organisationParty, .int(database.makePartyID()), of: type)
        record.set(slots.partyName, .text(person.name), of: type)
    }

    /// The slots that seeding fills, looked up once.
    private struct SeedSlots {
        let name, first, last, email, optedOut, undeliverable, region, alternate, home: Int
        var state = 0
        var company = 0
        var score = 0
        var personParty = 0
        var organisationParty = 0
        var partyName = 0

        static let people: SeedSlots = {
            let type = WorkbooksSchema.types[WorkbooksResource.people.rawValue]
            return SeedSlots(
                name: type.slot("name"),
                first: type.slot("person_first_name"),
                last: type.slot("person_last_name"),
                email: type.slot("main_location[email]"),
                optedOut: type.slot("no_email_soliciting"),
                undeliverable: type.slot("main_location[email_address_undeliverable]"),
                region: type.slot("cf_person_region"),
                alternate: type.slot("main_location[alternate_email]"),
                home: type.slot("home_location[email]")
            )
        }()

        static let leads: SeedSlots = {
            let type = WorkbooksSchema.types[WorkbooksResource.salesLeads.rawValue]
            return SeedSlots(
                name: type.slot("name"),
                first: type.slot("person_lead_party[person_first_name]"),
                last: type.slot("person_lead_party[person_last_name]"),
                email: type.slot("org_lead_party[main_location[email]]"),
                optedOut: type.slot("org_lead_party[no_email_soliciting]"),
                undeliverable: type.slot("org_lead_party[main_location[email_address_undeliverable]]"),
                region: type.slot("cf_lead_region"),
                alternate: type.slot("org_lead_party[main_location[alternate_email]]"),
                home: type.slot("org_lead_party[home_location[email]]"),
                state: type.slot("record_state"),
                company: type.slot("org_lead_party[name]"),
                score: type.slot("cf_sales_lead_score"),
                personParty: type.slot("person_lead_party_id"),
                organisationParty: type.slot("org_lead_party_id"),
                partyName: type.slot("person_lead_party[name]")
            )
        }()
    }

    // MARK: Campaigns

    private static let campaignNames = [
        ("Autumn newsletter", "News from the harbour"), ("Product launch", "What is new"),
        ("Seminar series", "Our seminars"), ("Winter appeal", "Winter letter"),
    ]

    private mutating func addCampaign(_ index: Int, members: [Int]) {
        let (name, publicName) = Self.campaignNames[index % Self.campaignNames.count]
        let suffix = index < Self.campaignNames.count ? "" : " \(index / Self.campaignNames.count + 1)"
        let type = database[.campaigns].type
        var campaign = blankRecord(0)
        campaign.id = database.makeID(.campaigns)
        for (attribute, value) in [
            ("name", WorkbooksValue.text(name + suffix)), ("cf_campaign_public_name", .text(publicName + suffix)),
            ("status", .text("In progress")), ("category", .text("Email")), ("goals", .text("Inform customers")),
            ("start_date", .int(now / 86_400 - 60)), ("end_date", .int(now / 86_400 + 60)),
            ("budget", .text("1500.0 GBP 0")),
        ] {
            campaign.set(type.slot(attribute), value, of: type)
        }
        database[.campaigns].load([campaign])
        summary.campaigns.append(
            WorkbooksSeedSummary.Campaign(
                id: campaign.id,
                reference: WorkbooksDatabase.reference(.campaigns, campaign.id),
                name: name + suffix,
                publicName: publicName + suffix
            )
        )
        // Only every other campaign has the leaving status: in the others it must be made when it is first needed.
        let leaving = index % 2 == 0 ? ["Unsubscribed"] : []
        let statuses = addStatuses(["Added", "Interested", "Not Interested"] + leaving, campaign: campaign.id)
        addMemberships(members, campaign: campaign.id, statuses: statuses)
    }

    private mutating func addStatuses(_ names: [String], campaign: Int) -> [Int] {
        let type = database[.membershipStatuses].type
        let records = names.map { name in
            var record = blankRecord(0)
            record.id = database.makeID(.membershipStatuses)
            record.lockVersion = 0
            record.set(type.slot("marketing_campaign_id"), .int(campaign), of: type)
            record.set(type.slot("status"), .text(name), of: type)
            record.set(type.slot("name"), .text(name), of: type)
            return record
        }
        database[.membershipStatuses].load(records)
        return records.map(\.id)
    }

    private mutating func addMemberships(_ members: [Int], campaign: Int, statuses: [Int]) {
        let type = database[.memberships].type
        let campaignSlot = type.slot("marketing_campaign_id")
        let partySlot = type.slot("party_or_lead_id")
        let classSlot = type.slot("party_or_lead_type")
        let statusSlot = type.slot("campaign_membership_status_id")
        var records: [WorkbooksRecord] = []
        records.reserveCapacity(members.count)
        for (index, member) in members.enumerated() {
            var record = blankRecord(index)
            record.id = database.makeID(.memberships)
            record.lockVersion = 0
            let leaves = statuses.count > 3 && index % 200 == 53
            let status = leaves ? statuses[3] : index % 10 == 4 ? statuses[1] : statuses[0]
            record.set(campaignSlot, .int(campaign), of: type)
            record.set(partySlot, .int(parties[member].id), of: type)
            record.set(classSlot, .text(parties[member].resource.className), of: type)
            record.set(statusSlot, .int(status), of: type)
            records.append(record)
        }
        database[.memberships].load(records)
        summary.memberships += records.count
    }
}

extension WorkbooksSandbox {
    /// Adds invented campaigns, people, leads and memberships; equal arguments on an empty database give equal worlds.
    ///
    /// There are `members` memberships in each campaign, two thirds of them people, and every campaign after the first
    /// shares half of its members with it. Among every two hundred are bad, long, shared and capitalised addresses,
    /// members who are opted out, undeliverable or have left, and closed leads.
    @discardableResult
    package func seed(members: Int, campaigns: Int = 2, seed: UInt64 = 1) -> WorkbooksSeedSummary {
        WorkbooksSeeder.fill(&database, members: members, campaigns: campaigns, seed: seed, now: now)
    }
}
