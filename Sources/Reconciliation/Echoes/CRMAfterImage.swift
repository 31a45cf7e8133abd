/// The state in which a write of Causeway's leaves a row of the CRM; tells its echo from other people's acts.
///
/// The echo is the row at the lock version that the answer gave, and at no other. When the answer was lost, it is the
/// row one version after the one that the write was decided on, written by Causeway's own user: two acts cannot have
/// the same version, so whatever somebody else did there is not taken for Causeway's. Where that version is not seen
/// any more, what is gone counts as gone by the write.
package struct CRMAfterImage: Hashable, Sendable {
    /// What was written.
    package enum Value: Hashable, Sendable {
        /// The opt-out flag.
        case flag(Bool)
        /// The undeliverable mark.
        case mark(Bool)
        /// A member's status.
        case status(Int64)
    }

    /// What a reading of the row says about the write.
    package enum Sighting: Hashable, Sendable {
        /// The write's own after-image.
        case echo
        /// Not there yet.
        case awaited
        /// Somebody has changed the row since, or instead: the echo cannot come any more.
        case superseded
    }

    package var value: Value
    /// The lock version on which the write was decided.
    package var decidedOn: Int64
    /// The lock version that the answer gave; nil while there is none.
    package var answered: Int64?

    package init(_ value: Value, decidedOn: Int64, answered: Int64? = nil) {
        self.value = value
        self.decidedOn = decidedOn
        self.answered = answered
    }

    /// What a reading of a record says about the write.
    ///
    /// - Parameter ownUser: the user as whom Causeway writes, where it is known.
    package func sighting(in record: CRMRecord, ownUser: Int64?) -> Sighting {
        let holds =
            switch value {
            case .flag(let isSet): record.isOptedOut == isSet
            case .mark(let isSet): record.isUndeliverable == isSet
            case .status: false
            }
        return sighting(holds: holds, version: record.lockVersion, writer: record.updatedBy, ownUser: ownUser)
    }

    /// What a reading of a member says about the write.
    ///
    /// - Parameter ownUser: the user as whom Causeway writes, where it is known.
    package func sighting(in member: CampaignMember, ownUser: Int64?) -> Sighting {
        let holds = value == .status(member.statusID)
        return sighting(holds: holds, version: member.lockVersion, writer: member.updatedBy, ownUser: ownUser)
    }

    private func sighting(holds: Bool, version: Int64, writer: Int64?, ownUser: Int64?) -> Sighting {
        if let answered {
            if version < answered { return .awaited }
            return version == answered && holds ? .echo : .superseded
        }
        if version <= decidedOn { return .awaited }
        guard holds else { return .superseded }
        // Who wrote the version that could be the write's shows only while nobody has written since.
        if version == decidedOn + 1, let ownUser, let writer { return writer == ownUser ? .echo : .superseded }
        return clears ? .echo : .superseded
    }

    /// Nobody can say who wrote it: it counts as the act that keeps the most people opted out.
    ///
    /// A flag that is set is then somebody's opt-out; one that is gone is Causeway's doing, which lifts nothing.
    private var clears: Bool { value == .flag(false) || value == .mark(false) }
}
