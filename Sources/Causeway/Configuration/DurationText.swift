import ArgumentParser

/// A span as `500ms`, `30s`, `15m`, `2h` or `1d` (design §8).
struct DurationText: ExpressibleByArgument, Sendable, Hashable, CustomStringConvertible {
    var milliseconds: Int64

    init(milliseconds: Int64) {
        self.milliseconds = milliseconds
    }

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

    /// The span in its largest whole unit, as it is read.
    var description: String {
        let units: [(suffix: String, milliseconds: Int64)] = [
            ("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000),
        ]
        for unit in units where milliseconds >= unit.milliseconds && milliseconds % unit.milliseconds == 0 {
            return "\(milliseconds / unit.milliseconds)\(unit.suffix)"
        }
        return "\(milliseconds)ms"
    }

    var defaultValueDescription: String { description }
}
