/// Every step of the schema, oldest first.
package enum Migrations {
    package static let all: [Migration] = [
        .foundation,
        .domain,
        .proof,
        .intents,
        .convergence,
        .coverage,
        .holds,
        .contactStates,
        .hooks,
        .reports,
        .lastMain,
        .disputes,
        .readBack,
        .toldDeliveries,
        .plannerStatistics,
        .history,
        .addressChanges,
        .endedIntents,
        .soughtAddresses,
        .unansweredRecords,
    ]
}
