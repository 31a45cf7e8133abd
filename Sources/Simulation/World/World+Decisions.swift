import Bridge
import Reconciliation
import Store

/// What an operator does with Causeway itself: deciding on holds, and erasing.
extension World {
    /// An operator does one of the two, in a process of their own, which can end at any step as the other does.
    func operatorActs() async throws {
        let former = passName
        busy.insert("operator")
        defer {
            passName = former
            busy.remove("operator")
        }
        let erases = plan.aim == "erasing" ? 70 : wantedChoice == nil ? 20 : 5
        if acts.happens(erases) { try await addressIsErased() } else { try await holdIsDecided() }
    }

    /// How many steps of a hundred an operator does so at: most where a hold waits that leads to the calls that the life
    /// aims at.
    func operatorsShare() throws -> Int {
        switch plan.aim {
        case "erasing", "deciding on a hold": return 45
        default: return leadingHolds(among: try openHolds()).isEmpty ? 15 : 85
        }
    }

    /// The choice that leads to the calls that the life aims at, where one does.
    private var wantedChoice: HoldChoice? {
        if plan.asksPeople { return .sendConfirmation }
        return plan.changesAddresses ? .putBack : nil
    }

    /// The holds with that choice.
    private func leadingHolds(among holds: [Hold]) -> [Hold] {
        guard let wantedChoice else { return [] }
        return holds.filter { $0.choices.contains(wantedChoice) }
    }

    private func openHolds() throws -> [Hold] { try database.look { try Holds.all(isOpen: true, in: $0) } }

    /// What the operator chooses: mostly what leads to the calls that the life aims at, where it does.
    private func choice(for hold: Hold) -> HoldChoice {
        if let wantedChoice, hold.choices.contains(wantedChoice), acts.happens(90) { return wantedChoice }
        return acts.pick(hold.choices)
    }

    private func holdIsDecided() async throws {
        let open = try openHolds()
        guard !open.isEmpty else { return }
        let leading = leadingHolds(among: open)
        let hold = acts.pick(leading.isEmpty ? open : leading)
        passName = "deciding on a hold"
        let place = "hold \(hold.id), \(hold.kind.rawValue)"
        do {
            let isDismissed = hold.choices.isEmpty || acts.happens(leading.isEmpty ? 20 : 8)
            guard try !isDismissed || namesVanished(hold) else {
                note("an operator dismisses \(place)")
                try await engine.dismiss(hold: hold.id, reason: nil)
                return
            }
            let choice = choice(for: hold)
            note("an operator decides on \(place): \(choice.rawValue)")
            history.approves(hold.id, choice)
            try runsAreReleased(by: hold, choice)
            if hold.kind == .recordsHidden { try recordsVanish(with: hold) }
            if choice == .complaint || choice == .optOut { try isSaidByPerson(hold) }
            try await engine.approve(hold: hold.id, choice: choice, reason: "asked")
            if choice == .restoreFlag { try expectFlags(of: hold) }
        } catch let problem as HoldProblem { note("which cannot be: \(problem)") }
    }

    /// Flags that somebody has decided to set again are set.
    private func expectFlags(of hold: Hold) throws {
        let records = try database.look { try Holds.rows(of: hold.id, in: $0) }.compactMap(\.record)
        expect("the flags of \(records) were to be set again, and are not") { world in
            records.compactMap { world.crm.record($0) }.allSatisfy { record in
                record.isDeleted || record.isOptedOut || world.crm.hidden.contains(record.id)
                    || !record.addresses.contains(where: world.history.isOptedOut)
            }
        }
    }

    /// The operator takes the hold's rows for opt-outs of the people's.
    private func isSaidByPerson(_ hold: Hold) throws {
        for row in try database.look({ try Holds.rows(of: hold.id, in: $0) }) where !row.address.isEmpty {
            history.optedOut(Address(compared: row.address), at: row.account, on: nil)
        }
    }

    private func addressIsErased() async throws {
        let address = Address(compared: acts.pick(Self.emails))
        passName = "erasing"
        note("\(address.text) is to be erased")
        // Who has it is asked first: afterwards nobody can look for it any more.
        let silent = try await engine.readHolders(of: address)
        guard silent.isEmpty else { return note("which has to wait: \(silent.map(\.account)) cannot be asked") }
        history.willErase(address)
        do { _ = try await store.eraseRows(of: address, at: clock.now) } catch let underWay as Erasure.WriteUnderWay {
            note("which has to wait: \(underWay.count) writes are under way")
        }
    }

    /// What the command that erases and the next start of `serve` do about decisions and writes that were under way.
    func endErasures() async throws {
        passName = "erasing"
        try await store.applyMissingRows()
        for address in history.erasedAddresses where try await store.holds(address) {
            _ = try await store.eraseRows(of: address, at: clock.now)
        }
    }
}
