import Logging
import Reconciliation
import Store

extension Engine {
    /// An operator's approval of a hold: checked against the present, and taken over in one step.
    ///
    /// It concerns what the hold names and what stands now; whatever arrives later stands. Calls that it asks for are
    /// made at the next pass.
    ///
    /// - Parameters:
    ///   - choice: nil where there is only one.
    ///   - reason: the operator's reason; some choices need one.
    /// - Throws: `HoldProblem`.
    @discardableResult
    package func approve(hold id: Int64, choice: HoldChoice?, reason: String?) async throws -> Hold {
        let note = reason.flatMap { $0.allSatisfy(\.isWhitespace) ? nil : $0 }
        let recorder = recorder(through: ConsentEvent.throughHold(id))
        let outcome = try await store.database.write { connection -> Result<Hold, HoldProblem> in
            do {
                let hold = try Self.open(id, in: connection)
                let rows = try standing(rowsOf: hold, recorder: recorder, in: connection)
                let choice = try Self.chosen(choice, of: hold, in: connection)
                if choice.needsReason, note == nil {
                    throw HoldProblem("\(choice.rawValue) goes on the ledger with your reason: give --reason")
                }
                return .success(try take(choice, note: note, of: hold, rows: rows, recorder: recorder, in: connection))
            } catch let problem as HoldProblem { return .failure(problem) }
        }
        bells.ringAll()
        let hold = try outcome.get()
        logger.info(
            "hold approved",
            metadata: ["hold": "\(id)", "rule": "\(hold.kind.rule)", "choice": "\(hold.choice?.rawValue ?? "")"]
        )
        return hold
    }

    /// An operator's word that a hold leaves things as they stand; the same cause raises no second one.
    ///
    /// - Throws: `HoldProblem`.
    @discardableResult
    package func dismiss(hold id: Int64, reason: String?) async throws -> Hold {
        let recorder = recorder(through: ConsentEvent.throughHold(id))
        let outcome = try await store.database.write { connection -> Result<Hold, HoldProblem> in
            do {
                let hold = try Self.open(id, in: connection)
                let rows = try Holds.rows(of: id, in: connection).filter { $0.state == .open }
                try Holds.decide(id, choice: nil, note: reason, at: recorder.now, in: connection)
                // Marked while the two addresses of a contact that moved are still known to be one.
                try recorder.markDecided(rows, in: connection)
                for row in rows where hold.kind == .addressChanged {
                    if let contact = row.contact {
                        try MovedContacts.decide(contact, account: row.account, at: recorder.now, in: connection)
                    }
                }
                return .success(try Holds.find(id, in: connection) ?? hold)
            } catch let problem as HoldProblem { return .failure(problem) }
        }
        bells.ringAll()
        return try outcome.get()
    }

    // MARK: Checking

    private static func open(_ id: Int64, in connection: any SQLConnection) throws -> Hold {
        guard let hold = try Holds.find(id, in: connection) else {
            throw HoldProblem("there is no hold \(id); see causeway holds list")
        }
        switch hold.state {
        case .open: return hold
        case .approved: throw HoldProblem("hold \(id) was approved already: \(hold.choice?.rawValue ?? "")")
        case .dismissed: throw HoldProblem("hold \(id) was dismissed")
        case .closed: throw HoldProblem("hold \(id) has closed by itself: its cause is gone")
        }
    }

    private static func chosen(
        _ choice: HoldChoice?,
        of hold: Hold,
        in connection: any SQLConnection
    ) throws -> HoldChoice {
        // The check has renewed what may be decided.
        let choices = try Holds.find(hold.id, in: connection)?.choices ?? []
        if choices.isEmpty {
            throw HoldProblem("nothing can be chosen for hold \(hold.id) as things stand; it can be dismissed")
        }
        let list = choices.map(\.rawValue).joined(separator: ", ")
        guard let choice = choice ?? (choices.count == 1 ? choices[0] : nil) else {
            throw HoldProblem("hold \(hold.id) can be decided in several ways; name one of: \(list)")
        }
        guard choices.contains(choice) else {
            throw HoldProblem(
                "\(choice.rawValue) cannot be chosen for hold \(hold.id) as things stand; choose from: \(list)"
            )
        }
        return choice
    }

    /// The rows of a hold whose cause is there now; the others drop out.
    private func standing(
        rowsOf hold: Hold,
        recorder: Recorder,
        in connection: any SQLConnection
    ) throws -> [HoldRow] {
        let open = try Holds.rows(of: hold.id, in: connection).filter { $0.state == .open }
        let present = try causes(of: open, recorder: recorder, in: connection)
        let gone = open.filter { !present.contains($0.cause) }
        for row in gone { try Holds.end(row, as: .gone, at: recorder.now, in: connection) }
        // What stood in the way of a decision does so no more.
        try recorder.markDecided(gone, in: connection)
        let rows = open.filter { present.contains($0.cause) }
        if rows.isEmpty { throw HoldProblem("the cause of hold \(hold.id) is gone; it has closed by itself") }
        return rows
    }

    private func causes(
        of rows: [HoldRow],
        recorder: Recorder,
        in connection: any SQLConnection
    ) throws -> Set<HoldCause> {
        var present: Set<HoldCause> = []
        let decided = rows.filter { $0.cause.kind.closing == .byPlan }
        if !decided.isEmpty {
            let context = try context(accounts: providerAccounts, in: connection)
            // What is held about a record is looked for where the record is now, not where it was when the hold began.
            let addresses = Set(try decided.flatMap { try recorder.ownAddresses(of: $0, in: connection) }).sorted()
            let holds = Dictionary(decided.map { ($0.cause, $0.hold) }) { first, _ in first }
            for view in try AddressViews.load(addresses, context: context, in: connection) {
                let plan = decisions.plan(view, recorder.now)
                for row in decided where row.address == view.address.text {
                    if !row.cause.isGone(after: plan.held, waits: plan.waits) { present.insert(row.cause) }
                }
                for held in plan.held {
                    present.insert(held.cause)
                    // Only what may be decided is renewed: the operator named what the hold named.
                    guard let hold = holds[held.cause], !held.cause.kind.isShared else { continue }
                    try Holds.setChoices(
                        recorder.choices(for: held, address: view.address, in: connection),
                        of: hold,
                        in: connection
                    )
                }
            }
        }
        for row in rows {
            switch row.cause.kind.closing {
            case .byPlan: continue
            case .byReading: break
            case .byOptOut:
                guard try Ledger.isOptedOut(Address(compared: row.address), in: connection) else { continue }
            }
            present.insert(row.cause)
            if row.address.isEmpty || row.cause.kind.isShared { continue }
            let choices = try recorder.choices(
                for: HeldRow(.address, row.cause),
                address: Address(compared: row.address),
                in: connection
            )
            try Holds.setChoices(choices, of: row.hold, in: connection)
        }
        return present
    }

    // MARK: Taking over

    private func take(
        _ choice: HoldChoice,
        note: String?,
        of hold: Hold,
        rows: [HoldRow],
        recorder: Recorder,
        in connection: any SQLConnection
    ) throws -> Hold {
        if choice == .keepName { try takeNameOver(of: hold, rows: rows, in: connection) }
        try Holds.decide(hold.id, choice: choice, note: note, at: recorder.now, in: connection)
        for row in rows { try act(choice, on: row, note: note, recorder: recorder, in: connection) }
        try recorder.markDecided(rows, in: connection)
        return try Holds.find(hold.id, in: connection) ?? hold
    }

    private func act(
        _ choice: HoldChoice,
        on row: HoldRow,
        note: String?,
        recorder: Recorder,
        in connection: any SQLConnection
    ) throws {
        switch choice {
        case .recreate:
            // The operator's word that the person may be mailed: what the provider does not say is decided (C9).
            if let contact = row.contact {
                try DeletionDoubts.end(contact, account: row.account, at: recorder.now, in: connection)
            }
        case .complaint:
            try recorder.complain(row, note: note, in: connection)
            try Holds.end(row, as: .done, at: recorder.now, in: connection)
        case .optOut:
            try recorder.optOut(row, note: note, in: connection)
            try Holds.end(row, as: .done, at: recorder.now, in: connection)
        case .bounce:
            try Holds.end(row, as: .done, at: recorder.now, in: connection)
        case .restoreFlag, .clearFlag, .keepOff, .unsubscribe:
            // The decision about the address reads the approval.
            break
        case .takeOver:
            // Where somebody has put the new address on the record already, that is all there is to do.
            try recorder.endTakenOver([Address(compared: row.address)], in: connection)
        case .release:
            try release(row, recorder: recorder, in: connection)
        case .lift:
            try recorder.lift(row, note: note, in: connection)
        case .accept:
            try recorder.accept(row, note: note, in: connection)
        case .sendConfirmation:
            let standings = try recorder.addresses(of: row, in: connection)
                .map { try Ledger.standing(of: $0, in: connection) }
            let situation = HoldSituation(row.cause.kind, standings: standings, confirming: recorder.confirming)
            try Holds.setEffect(.pending, account: situation.askingAccount, of: row.id, in: connection)
        case .putBack:
            try Holds.setEffect(.pending, of: row.id, in: connection)
        case .renameBack, .keepName:
            try endLinkRow(row, at: recorder.now, in: connection) { link in
                if choice == .renameBack { try Links.nameMayBePutRight(link.id, in: connection) }
            }
        case .recreateList:
            try endLinkRow(row, at: recorder.now, in: connection) { link in
                // Who was on it and has left the campaign since is no member that the next run decides.
                for address in try Contacts.addresses(ours: link, in: connection) {
                    try Dirty.mark(
                        address,
                        account: link.account,
                        lane: Lane.bulkLoads.rawValue,
                        reason: "hold",
                        at: recorder.now,
                        in: connection
                    )
                }
                try Links.listIsGone(link, at: recorder.now, in: connection)
            }
        case .unlink:
            try endLinkRow(row, at: recorder.now, in: connection) { link in
                _ = try Unlinking.unlink(link, at: recorder.now, in: connection)
            }
        }
    }

    /// What the breaker stopped goes on, and what that brings about needs no second approval.
    private func release(_ row: HoldRow, recorder: Recorder, in connection: any SQLConnection) throws {
        switch row.cause.kind {
        case .membersMissing:
            guard let member = row.member else { return }
            let campaign = try MemberMirrors.load([member], in: connection)[member]?.member.campaign
            for link in try Links.all(in: connection) where link.campaign == campaign && !row.address.isEmpty {
                let cause = HoldCause.row(.removals, link.id, Address(compared: row.address))
                try Holds.addApproved(cause, to: row, account: link.account, at: recorder.now, in: connection)
            }
            try recorder.recordGone([member], in: connection)
            try Holds.end(row, as: .done, at: recorder.now, in: connection)
        case .recordsHidden:
            guard let record = row.record else { return }
            for link in try Links.all(in: connection) where !row.address.isEmpty {
                let cause = HoldCause.row(.removals, link.id, Address(compared: row.address))
                try Holds.addApproved(cause, to: row, account: link.account, at: recorder.now, in: connection)
            }
            try recorder.recordGone([record], in: connection)
            try Holds.end(row, as: .done, at: recorder.now, in: connection)
        case .departures:
            // The next walk of the list considers it.
            if let id = row.cause.link, let link = try Links.find(id, in: connection) {
                try Cursors.remove(source: CursorName.listWalk(id), account: link.account, on: connection)
                try Links.makeDue(campaign: link.campaign, at: recorder.now, in: connection)
            }
        case .removals, .wipes, .disputedFlag, .flagsGone, .keptFlag, .otherOptOutStands, .unprovedReturn,
            .unclearBounce, .contactDeleted, .addressChanged, .subscribedAgain, .refusedReturn, .reportedOptOut,
            .listRenamed, .listDeleted, .campaignGone:
            // The decision about the address reads the approval.
            break
        }
    }

    private func endLinkRow(
        _ row: HoldRow,
        at now: Timestamp,
        in connection: any SQLConnection,
        _ body: (Link) throws -> Void
    ) throws {
        if let id = row.cause.link, let link = try Links.find(id, in: connection) {
            try body(link)
            try Links.makeDue(campaign: link.campaign, at: now, in: connection)
        }
        try Holds.end(row, as: .done, at: now, in: connection)
    }

    /// The link takes its list's new name for its own, unless another link has it.
    private func takeNameOver(
        of hold: Hold,
        rows: [HoldRow],
        in connection: any SQLConnection
    ) throws {
        guard let link = hold.link, let name = rows.first?.detail else { return }
        if try !Links.rename(link, to: name, in: connection) {
            throw HoldProblem("another link's list is named “\(name)” already; choose rename-back")
        }
    }
}
