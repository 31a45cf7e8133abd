import Sandbox

/// Calls of the provider by what they cost: what the formulas of constant-contact.md §6.4 allow, or what was found.
struct DemoCalls: Sendable, Equatable {
    /// Imports: one for each set of lists that rows go to, while a request holds them.
    var imports = 0
    /// Removals: one for each set of lists that up to 500 contacts leave.
    var removals = 0
    /// Contacts made one by one, for addresses that imports do not take.
    var creations = 0
    /// Contacts written one by one: unsubscribed, or too long for imports.
    var changes = 0
    /// Contacts read one by one: before each change, and where a word is believed only when it is read back.
    var reads = 0

    static func += (sum: inout DemoCalls, other: DemoCalls) {
        sum.imports += other.imports
        sum.removals += other.removals
        sum.creations += other.creations
        sum.changes += other.changes
        sum.reads += other.reads
    }

    /// Counts what a sandbox was asked.
    init(counted server: SandboxServer) {
        let counts = server.calls.counts
        imports = counts["POST /v3/activities/contacts_json_import"] ?? 0
        removals = counts["POST /v3/activities/remove_list_memberships"] ?? 0
        creations = counts["POST /v3/contacts"] ?? 0
        changes = counts["PUT /v3/contacts/{id}"] ?? 0
        reads = counts["GET /v3/contacts/{id}"] ?? 0
    }

    init(imports: Int = 0, removals: Int = 0, creations: Int = 0, changes: Int = 0, reads: Int = 0) {
        self.imports = imports
        self.removals = removals
        self.creations = creations
        self.changes = changes
        self.reads = reads
    }
}
