import Bridge
import Reconciliation
import Store

/// One piece of the engine's work, and the worker that does it: a worker does one thing at a time.
private struct Pass {
    var name: String
    var worker: String
    var run: () async throws -> Void
}

extension World {
    /// Runs one of the engine's passes, whatever comes of it.
    func runSomePass() async throws {
        let all = passesThatCanRun
        guard !all.isEmpty else { return }
        // Who aims at a kind of step comes to it more often than others.
        let wanted = plan.aim.map { aim in all.filter { $0.name == aim || Self.seldomCalls(of: $0.name).contains(aim) }
        }
        let candidates = wanted?.isEmpty == false && passes.happens(50) ? wanted ?? all : all
        let pass = candidates[passes.below(candidates.count)]
        do { try await run(pass) } catch is Crash {
            try await restart()
        } catch let error as PortError {
            note("\(pass.name) fails: \(error.code)")
            clock.advance(seconds: 5)
        }
    }

    /// The seldom calls that a pass comes to.
    private static func seldomCalls(of name: String) -> [String] {
        switch name {
        case "link running": ["bulk pushing"]
        case "CRM writing": [".createStatus"]
        case "CRM reading":
            [
                ".members", ".resubscribe.read", ".resubscribe.write", ".requestConfirmation", ".changeAddress.read",
                ".changeAddress.write",
            ]
        case "urgent pushing":
            [
                ".unsubscribe.write", ".resubscribe.read", ".resubscribe.write", ".upsert", ".requestConfirmation",
                ".changeAddress.read", ".changeAddress.write",
            ]
        case "bulk pushing": [".upsert"]
        case "activity watching": [".progress"]
        case "opt-out reading": [".optOuts"]
        default: []
        }
    }

    /// At a call of a pass: another worker may do a whole pass in between, and the world does not stand still.
    func interrupt(_ call: String) async throws {
        arrives(call)
        guard busy.count == 1, !isSettling else { return }
        if passes.happens(plan.interruptions) {
            let all = passesThatCanRun
            if !all.isEmpty {
                let pass = all[passes.below(all.count)]
                do { try await run(pass) } catch is PortError {}
            }
        }
        if !plan.isCalm, acts.happens(3) { act() }
        if plan.hasOperators, !plan.isCalm, acts.happens(1) { try await operatorActs() }
    }

    /// Between two transactions of a pass: another worker may do a whole pass in between.
    func interruptTransaction() async throws {
        guard busy.count == 1, !isSettling, !plan.isCalm else { return }
        if plan.overtakes, try await overtake() { return }
        guard passes.happens(4) else { return }
        let all = passesThatCanRun
        guard !all.isEmpty else { return }
        do { try await run(all[passes.below(all.count)]) } catch is PortError {}
    }

    /// Somebody changes whether an address that is being decided belongs to a campaign, and that is read at once.
    ///
    /// - Returns: whether something happened.
    private func overtake() async throws -> Bool {
        guard passName.hasSuffix("pushing"), passes.happens(60),
            let reading = passesThatCanRun.first(where: { $0.name == "CRM reading" })
        else { return false }
        let waiting = try database.look { connection in
            Set(
                try connection.rows("SELECT address FROM dirty WHERE account <> \(Self.crmAccount.rawValue)") {
                    Address(compared: $0.text(0))
                }
            )
        }
        let record = someRecord { !$0.isOptedOut && $0.mainAddress.map(waiting.contains) == true }
        guard let record else { return false }
        membershipChanges(of: record)
        do { try await run(reading) } catch is PortError {}
        return true
    }

    private func run(_ pass: Pass) async throws {
        let former = passName
        passName = pass.name
        busy.insert(pass.worker)
        note("\(pass.name)")
        defer {
            passName = former
            busy.remove(pass.worker)
        }
        try await pass.run()
    }

    private var passesThatCanRun: [Pass] {
        var all: [Pass] = [
            Pass(name: "inbox", worker: "inbox") { [self] in
                while try await engine.workInbox(decoder: decoder) > 0 {}
            },
            Pass(name: "CRM reading", worker: "crm") { [self] in
                try await recoverCRM()
                try await engine.readCRM()
            },
            Pass(name: "CRM writing", worker: "crm") { [self] in
                try await recoverCRM()
                _ = try await engine.pushCRM()
            },
        ]
        for account in accounts {
            all += [
                Pass(name: "opt-out reading", worker: "urgent \(account)") { [self] in
                    try await engine.readOptOuts(of: account)
                    try await engine.readUnsubscribed(of: account)
                },
                Pass(name: "urgent pushing", worker: "urgent \(account)") { [self] in
                    _ = try await engine.pushProvider(account, lanes: 1...3)
                },
                Pass(name: "link running", worker: "links \(account)") { [self] in
                    try await engine.runDueLinks(of: account)
                },
                Pass(name: "bulk pushing", worker: "links \(account)") { [self] in
                    _ = try await engine.pushProvider(account, lanes: 4...5)
                },
                Pass(name: "activity watching", worker: "activities \(account)") { [self] in
                    try await engine.watchActivities(of: account)
                },
            ]
        }
        return all.filter { !busy.contains($0.worker) }
    }

    private func recoverCRM() async throws {
        guard crmNeedsRecovery else { return }
        try await engine.recoverCRM()
        crmNeedsRecovery = false
    }

    // MARK: Links

    /// An operator links a campaign.
    func link(_ campaign: CampaignID, to account: AccountID) async throws {
        passName = "linking"
        let now = clock.now
        try await store.database.write { connection in
            let made = try Links.insert(
                campaign: campaign,
                account: account,
                listName: World.campaigns[campaign] ?? "?",
                intervalMilliseconds: 900_000,
                unsubscribedStatus: "Unsubscribed",
                leavingStatuses: ["Unsubscribed"],
                at: now,
                in: connection
            )
            // The list of an earlier link is taken over, as with `link --adopt`.
            if let made { try Settings.set(SettingName.adopts(made), to: "yes", on: connection) }
        }
        note("campaign \(campaign) is linked to \(account)")
    }

    /// An operator ends a link.
    func unlink(_ link: Link) async throws {
        passName = "linking"
        let now = clock.now
        _ = try await store.database.write { try Unlinking.unlink(link, at: now, in: $0) }
        note("the link of campaign \(link.campaign) to \(link.account) ends")
    }

    /// The links as the file has them.
    func links() throws -> [Link] { try database.look { try Links.all(in: $0) } }

    // MARK: Deliveries

    /// Accepts what has arrived by now; some of it again, some never.
    func deliverMessages() async throws {
        let due = messages.filter { $0.due <= step }
        messages.removeAll { $0.due <= step }
        for message in due {
            if !isSettling, failures.happens(12), message.account != Self.crmAccount {
                note("\(message.id) is lost")
                continue
            }
            do {
                try await accept(message)
                if failures.happens(15) {
                    var again = message
                    again.due = step + 1 + failures.below(4)
                    if failures.happens(50) {
                        lastMessage += 1
                        again.id += " again \(lastMessage)"
                    }
                    messages.append(again)
                }
            } catch is Crash {
                // The sender had no answer: it tries again.
                var again = message
                again.due = step + 1
                messages.append(again)
                try await restart()
            }
        }
    }

    private func accept(_ message: Message) async throws {
        passName = "acceptance"
        decoder.teach(message.id, [message.observation])
        history.said(message.observation)
        let delivery = InboxDelivery(
            account: message.account,
            source: "relay",
            deliveryID: message.id,
            digest: Array(message.id.utf8),
            body: [],
            receivedAt: clock.now
        )
        _ = try await store.database.write { try Inbox.insert(delivery, on: $0) }
        history.acknowledged(message.observation)
        note("\(message.id) is accepted")
    }
}
