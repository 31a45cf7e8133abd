import Bridge
import Reconciliation

/// What every client of an email provider has to do, whichever it is.
///
/// Each check is told a world of its own, and what does not hold is reported by `expect`, with the name of the check:
///
/// ```swift
/// @Test(arguments: ProviderCheck.allCases)
/// func conforms(to check: ProviderCheck) async throws {
///     try await withWorld { world in
///         try await ProviderConformance(Account(world: world)) { #expect($0, "\($1)") }.run(check)
///     }
/// }
/// ```
package struct ProviderConformance<World: ProviderWorld>: Sendable {
    let world: World
    /// Called with whether something holds, and what it is.
    let expect: @Sendable (Bool, String) -> Void

    package init(_ world: World, expect: @escaping @Sendable (Bool, String) -> Void) {
        self.world = world
        self.expect = expect
    }

    /// Runs one check.
    ///
    /// - Throws: what the world or the client throws where nothing should fail.
    package func run(_ check: ProviderCheck) async throws {
        switch check {
        case .capabilities: checkCapabilities()
        case .identity: try await checkIdentity()
        case .lists: try await checkLists()
        case .fields: try await checkFields()
        case .creation: try await checkCreation()
        case .packing: checkPacking()
        case .change: try await checkChange()
        case .membership: try await checkMembership()
        case .removal: try await checkRemoval()
        case .walk: try await checkWalk()
        case .optOuts: try await checkOptOuts()
        case .nobodyIsBroughtBack: try await checkThatNobodyIsBroughtBack()
        case .unsubscribe: try await checkUnsubscribe()
        case .resubscribe: try await checkResubscribe()
        case .personsOptOut: try await checkThatAPersonsOptOutStands()
        case .addressChange: try await checkAddressChange()
        case .deletion: try await checkDeletion()
        case .lostAnswer: try await checkLostAnswer()
        case .throttling: try await checkThrottling()
        case .revocation: try await checkRevocation()
        }
    }

    // MARK: Tools

    /// Everybody whom a query finds, in pages that end.
    func walk(_ query: ContactQuery) async throws -> [ProviderContact] {
        var found: [ProviderContact] = []
        var cursor: String?
        repeat {
            let page = try await world.client.contacts(query, cursor: cursor)
            found += page.contacts
            cursor = page.next
        } while cursor != nil
        return found
    }

    /// The contact of an address; nil where there is none.
    func contact(_ email: String) async throws -> ProviderContact? {
        guard let address = Address(typed: email) else { return nil }
        return try await walk(.having(address)).first
    }

    /// The contact of an address that is there.
    func planted(_ email: String) async throws -> ProviderContact {
        try await world.plant([email])
        guard let contact = try await contact(email) else {
            throw PortError(.notFound, operation: "look for a planted contact", detail: "it is not found")
        }
        return contact
    }

    /// Writes rows of one kind onto lists and waits for the end; rows are as the engine makes them.
    @discardableResult
    func write(_ rows: [ContactRow], onto lists: [ListID]) async throws -> ActivityResult {
        try await end(of: try await world.client.submit(.upsert(rows, onto: lists)))
    }

    /// The end of a change that was handed over.
    @discardableResult
    func end(of submission: Submission) async throws -> ActivityResult {
        switch submission {
        case .ended(let result): return result
        case .underWay(let activity):
            for _ in 0..<1_000 {
                switch try await world.client.progress(of: [activity])[activity] {
                case .ended(let result): return result
                case .running: world.advance(bySeconds: 5)
                case nil: throw PortError(.notFound, operation: "watch a change", detail: "it was forgotten")
                }
            }
            throw PortError(.unavailable, operation: "watch a change", detail: "it does not end")
        }
    }

    /// A row of an address, known or not as the engine would tell it.
    func row(_ email: String, firstName: String = "", known: ContactID? = nil, isHeld: Bool = false) -> ContactRow {
        var row = ContactRow(email: email, firstName: firstName, lastName: "")
        if world.client.capabilities.tellsKnownRows {
            row.known = known
            row.isHeld = isHeld
        }
        return row
    }

    /// The code of what an operation throws; nil when it does not.
    func code(of operation: () async throws -> Void) async throws -> PortError.Code? {
        do {
            try await operation()
            return nil
        } catch let error as PortError {
            return error.code
        }
    }

    func list(_ name: String) async throws -> ProviderList {
        let prefix = world.client.capabilities.listNamePrefix ?? ""
        return try await world.client.createList(named: prefix + name, description: "of a test")
    }
}

/// The checks, one for each thing that the engine relies on.
package enum ProviderCheck: String, Sendable, CaseIterable {
    case capabilities
    case identity
    case lists
    case fields
    case creation
    case packing
    case change
    case membership
    case removal
    case walk
    case optOuts
    case nobodyIsBroughtBack
    case unsubscribe
    case resubscribe
    case personsOptOut
    case addressChange
    case deletion
    case lostAnswer
    case throttling
    case revocation
}
