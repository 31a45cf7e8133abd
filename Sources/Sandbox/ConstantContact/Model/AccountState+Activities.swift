extension AccountState {
    /// The status of an activity is kept so long: ten days (constant-contact.md §6.2).
    private static let retention = 10 * 86_400.0

    var queuedActivities: Int { activities.count { $0.isQueued } }

    /// Puts an activity into the queue.
    func enqueue(_ work: BulkWork, total: Int, options: ConstantContactOptions, at now: Double) -> BulkActivity {
        let stretch = options.shufflesActivities ? 0.5 + randomFraction() : 1
        let activity = BulkActivity(
            id: newID(),
            work: work,
            total: total,
            createdAt: now,
            duration: options.activitySeconds * stretch,
            outcome: plannedOutcomes.isEmpty ? .completes : plannedOutcomes.removeFirst()
        )
        activities.append(activity)
        return activity
    }

    /// Carries out the activities that are due, in the order in which they end, and forgets the old ones.
    func settle(at now: Double, options: ConstantContactOptions) {
        let due = activities.filter { !$0.isFinished && $0.endsAt <= now && $0.outcome != .stuck }
        for activity in due.sorted(by: { $0.endsAt < $1.endsAt }) {
            run(activity, options: options)
            activity.isFinished = true
        }
        if let oldest = activities.first, oldest.createdAt < now - Self.retention {
            activities.removeAll { $0.createdAt < now - Self.retention }
        }
    }

    private func run(_ activity: BulkActivity, options: ConstantContactOptions) {
        let now = activity.endsAt
        var share = 1.0
        if case .ends(_, let done) = activity.outcome { share = done }
        switch activity.work {
        case .importContacts(let rows, let lists):
            runImport(
                rows.prefix(Int(Double(rows.count) * share)),
                lists: lists,
                activity: activity,
                refusesUnknownFields: options.refusesUnknownCustomFields,
                at: now
            )
            activity.completed = share < 1 ? activity.completed : activity.total
        case .addMemberships(let selection, let excluded, let lists):
            change(selection, excluded, lists, share, activity) { slot, list in
                if self.join(slot, list, at: now) == .full {
                    activity.messages.append("Contact \(slot.record.id) is on the maximum number of lists")
                }
            }
        case .removeMemberships(let selection, let excluded, let lists):
            change(selection, excluded, lists, share, activity) { slot, list in
                self.leave(slot, list, at: now)
            }
        case .deleteContacts(let selection):
            let slots = contacts(in: selection)
            for slot in slots.prefix(Int(Double(slots.count) * share)) where !slot.record.isDeleted {
                delete(slot, at: now)
            }
            activity.completed = slots.count
        case .deleteLists(let ids):
            for id in ids.prefix(Int(Double(ids.count) * share)) {
                if let list = list(id: id) { delete(list, at: now) }
            }
            activity.completed = ids.count
        case .export(let export):
            let rows = ContactExportFile.text(of: export, in: self)
            activity.result = (newID(), rows.text)
            activity.total = rows.count
            activity.completed = rows.count
        }
    }

    private func change(
        _ selection: ContactSelection,
        _ excluded: Set<String>,
        _ ids: [String],
        _ share: Double,
        _ activity: BulkActivity,
        _ apply: (ContactSlot, ContactList) -> Void
    ) {
        let targets = ids.compactMap { list(id: $0) }
        let slots = contacts(in: selection).filter { !excluded.contains($0.record.id) && !$0.record.isDeleted }
        let done = Int(Double(slots.count) * share)
        for slot in slots.prefix(done) {
            for list in targets { apply(slot, list) }
        }
        activity.total = slots.count
        activity.completed = done
    }

    /// The contacts of a selection; ids that nobody has are passed over (§6.2).
    func contacts(in selection: ContactSelection) -> [ContactSlot] {
        switch selection {
        case .contacts(let ids): ids.compactMap { contact(id: $0.lowercased()) }
        case .members(let ids): members(ofLists: ids).members.map { contacts[$0] }
        case .allActive: contacts.filter { $0.record.isActive }
        case .tags(let tags): contacts.filter { slot in slot.record.taggings.contains { tags.contains($0) } }
        case .none: []
        }
    }

    /// Everyone who is on one of several lists.
    func members(ofLists ids: [String]) -> OrdinalSet {
        var found = OrdinalSet()
        for id in ids {
            if let list = list(id: id) { found.formUnion(list.members) }
        }
        return found
    }
}
