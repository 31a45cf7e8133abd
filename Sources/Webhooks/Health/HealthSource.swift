/// Where the answers about health come from; asked at most about once a second, however many probes there are.
package struct HealthSource: Sendable {
    package var report: @Sendable () async throws -> HealthReport
    package var readiness: @Sendable () async throws -> Readiness

    /// Makes a source; one that throws is answered as failing.
    package init(
        report: @escaping @Sendable () async throws -> HealthReport,
        readiness: @escaping @Sendable () async throws -> Readiness
    ) {
        self.report = report
        self.readiness = readiness
    }
}
