import ArgumentParser

/// A span as `500ms`, `30s`, `15m`, `2h` or `1d` (design §8).
struct DurationText: ExpressibleByArgument, Sendable, Hashable {
    var milliseconds: Int64

    init?(argument: String) {
        let units: [(suffix: String, milliseconds: Int64)] = [
            ("ms", 1), ("s", 1_000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000),
        ]
        for unit in units where argument.hasSuffix(unit.suffix) {
            guard let count = Int64(argument.dropLast(unit.suffix.count)), count > 0 else { continue }
            let (product, overflow) = count.multipliedReportingOverflow(by: unit.milliseconds)
            guard !overflow else { return nil }
            milliseconds = product
            return
        }
        return nil
    }
}
