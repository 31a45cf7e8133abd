import Reconciliation

/// What was read of the audience, good for some minutes.
actor AudienceBook {
    /// How long what was read is good for, in seconds.
    private static let life: Int64 = 300

    private var facts: (read: AudienceFacts, at: Timestamp)?
    private var hasToldOfSkipping = false

    /// The audience's facts.
    ///
    /// - Parameters:
    ///   - maximumAge: how old they may be, in seconds.
    ///   - load: reads them; called once at most.
    func facts(
        at now: Timestamp,
        maximumAge: Int64 = life,
        load: @Sendable () async throws -> AudienceFacts
    ) async throws -> AudienceFacts {
        if let facts, facts.at <= now, now < facts.at.advanced(bySeconds: maximumAge) { return facts.read }
        let read = try await load()
        facts = (read, now)
        return read
    }

    /// Whether nobody has been told yet that required fields are left out.
    func isFirstSkipping() -> Bool {
        defer { hasToldOfSkipping = true }
        return !hasToldOfSkipping
    }
}
