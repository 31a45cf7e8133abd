import Bridge
import Reconciliation
import Store

extension Mutation {
    /// Every rule, broken in turn.
    package static var rules: [Mutation] {
        [
            Mutation("C1", "a person's unsubscribe is not written down", decisions: dropping(.c1)),
            Mutation(
                "C1 flag",
                "opt-outs set no flag",
                decisions: without { if case .flag(_, true, _) = $0 { true } else { false } }
            ),
            Mutation(
                "C1 status",
                "opt-outs set no member's status",
                decisions: without { if case .leavingStatus = $0 { true } else { false } }
            ),
            Mutation(
                "C1 elsewhere",
                "who opted out is not unsubscribed at the other accounts",
                decisions: without { if case .unsubscribe = $0 { true } else { false } }
            ),
            Mutation("C2", "a complaint is not written down", decisions: dropping(.c2)),
            Mutation("C3", "an unsubscribe by the account is not written down", decisions: dropping(.c3)),
            Mutation("C4", "a flag that is set in the CRM is not written down", decisions: dropping(.c4)),
            Mutation("C5", "an operator's clearing lifts nothing", decisions: dropping(.c5)),
            Mutation(
                "C5 followers",
                "flags of Causeway's own stay when nothing asks for them",
                decisions: without { if case .flag(_, false, _) = $0 { true } else { false } }
            ),
            Mutation(
                "C6",
                "a disputed flag is set again at once",
                decisions: seeing { view in
                    for index in view.records.indices { view.records[index].mirror.disputedAfter = nil }
                }
            ),
            Mutation("C6 own", "the record's own opt-out is not lifted in a dispute", decisions: dropping(.c6)),
            Mutation("C7", "a person's return is not written down", decisions: dropping(.c7)),
            Mutation(
                "C7 proof",
                "whoever subscribes a contact again counts as the person",
                decisions: Decisions(contact: { reading in
                    var reading = reading
                    reading.now.optInBy = .contact
                    return reading
                })
            ),
            Mutation(
                "C7 lifting",
                "Causeway's unsubscribes are never taken back",
                decisions: without { if case .resubscribe = $0 { true } else { false } }
            ),
            Mutation(
                "C7 status",
                "statuses of Causeway's stay after a return",
                decisions: without { if case .previousStatus = $0 { true } else { false } }
            ),
            Mutation("C8", "a bounce is not written down", decisions: dropping(.c8, .undeliverable)),
            Mutation(
                "C8 mark",
                "a bounce sets no mark",
                decisions: without { if case .mark = $0 { true } else { false } }
            ),
            Mutation(
                "C8 lists",
                "a bouncing address stays on its lists",
                decisions: seeing { $0.isUndeliverable = false }
            ),
            Mutation(
                "C9",
                "a deleted contact is made again",
                decisions: seeingAccounts { if $0.shadow?.contact.isDeleted == true { $0.shadow = nil } }
            ),
            Mutation(
                "C10",
                "asking to opt in counts as having opted in",
                decisions: Decisions(contact: { reading in
                    var reading = reading
                    if reading.now.permission == .pendingConfirmation { reading.now.permission = .explicit }
                    return reading
                })
            ),
            Mutation(
                "C11",
                "a contact whose address changed is nobody's any more",
                decisions: seeingAccounts { $0.moved = nil }
            ),
            Mutation(
                "C11 twins",
                "an opt-out of one address is none of the other that the contact has had",
                patch: StatementPatch(
                    { sql, isWriting in !isWriting && sql.text.contains("FROM moved_contact WHERE old IN") },
                    becomes: { _ in "SELECT '', '', '', '', 0 WHERE FALSE" }
                )
            ),
            Mutation("C12 software", "software counts as an operator") { $0.softwareUsers = [] },
            Mutation("C12 bulk", "flags that go in bulk are an operator's act") { $0.bulkClearedFlags = 1000 },
            Mutation(
                "C12 restored",
                "an older version of a record counts as an operator's act",
                decisions: Decisions(record: { reading in
                    var reading = reading
                    if let before = reading.before, reading.now.lockVersion < before.record.lockVersion {
                        reading.now.lockVersion = before.record.lockVersion + 1
                    }
                    return reading
                })
            ),
            Mutation(
                "C13",
                "who was subscribed again by somebody stays subscribed",
                decisions: Decisions(plan: { view, now in
                    var plan = AddressDecision.plan(for: view, at: now)
                    let undone = view.accounts.filter { $0.shadow?.ownUnsubscribe != nil }.map(\.account)
                    plan.operations.removeAll { operation in
                        if case .unsubscribe(let account, _) = operation { undone.contains(account) } else { false }
                    }
                    return plan
                })
            ),
            Mutation(
                "C13 pace",
                "who is subscribed again is unsubscribed again at once",
                decisions: seeingAccounts { $0.shadow?.ownUnsubscribe?.doneAt = Timestamp(milliseconds: 0) }
            ),
        ]
    }
}
