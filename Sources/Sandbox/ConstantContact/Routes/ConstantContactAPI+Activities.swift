extension ConstantContactAPI {
    func activities() throws -> SandboxResponse {
        let page = try PageRequest(request, collection: "activities")
        let state = page.value("state")
        if let state, !["processing", "completed", "cancelled", "failed", "timed_out"].contains(state) {
            throw ConstantContactRefusal.invalid("state has an unknown value")
        }
        // Newest first; what comes in during a walk does not shift the pages after it.
        let last = account.activities.count - 1
        let start = page.position == 0 ? last : min(last, page.position - 1)
        var rows: [BulkActivity] = []
        var next: String?
        for index in stride(from: start, through: 0, by: -1) {
            let activity = account.activities[index]
            if let state, activity.state(at: now) != state { continue }
            if rows.count == page.limit {
                next = page.next(from: index + 1)
                break
            }
            rows.append(activity)
        }
        var writer = writer()
        writer.object { writer in
            writer.array("activities", rows) { writer, activity in
                writer.object { write(activity, showsStatus: true, to: &$0) }
            }
            writeLinks(next: next, to: &writer)
        }
        return .json(writer.text)
    }

    func activity(_ id: String) throws -> SandboxResponse {
        guard let activity = account.activities.last(where: { $0.id == id.lowercased() }) else {
            throw ConstantContactRefusal.notFound("activity")
        }
        var writer = writer()
        writer.object { write(activity, showsStatus: true, to: &$0) }
        return .json(writer.text)
    }

    func exportFile(_ id: String) throws -> SandboxResponse {
        guard let text = account.activities.compactMap(\.result).first(where: { $0.id == id.lowercased() })?.text else {
            throw ConstantContactRefusal.notFound("file")
        }
        return SandboxResponse(status: 200, headers: [("Content-Type", "text/csv")], body: Array(text.utf8))
    }

    func write(_ activity: BulkActivity, showsStatus: Bool, to writer: inout JSONWriter) {
        let state = activity.state(at: now)
        writer.field("activity_id", activity.id)
        writer.field("state", state)
        if state != "initialized" { writer.field("started_at", stamps.text(activity.startsAt)) }
        if activity.isFinished { writer.field("completed_at", stamps.text(activity.endsAt)) }
        writer.field("created_at", stamps.text(activity.createdAt))
        writer.field("updated_at", stamps.text(activity.updatedAt(at: now)))
        writer.field("percent_done", activity.percent(at: now))
        writer.strings("activity_errors", activity.messages)
        if showsStatus { writer.object("status") { writeStatus(of: activity, to: &$0) } }
        writer.object("_links") {
            $0.object("self") { $0.field("href", "/v3/activities/\(activity.id)") }
            if let result = activity.result {
                $0.object("results") { $0.field("href", "/v3/contact_exports/\(result.id)") }
            }
        }
        writeUnknown(to: &writer)
    }

    private func writeStatus(of activity: BulkActivity, to writer: inout JSONWriter) {
        switch activity.work {
        case .importContacts(let rows, _):
            writer.field("items_total_count", activity.total)
            if activity.isFinished { writer.field("items_completed_count", activity.completed) }
            // How many contacts were received: what shows that the tail of a body was lost.
            writer.field("person_count", activity.isFinished ? rows.count : 0)
            writer.field("error_count", activity.errors)
            writer.field("correctable_count", activity.correctable)
            writer.field("cannot_add_to_list_count", activity.notAddable)
        case .deleteLists:
            writer.field("list_count", activity.listCount)
        case .addMemberships, .removeMemberships:
            writer.field("items_total_count", activity.total)
            writer.field("items_completed_count", activity.completed)
            writer.field("list_count", activity.listCount)
        case .deleteContacts, .export:
            writer.field("items_total_count", activity.total)
            writer.field("items_completed_count", activity.completed)
        }
    }
}
