import Bridge
import Reconciliation
import Store

extension Mutation {
    /// Every guard, broken in turn.
    package static var guards: [Mutation] {
        [
            Mutation(
                "off the lists",
                "who opted out stays on the lists of accounts that refuse the unsubscribe",
                decisions: without { operation in
                    switch operation {
                    case .remove(_, _, _, isOptOut: true), .unsubscribe: true
                    default: false
                    }
                }
            ),
            Mutation(
                "leaving",
                "who left a campaign stays on its list",
                decisions: without { operation in
                    if case .remove(_, _, _, isOptOut: false) = operation { true } else { false }
                }
            ),
            Mutation(
                "leaving status",
                "leaving statuses mean nothing",
                decisions: seeing { view in
                    for index in view.members.indices { view.members[index].isLeaving = false }
                }
            ),
            Mutation("departure", "who left a list is put back", decisions: seeingAccounts { $0.departures = [] }),
            Mutation(
                "in flight",
                "additions and removals go together",
                decisions: seeingAccounts { $0.isInFlight = false }
            ),
            Mutation(
                "own flags",
                "Causeway's own flags count as opt-outs",
                decisions: Decisions(record: { reading in
                    var reading = reading
                    reading.ownWrite = nil
                    return reading
                })
            ),
            Mutation(
                "own unsubscribes",
                "Causeway's own unsubscribes count as opt-outs",
                decisions: Decisions(contact: { reading in
                    var reading = reading
                    reading.ownUnsubscribeIsOpen = false
                    return reading
                })
            ),
            Mutation(
                "sending",
                "consent is not checked where a row is marked as in flight, nor whether the decision is out of date",
                patch: StatementPatch(
                    { sql, isWriting in
                        isWriting && (sql.text.hasPrefix("DELETE FROM dirty") || sql.text.isLatestOptOuts)
                    },
                    becomes: { sql in
                        if sql.text.isLatestOptOuts { return "SELECT '', 0 WHERE FALSE" }
                        return "DELETE FROM dirty WHERE id = \(sql.arguments[0]) AND account = \(sql.arguments[1])"
                    }
                )
            ),
            Mutation(
                "claiming",
                "a mark that was made since the decision goes with it, and the decision is sent all the same",
                patch: StatementPatch(
                    { sql, isWriting in isWriting && sql.text.hasPrefix("DELETE FROM dirty") },
                    becomes: { sql in
                        "DELETE FROM dirty WHERE id = \(sql.arguments[0]) AND account = \(sql.arguments[1])"
                    }
                )
            ),
            Mutation(
                "reading back",
                "calls that were under way when the process ended are forgotten",
                patch: StatementPatch(
                    { sql, isWriting in isWriting && sql.text.hasPrefix("UPDATE intent SET state = 'confirming'") },
                    becomes: { _ in "UPDATE intent SET state = 'done' WHERE FALSE" }
                )
            ),
            Mutation(
                "baseline",
                "people are added before the opt-outs that stand were read",
                patch: StatementPatch(
                    { sql, isWriting in !isWriting && sql.arguments.contains(.text("baseline")) },
                    becomes: { _ in "SELECT '1'" }
                )
            ),
            Mutation(
                "erasure",
                "an address that was erased is taken for a new one",
                patch: StatementPatch(
                    { sql, _ in sql.text == "SELECT 1 FROM erased_address LIMIT 1" },
                    becomes: { _ in "SELECT 1 WHERE FALSE" }
                )
            ),
            Mutation("holds", "what somebody decides on a hold means nothing", decisions: seeing { $0.holds = [:] }),
            Mutation(
                "shrunken sources",
                "a source that suddenly reads as empty is believed",
                decisions: Decisions(isSuspicious: { _, _ in false })
            ),
            Mutation(
                "hidden records",
                "records that are hidden, many at once, are believed to be gone",
                decisions: Decisions(isHiding: { _, _, _ in false })
            ),
            Mutation(
                "hidden one by one",
                "while many records are held for hidden, one that is read by itself is believed to be gone",
                decisions: Decisions(isHiding: { Breaker.isHiding(unanswered: $0, of: $1, isHeld: $2 && $0 >= 10) })
            ),
            Mutation(
                "asking again",
                "records that were not answered are never asked for again",
                patch: StatementPatch(
                    { sql, _ in sql.text.hasPrefix("SELECT kind, id FROM unanswered_record") },
                    becomes: { _ in "SELECT '', 0 WHERE FALSE" }
                )
            ),
            Mutation(
                "looking again",
                "what was looked for while records were hidden is not looked for anew",
                patch: StatementPatch(
                    { sql, _ in sql.text == "DELETE FROM watched" },
                    becomes: { _ in "DELETE FROM watched WHERE FALSE" }
                )
            ),
            Mutation("breaker", "a run may take off a list whomever it likes") { $0.breaker.rows = 1_000 },
            Mutation(
                "breaker wipes",
                "a run may empty whatever fields it likes",
                decisions: judging { $0 != .wipes }
            ),
            Mutation(
                "breaker day",
                "the runs of a day are not counted together",
                patch: StatementPatch(
                    { sql, _ in sql.text.contains("SELECT address FROM judged_row") },
                    becomes: { _ in "SELECT '' WHERE FALSE" }
                )
            ),
            Mutation(
                "breaker opt-outs",
                "whose removal the breaker holds is not taken off for an opt-out either",
                decisions: Decisions(plan: { view, now in
                    var plan = AddressDecision.plan(for: view, at: now)
                    guard view.holds.keys.contains(where: { $0.kind == .removals }) else { return plan }
                    plan.operations.removeAll { operation in
                        switch operation {
                        case .remove(_, _, _, isOptOut: true), .unsubscribe: true
                        default: false
                        }
                    }
                    return plan
                })
            ),
            Mutation(
                "lists of held links",
                "the list of a link that is held is left by whoever has no other",
                decisions: seeingAccounts { account in
                    let rules = account.rules
                    account.rules = AccountRules(
                        links: rules.links.filter { $0.standing == .running },
                        master: rules.master,
                        mappings: rules.mappings,
                        longestAddress: rules.longestAddress,
                        longestName: rules.longestName,
                        longestFieldValue: rules.longestFieldValue,
                        listsPerContact: rules.listsPerContact,
                        traits: rules.traits
                    )
                }
            ),
            Mutation(
                "budget",
                "calls are made that were not counted",
                patch: StatementPatch(
                    { sql, isWriting in isWriting && sql.text.hasPrefix("INSERT INTO budget") },
                    becomes: { _ in "DELETE FROM budget WHERE FALSE" }
                )
            ),
            Mutation(
                "reserve",
                "lanes spend what is kept for those before them",
                patch: StatementPatch(
                    { sql, _ in sql.text.hasPrefix("SELECT lane, used FROM budget") },
                    becomes: { sql in
                        // As many as there are in all, and each lane seems to have used what is kept for it.
                        """
                        SELECT 4, coalesce(sum(used), 0) - 3000000 FROM budget
                        WHERE key = \(sql.arguments[0]) AND day = \(sql.arguments[1])
                        UNION ALL SELECT 1, 1000000 UNION ALL SELECT 2, 1000000 UNION ALL SELECT 3, 1000000
                        """
                    }
                )
            ),
            Mutation(
                "former addresses",
                "an opt-out does not reach who had the address until lately",
                patch: StatementPatch(
                    { sql, _ in sql.text.hasPrefix("SELECT kind, id FROM former_address WHERE address") },
                    becomes: { _ in "SELECT '', 0 WHERE FALSE" }
                )
            ),
            Mutation(
                "watching",
                "nobody looks for further records of an address",
                patch: StatementPatch(
                    { sql, isWriting in !isWriting && sql.text.contains("FROM watched") },
                    becomes: { sql in everything(in: sql) }
                )
            ),
        ]
    }

    /// A query that answers every value that it is asked for.
    private static func everything(in sql: SQL) -> SQL {
        sql.arguments.reduce("SELECT '' WHERE FALSE") { "\($0) UNION SELECT \($1)" }
    }

    /// Every rule and every guard.
    package static var all: [Mutation] { rules + guards }
}

extension String {
    /// Whether this is the question which opt-outs stand on some addresses.
    fileprivate var isLatestOptOuts: Bool { hasPrefix("SELECT address, max(sequence) FROM standing_opt_out") }
}
