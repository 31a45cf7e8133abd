/// An audience: its members, tags, fields and webhooks (the API calls it a list).
final class Audience {
    let id: String
    let webID: Int
    var name: String
    let createdAt: Double
    var hasDoubleOptIn = false
    /// The marketing permissions of an audience that has them switched on.
    var permissions: [(id: String, text: String)] = []
    /// What `POST /lists` and `PATCH` gave, such as `contact`.
    var details: [String: SandboxJSON] = [:]

    /// Members in the order of their creation; erased ones leave a gap.
    private(set) var slots: [AudienceMember?] = []
    /// Hashes of addresses that were deleted for good (§5).
    var forgotten: Set<String> = []
    var segments: [AudienceSegment] = []
    var mergeFields: [MergeField] = []
    var categories: [InterestCategory] = []
    var hooks: [AudienceWebhook] = []
    /// The complaints about this audience's mail.
    var complaints: [Complaint] = []
    /// What happened on each day.
    var days: [String: DayFigures] = [:]
    /// The numbers of members whose confirmation is awaited.
    var awaiting: Set<Int> = []
    private var numbers: [String: Int] = [:]
    private var numbersByContact: [String: Int] = [:]
    private var cachedStats: (at: Double, json: SandboxJSON)?

    /// A spam complaint.
    struct Complaint: Sendable {
        var id: Int
        var campaign: String
        var email: String
        var emailID: String
        var at: Double
    }

    /// What happened on one day.
    struct DayFigures: Sendable {
        var subs = 0
        var unsubs = 0
        var otherAdds = 0
        var otherRemoves = 0
    }

    init(id: String, webID: Int, name: String, at now: Double) {
        self.id = id
        self.webID = webID
        self.name = name
        createdAt = now
        for (index, field) in [("FNAME", "First Name", "text"), ("LNAME", "Last Name", "text")].enumerated() {
            mergeFields.append(
                MergeField(
                    id: index + 1,
                    tag: field.0,
                    name: field.1,
                    type: field.2,
                    isPublic: true,
                    displayOrder: index + 2
                )
            )
        }
        mergeFields.append(MergeField(id: 3, tag: "ADDRESS", name: "Address", type: "address", displayOrder: 4))
        mergeFields.append(MergeField(id: 4, tag: "PHONE", name: "Phone Number", type: "phone", displayOrder: 5))
    }

    /// Every member, in the order of creation.
    var members: [AudienceMember] { slots.compactMap(\.self) }

    /// The member of an address, whatever its case.
    func member(address: String) -> AudienceMember? {
        numbers[MailchimpDigest.subscriberHash(address)].flatMap { slots[$0] }
    }

    /// The member that a path names: by hash, by contact id or by plain address (§4).
    func member(named name: String) -> AudienceMember? {
        if let number = numbers[name] ?? numbersByContact[name] { return slots[number] }
        return name.contains("@") ? member(address: name) : nil
    }

    /// The member of a number.
    func member(number: Int) -> AudienceMember? { number < slots.count ? slots[number] : nil }

    /// Adds a member.
    func insert(_ address: String, status: MemberStatus, contactID: String, at now: Double) -> AudienceMember {
        let member = AudienceMember(
            number: slots.count,
            address: address,
            contactID: contactID,
            status: status,
            at: now
        )
        slots.append(member)
        numbers[member.id] = member.number
        numbersByContact[contactID] = member.number
        return member
    }

    /// Gives a member another address.
    func rename(_ member: AudienceMember, to address: String) {
        numbers[member.id] = nil
        member.rename(to: address)
        numbers[member.id] = member.number
    }

    /// Takes a member out for good.
    func erase(_ member: AudienceMember) {
        numbers[member.id] = nil
        numbersByContact[member.contactID] = nil
        slots[member.number] = nil
        awaiting.remove(member.number)
        for segment in segments { segment.members.remove(member.number) }
    }

    /// Counts something on the day of a time.
    func count(at now: Double, _ change: (inout DayFigures) -> Void) {
        change(&days[MailchimpTime.day(now), default: DayFigures()])
    }

    /// The figures of the audience, as old as the options allow (§4).
    func stats(at now: Double, lag: Double, _ make: () -> SandboxJSON) -> SandboxJSON {
        if let cachedStats, lag > 0, now >= cachedStats.at, now - cachedStats.at < lag { return cachedStats.json }
        let json = make()
        cachedStats = (now, json)
        return json
    }

    /// The field of a tag.
    func mergeField(tag: String) -> MergeField? { mergeFields.first { $0.tag == tag } }

    /// The segment of an id.
    ///
    /// - Throws: `MailchimpProblem` when there is none.
    func segment(_ id: String) throws -> AudienceSegment {
        guard let number = Int(id), let segment = segments.first(where: { $0.id == number }) else {
            throw MailchimpProblem.notFound
        }
        return segment
    }

    /// The tag of a name, whatever its case (§7).
    func tag(named name: String) -> AudienceSegment? {
        segments.first { $0.isStatic && $0.name.lowercased() == name.lowercased() }
    }

    /// Puts a tag on a member.
    ///
    /// - Returns: whether it had not had it.
    @discardableResult
    func tag(_ member: AudienceMember, with segment: AudienceSegment, at now: Double) -> Bool {
        guard segment.members.insert(member.number) else { return false }
        member.tags[segment.id] = now
        segment.updatedAt = now
        return true
    }

    /// Takes a tag off a member.
    ///
    /// - Returns: whether it had it.
    @discardableResult
    func untag(_ member: AudienceMember, from segment: AudienceSegment, at now: Double) -> Bool {
        guard segment.members.remove(member.number) else { return false }
        member.tags[segment.id] = nil
        segment.updatedAt = now
        return true
    }

    /// Removes a segment; its members stay.
    func remove(_ segment: AudienceSegment) {
        segments.removeAll { $0 === segment }
        for member in members { member.tags[segment.id] = nil }
    }
}
