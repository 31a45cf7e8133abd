import Sandbox

/// Calls of Mailchimp by what they cost: what the table of mailchimp.md §6 allows, or what was found.
struct DemoAudienceCalls: Sendable, Equatable {
    /// Bulk calls that make members, tags included: one for 500.
    var bulk = 0
    /// Calls that put members on a tag or take them off it: one for 500 each way.
    var segments = 0
    /// Members written by PUT, which could make or subscribe somebody: none.
    var puts = 0
    /// Members written one by one by PATCH: known ones whose values differ while they are few, unsubscribed, taken back.
    var patches = 0
    /// Members read one by one.
    var reads = 0

    /// Everything that changes something.
    var writes: Int { bulk + segments + puts + patches }

    static func += (sum: inout DemoAudienceCalls, other: DemoAudienceCalls) {
        sum.bulk += other.bulk
        sum.segments += other.segments
        sum.puts += other.puts
        sum.patches += other.patches
        sum.reads += other.reads
    }

    init(bulk: Int = 0, segments: Int = 0, puts: Int = 0, patches: Int = 0, reads: Int = 0) {
        self.bulk = bulk
        self.segments = segments
        self.puts = puts
        self.patches = patches
        self.reads = reads
    }

    /// Counts what a sandbox was asked.
    init(counted server: SandboxServer) {
        let counts = server.calls.counts
        let member = "/3.0/lists/{list_id}/members/{subscriber_hash}"
        bulk = counts["POST /3.0/lists/{list_id}"] ?? 0
        segments = counts["POST /3.0/lists/{list_id}/segments/{segment_id}"] ?? 0
        puts = counts["PUT \(member)"] ?? 0
        patches = counts["PATCH \(member)"] ?? 0
        reads = counts["GET \(member)"] ?? 0
    }
}
