/// An operation of the API: its method, the pattern of its path, and what answers it.
struct MailchimpRoute: Sendable {
    /// What answers: JSON for a 200, nil for a 204 without a body.
    typealias Answer = @Sendable (MailchimpAPI, [String]) throws -> SandboxJSON?

    let method: String
    let pattern: [String]
    let answer: Answer

    init(_ method: String, _ pattern: String, _ answer: @escaping Answer) {
        self.method = method
        self.pattern = pattern.split(separator: "/").map(String.init)
        self.answer = answer
    }

    /// The name under which calls are counted.
    var name: String { "\(method) /3.0/\(pattern.joined(separator: "/"))" }

    /// The values of the variable segments of a path; nil when it is another path.
    func values(in path: [String]) -> [String]? {
        guard path.count == pattern.count else { return nil }
        var values: [String] = []
        for (given, wanted) in zip(path, pattern) {
            if wanted.hasPrefix("{") {
                values.append(given)
            } else if given != wanted {
                return nil
            }
        }
        return values
    }

    /// The operation of a call, with the values of its path.
    ///
    /// - Throws: `MailchimpProblem`: 404 for an unknown path, 405 for another method of a known one.
    static func find(_ method: String, _ path: [String]) throws -> (route: MailchimpRoute, values: [String]) {
        guard path.count <= 7 else { throw MailchimpProblem.tooDeep }
        var allowed: [String] = []
        for route in all {
            guard let values = route.values(in: path) else { continue }
            if route.method == method { return (route, values) }
            allowed.append(route.method)
        }
        throw allowed.isEmpty ? MailchimpProblem.notFound : MailchimpProblem.methodNotAllowed(allowed)
    }

    /// Every operation; fixed segments come before variable ones.
    static let all = general + lists + members + segments + fields + hooks + batches + campaigns

    private static let general = [
        MailchimpRoute("GET", "") { api, _ in api.root() },
        MailchimpRoute("GET", "ping") { _, _ in ["health_status": "Everything's Chimpy!"] },
        MailchimpRoute("GET", "search-members") { api, _ in try api.searchMembers() },
    ]

    private static let lists = [
        MailchimpRoute("GET", "lists") { api, _ in try api.lists() },
        MailchimpRoute("POST", "lists") { api, _ in try api.createList() },
        MailchimpRoute("GET", "lists/{list_id}") { api, path in try api.list(path[0]) },
        MailchimpRoute("PATCH", "lists/{list_id}") { api, path in try api.updateList(path[0]) },
        MailchimpRoute("POST", "lists/{list_id}") { api, path in try api.writeMembers(of: path[0]) },
        MailchimpRoute("DELETE", "lists/{list_id}") { api, path in try api.deleteList(path[0]) },
        MailchimpRoute("GET", "lists/{list_id}/activity") { api, path in try api.listActivity(path[0]) },
        MailchimpRoute("GET", "lists/{list_id}/abuse-reports") { api, path in try api.complaints(ofList: path[0]) },
        MailchimpRoute("GET", "lists/{list_id}/tag-search") { api, path in try api.searchTags(path[0]) },
    ]

    private static let members = [
        MailchimpRoute("GET", "lists/{list_id}/members") { api, path in try api.members(of: path[0]) },
        MailchimpRoute("POST", "lists/{list_id}/members") { api, path in try api.createMember(in: path[0]) },
        MailchimpRoute("GET", "lists/{list_id}/members/{subscriber_hash}") { api, path in
            try api.member(path[1], of: path[0])
        },
        MailchimpRoute("PUT", "lists/{list_id}/members/{subscriber_hash}") { api, path in
            try api.putMember(path[1], in: path[0])
        },
        MailchimpRoute("PATCH", "lists/{list_id}/members/{subscriber_hash}") { api, path in
            try api.updateMember(path[1], of: path[0])
        },
        MailchimpRoute("DELETE", "lists/{list_id}/members/{subscriber_hash}") { api, path in
            try api.archiveMember(path[1], of: path[0])
        },
        MailchimpRoute("POST", "lists/{list_id}/members/{subscriber_hash}/actions/delete-permanent") { api, path in
            try api.eraseMember(path[1], of: path[0])
        },
        MailchimpRoute("GET", "lists/{list_id}/members/{subscriber_hash}/tags") { api, path in
            try api.tags(of: path[1], in: path[0])
        },
        MailchimpRoute("POST", "lists/{list_id}/members/{subscriber_hash}/tags") { api, path in
            try api.setTags(of: path[1], in: path[0])
        },
        MailchimpRoute("GET", "lists/{list_id}/members/{subscriber_hash}/activity") { api, path in
            try api.activity(of: path[1], in: path[0])
        },
        MailchimpRoute("GET", "lists/{list_id}/members/{subscriber_hash}/activity-feed") { api, path in
            try api.activityFeed(of: path[1], in: path[0])
        },
    ]

    private static let segments = [
        MailchimpRoute("GET", "lists/{list_id}/segments") { api, path in try api.segments(of: path[0]) },
        MailchimpRoute("POST", "lists/{list_id}/segments") { api, path in try api.createSegment(in: path[0]) },
        MailchimpRoute("GET", "lists/{list_id}/segments/{segment_id}") { api, path in
            try api.segment(path[1], of: path[0])
        },
        MailchimpRoute("PATCH", "lists/{list_id}/segments/{segment_id}") { api, path in
            try api.updateSegment(path[1], of: path[0])
        },
        MailchimpRoute("DELETE", "lists/{list_id}/segments/{segment_id}") { api, path in
            try api.deleteSegment(path[1], of: path[0])
        },
        MailchimpRoute("POST", "lists/{list_id}/segments/{segment_id}") { api, path in
            try api.changeSegmentMembers(path[1], of: path[0])
        },
        MailchimpRoute("GET", "lists/{list_id}/segments/{segment_id}/members") { api, path in
            try api.segmentMembers(path[1], of: path[0])
        },
        MailchimpRoute("POST", "lists/{list_id}/segments/{segment_id}/members") { api, path in
            try api.addSegmentMember(path[1], of: path[0])
        },
        MailchimpRoute("DELETE", "lists/{list_id}/segments/{segment_id}/members/{subscriber_hash}") { api, path in
            try api.removeSegmentMember(path[2], from: path[1], of: path[0])
        },
    ]

    private static let fields = [
        MailchimpRoute("GET", "lists/{list_id}/merge-fields") { api, path in try api.mergeFields(of: path[0]) },
        MailchimpRoute("POST", "lists/{list_id}/merge-fields") { api, path in try api.createMergeField(in: path[0]) },
        MailchimpRoute("GET", "lists/{list_id}/merge-fields/{merge_id}") { api, path in
            try api.mergeField(path[1], of: path[0])
        },
        MailchimpRoute("PATCH", "lists/{list_id}/merge-fields/{merge_id}") { api, path in
            try api.updateMergeField(path[1], of: path[0])
        },
        MailchimpRoute("DELETE", "lists/{list_id}/merge-fields/{merge_id}") { api, path in
            try api.deleteMergeField(path[1], of: path[0])
        },
        MailchimpRoute("GET", "lists/{list_id}/interest-categories") { api, path in
            try api.categories(of: path[0])
        },
        MailchimpRoute("POST", "lists/{list_id}/interest-categories") { api, path in
            try api.createCategory(in: path[0])
        },
        MailchimpRoute("GET", "lists/{list_id}/interest-categories/{interest_category_id}/interests") { api, path in
            try api.interests(of: path[1], in: path[0])
        },
        MailchimpRoute("POST", "lists/{list_id}/interest-categories/{interest_category_id}/interests") { api, path in
            try api.createInterest(in: path[1], of: path[0])
        },
    ]

    private static let hooks = [
        MailchimpRoute("GET", "lists/{list_id}/webhooks") { api, path in try api.webhooks(of: path[0]) },
        MailchimpRoute("POST", "lists/{list_id}/webhooks") { api, path in try api.createWebhook(for: path[0]) },
        MailchimpRoute("GET", "lists/{list_id}/webhooks/{webhook_id}") { api, path in
            try api.webhook(path[1], of: path[0])
        },
        MailchimpRoute("PATCH", "lists/{list_id}/webhooks/{webhook_id}") { api, path in
            try api.updateWebhook(path[1], of: path[0])
        },
        MailchimpRoute("DELETE", "lists/{list_id}/webhooks/{webhook_id}") { api, path in
            try api.deleteWebhook(path[1], of: path[0])
        },
        MailchimpRoute("GET", "batch-webhooks") { api, _ in try api.batchWebhooks() },
        MailchimpRoute("POST", "batch-webhooks") { api, _ in try api.createBatchWebhook() },
        MailchimpRoute("GET", "batch-webhooks/{batch_webhook_id}") { api, path in try api.batchWebhook(path[0]) },
        MailchimpRoute("PATCH", "batch-webhooks/{batch_webhook_id}") { api, path in
            try api.updateBatchWebhook(path[0])
        },
        MailchimpRoute("DELETE", "batch-webhooks/{batch_webhook_id}") { api, path in
            try api.deleteBatchWebhook(path[0])
        },
    ]

    private static let batches = [
        MailchimpRoute("GET", "batches") { api, _ in try api.batches() },
        MailchimpRoute("POST", "batches") { api, _ in try api.createBatch() },
        MailchimpRoute("GET", "batches/{batch_id}") { api, path in try api.batch(path[0]) },
        MailchimpRoute("DELETE", "batches/{batch_id}") { api, path in try api.deleteBatch(path[0]) },
    ]

    private static let campaigns = [
        MailchimpRoute("GET", "campaigns") { api, _ in try api.campaigns() },
        MailchimpRoute("GET", "campaigns/{campaign_id}") { api, path in try api.campaign(path[0]) },
        MailchimpRoute("DELETE", "campaigns/{campaign_id}") { api, path in try api.deleteCampaign(path[0]) },
        MailchimpRoute("GET", "reports") { api, _ in try api.reports() },
        MailchimpRoute("GET", "reports/{campaign_id}") { api, path in try api.report(path[0]) },
        MailchimpRoute("GET", "reports/{campaign_id}/sent-to") { api, path in try api.sentTo(path[0]) },
        MailchimpRoute("GET", "reports/{campaign_id}/open-details") { api, path in try api.openDetails(path[0]) },
        MailchimpRoute("GET", "reports/{campaign_id}/unsubscribed") { api, path in try api.unsubscribes(path[0]) },
        MailchimpRoute("GET", "reports/{campaign_id}/abuse-reports") { api, path in
            try api.complaints(ofCampaign: path[0])
        },
        MailchimpRoute("GET", "reports/{campaign_id}/email-activity") { api, path in try api.emailActivity(path[0]) },
        MailchimpRoute("GET", "reports/{campaign_id}/click-details") { api, path in try api.clickDetails(path[0]) },
        MailchimpRoute("GET", "reports/{campaign_id}/click-details/{link_id}/members") { api, path in
            try api.clickMembers(of: path[1], in: path[0])
        },
    ]
}
