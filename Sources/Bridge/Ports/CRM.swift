import Reconciliation

/// The port to the CRM: what the engine needs of it and no more (design §7).
///
/// Every method throws `PortError` (or `CancellationError`). Methods neither remember nor decide: positions are
/// handed in and out, and what a row means is the core's business.
package protocol CRM: Sendable {
    /// Facts that the engine obeys.
    var capabilities: CRMCapabilities { get }

    /// Tries the credentials and says which database and user they lead to.
    func identify() async throws -> CRMIdentity

    /// Every campaign that can be read, in id order.
    func campaigns() async throws -> [Campaign]

    /// The statuses that members of a campaign may have.
    func statuses(of campaign: CampaignID) async throws -> [MembershipStatus]

    /// Creates a membership status; finds the one that an interrupted earlier attempt made.
    func createStatus(in campaign: CampaignID, text: String) async throws -> MembershipStatus

    /// The position after everything that the CRM holds now, for a source that is to be read from here on.
    func latestPosition(of source: CRMSource) async throws -> ChangePosition

    /// The next page of rows changed since a position, deleted ones included (workbooks.md §5.2, §5.3).
    ///
    /// Rows can repeat between pages; they are told apart by class, id, lock version and `updatedAt`.
    func changes(of source: CRMSource, after position: ChangePosition) async throws -> ChangePage

    /// The records with these ids, at most `capabilities.readBatch` at once; deleted ones flagged, hidden ones absent.
    func records(_ ids: [RecordID]) async throws -> [CRMRecord]

    /// Every record, closed and converted ones too, that has one of the addresses as main, alternate, home or home
    /// alternate email; at most `capabilities.readBatch` addresses at once.
    func records(having addresses: [Address]) async throws -> [CRMRecord]

    /// The memberships with these ids; deleted ones flagged, hidden ones absent.
    func members(_ ids: [MemberID]) async throws -> [CampaignMember]

    /// One page of a campaign's members in id order, after the given id: the id scan of workbooks.md §5.4.
    func members(of campaign: CampaignID, after: MemberID?) async throws -> MemberPage

    /// Writes one change each to at most `capabilities.writeBatch` rows of one source; outcomes in the order of the writes.
    ///
    /// - Throws: `PortError` with `unknownOutcome` when it may have taken effect: read the rows back.
    func write(_ writes: [CRMWrite]) async throws -> [CRMWriteOutcome]

    /// The attributes of a record kind, from the database's own metadata.
    func attributes(of kind: RecordKind) async throws -> [CRMAttribute]
}

/// What the CRM client can do, as data.
package struct CRMCapabilities: Sendable, Hashable {
    /// Rows in one read by id or address.
    package var readBatch: Int
    /// Rows in one write.
    package var writeBatch: Int
    /// Requests in flight at once.
    package var concurrency: Int
    /// Requests per second to start with; the pace adapts.
    package var startingRate: Double

    package init(readBatch: Int, writeBatch: Int, concurrency: Int, startingRate: Double) {
        self.readBatch = readBatch
        self.writeBatch = writeBatch
        self.concurrency = concurrency
        self.startingRate = startingRate
    }
}

/// The database and user behind a key.
package struct CRMIdentity: Sendable, Hashable {
    /// A text that stays the same for the database as long as it exists; pinned by `connect`.
    package var databaseID: String
    package var databaseName: String
    /// The user as whom the key writes, where it can be known.
    package var userID: Int64?

    package init(databaseID: String, databaseName: String, userID: Int64?) {
        self.databaseID = databaseID
        self.databaseName = databaseName
        self.userID = userID
    }
}

/// The three sources of change that are read separately (workbooks.md §5.3).
package enum CRMSource: String, Sendable, Hashable, Codable, CaseIterable {
    case people
    case leads
    case members
}

/// How far a source of changes has been read.
///
/// Every position that `changes(of:after:)` gives may be stored, whole, and read on from after a restart.
package struct ChangePosition: Sendable, Hashable, Codable {
    /// A run of pages under way.
    package struct Poll: Sendable, Hashable, Codable {
        /// The second at which the position rested before.
        package var from: Int64
        /// The newest second that the source held when the poll began.
        package var newest: Int64
        /// When the poll began, by the wall clock.
        package var began: Timestamp

        package init(from: Int64, newest: Int64, began: Timestamp) {
            self.from = from
            self.newest = newest
            self.began = began
        }
    }

    /// The `updated_at` up to which the source has been read, in whole seconds since the epoch.
    package var second: Int64
    /// Set while a full page of one single second is being drained by id: the last id that was read.
    package var drainingAfter: Int64?
    /// Set between the first page and the last one; nil while the position rests.
    package var poll: Poll?
    /// The largest `updated_at` that was ever read, which can be later than `second`.
    package var newestSeen: Int64?
    /// When `second` was first found to be the newest, by the wall clock; nil when that is not known.
    package var newestSince: Timestamp?
    /// Whether nothing can turn up any more at or before `second`, so that no overlap has to be read again.
    package var isSettled: Bool

    package init(
        second: Int64,
        drainingAfter: Int64? = nil,
        poll: Poll? = nil,
        newestSeen: Int64? = nil,
        newestSince: Timestamp? = nil,
        isSettled: Bool = false
    ) {
        self.second = second
        self.drainingAfter = drainingAfter
        self.poll = poll
        self.newestSeen = newestSeen
        self.newestSince = newestSince
        self.isSettled = isSettled
    }
}

/// One page of changes.
package struct ChangePage: Sendable {
    package var records: [CRMRecord]
    package var members: [CampaignMember]
    /// Where to go on.
    package var next: ChangePosition
    /// Whether the source has nothing further for now.
    package var isLast: Bool

    package init(records: [CRMRecord] = [], members: [CampaignMember] = [], next: ChangePosition, isLast: Bool) {
        self.records = records
        self.members = members
        self.next = next
        self.isLast = isLast
    }
}

/// One page of a campaign's members.
package struct MemberPage: Sendable {
    package var members: [CampaignMember]
    package var isLast: Bool

    package init(members: [CampaignMember], isLast: Bool) {
        self.members = members
        self.isLast = isLast
    }
}

/// One change to one row.
///
/// Nothing else is ever written to the CRM (design §8), but for the creation of a status.
package struct CRMWrite: Sendable, Hashable, Codable {
    /// What is changed.
    package enum Change: Sendable, Hashable, Codable {
        case optOutFlag(RecordID, Bool)
        case undeliverableMark(RecordID, Bool)
        case memberStatus(MemberID, statusID: Int64)
    }

    package var change: Change
    /// The lock version on which the change was decided.
    package var lockVersion: Int64

    package init(_ change: Change, lockVersion: Int64) {
        self.change = change
        self.lockVersion = lockVersion
    }
}

/// What became of one row of a write.
package enum CRMWriteOutcome: Sendable, Hashable {
    /// Written: the lock version and update time that the answer gave.
    case written(lockVersion: Int64, updatedAt: Timestamp?)
    /// It held that value already; the lock version is unchanged (workbooks.md §6.3).
    case unchanged(lockVersion: Int64)
    /// Somebody changed the row since: read it again and decide again.
    case stale
    /// Deleted or hidden.
    case gone(String)
    /// Refused for its content, in the CRM's words.
    case refused(String)
}

/// One attribute of a record kind, from metadata.
package struct CRMAttribute: Sendable, Hashable {
    /// The read name, such as `main_location[town]` or `cf_person_newsletter`.
    package var name: String
    package var title: String
    /// The type, in the CRM's word, such as `string`, `text`, `integer`, `boolean` or `date`.
    package var dataType: String
    /// The longest text it holds; nil where metadata does not say.
    package var maximumLength: Int?

    package init(name: String, title: String, dataType: String, maximumLength: Int? = nil) {
        self.name = name
        self.title = title
        self.dataType = dataType
        self.maximumLength = maximumLength
    }
}
