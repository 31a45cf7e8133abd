import Logging
import Reconciliation
import Store

extension Recorder {
    /// A write whose echo is awaited, with what it writes.
    struct Awaited: Sendable {
        var write: AwaitedWrite
        var content: IntentContent
    }

    /// An account's writes to the subjects whose echo is awaited, by subject, newest first: to rows of the CRM, or to
    /// contacts.
    func awaited(
        subjects: [String],
        account: AccountID,
        in connection: any SQLConnection
    ) throws -> [String: [Awaited]] {
        var lists: [Int64: [ListID]] = [:]
        return try Intents.awaited(subjects: subjects, account: account, in: connection).mapValues {
            try readable($0, account: account, lists: &lists, in: connection)
        }
    }

    /// The writes to an account's contacts whose echo is awaited, by address, newest first.
    func awaited(
        addresses: [Address],
        account: AccountID,
        in connection: any SQLConnection
    ) throws -> [Address: [Awaited]] {
        var lists: [Int64: [ListID]] = [:]
        return try Intents.awaited(addresses: addresses, account: account, in: connection).mapValues {
            try readable($0, account: account, lists: &lists, in: connection)
        }
    }

    /// Absorbs what a record shows of Causeway's own writes.
    ///
    /// An echo is counted once, whatever writes it may be of: they are not awaited any longer.
    ///
    /// - Returns: what was written, where the record is the echo of that.
    func absorb(
        _ awaited: [Awaited],
        shownBy record: CRMRecord,
        in connection: any SQLConnection
    ) throws -> CRMAfterImage.Value? {
        let ownUser = try ownUser(toJudge: awaited, in: connection)
        let echo = try absorb(awaited, writer: record.updatedBy, in: connection) {
            $0.sighting(in: record, ownUser: ownUser)
        }
        return echo?.content.crmAfterImage(answered: nil)?.value
    }

    /// Absorbs what a member shows of Causeway's own writes.
    ///
    /// - Returns: what was written, where the member is the echo of that.
    func absorb(
        _ awaited: [Awaited],
        shownBy member: CampaignMember,
        in connection: any SQLConnection
    ) throws -> StatusWrite? {
        let ownUser = try ownUser(toJudge: awaited, in: connection)
        let echo = try absorb(awaited, writer: member.updatedBy, in: connection) {
            $0.sighting(in: member, ownUser: ownUser)
        }
        guard case .status(let write) = echo?.content else { return nil }
        return write
    }

    private func absorb(
        _ awaited: [Awaited],
        writer: Int64?,
        in connection: any SQLConnection,
        sighting: (CRMAfterImage) -> CRMAfterImage.Sighting
    ) throws -> Awaited? {
        var echo: Awaited?
        for item in awaited {
            guard let image = item.content.crmAfterImage(answered: item.write.answerVersion) else { continue }
            switch sighting(image) {
            case .awaited: continue
            case .superseded: break
            case .echo: if echo == nil { echo = item }
            }
            try Intents.awaitNoEcho(of: item.write, in: connection)
        }
        guard let echo else { return nil }
        try Echoes.count(account: crmAccount, in: connection)
        if echo.write.answerVersion != nil { try learnOwnUser(writer, in: connection) }
        return echo
    }

    /// The user as whom Causeway writes to the CRM: as it was told, or as its own echoes have shown.
    private func ownUser(toJudge awaited: [Awaited], in connection: any SQLConnection) throws -> Int64? {
        if let told = settings.ownUser { return told }
        guard awaited.contains(where: { $0.write.answerVersion == nil }) else { return nil }
        return try Settings.text(SettingName.ownUser, on: connection).flatMap(Int64.init)
    }

    /// The writer of a row at the lock version that an answer gave is Causeway's own user.
    private func learnOwnUser(_ writer: Int64?, in connection: any SQLConnection) throws {
        guard settings.ownUser == nil, let writer else { return }
        let text = String(writer)
        if try Settings.text(SettingName.ownUser, on: connection) == text { return }
        try Settings.set(SettingName.ownUser, to: text, on: connection)
    }

    /// Those of the writes that can be read.
    ///
    /// One that cannot is told of and waited for no longer: what it wrote counts as somebody else's act.
    ///
    /// - Parameter lists: the lists of the intents that were read so far; a bulk change has many rows and one set.
    private func readable(
        _ writes: [AwaitedWrite],
        account: AccountID,
        lists: inout [Int64: [ListID]],
        in connection: any SQLConnection
    ) throws -> [Awaited] {
        var read: [Awaited] = []
        for write in writes {
            do throws(UnreadableIntent) {
                let content = try IntentContent(of: write, account: account, lists: &lists)
                read.append(Awaited(write: write, content: content))
            } catch {
                logger.error("an intent cannot be read", metadata: ["intent": "\(write.intent)", "error": "\(error)"])
                try Intents.note(error.description, on: write.intent, in: connection)
                try Intents.awaitNoEcho(of: write, in: connection)
            }
        }
        return read
    }
}
