import Bridge
import Reconciliation
import Store

extension World {
    /// Nobody is brought back in the end of those whose flags went together within an hour, as Causeway read it, the
    /// first of them included (C12).
    func checkBulkClearing() throws {
        let seen = try database.look { connection in
            try connection.rows("SELECT kind, id, at FROM cleared_flag ORDER BY at, rowid") {
                (record: RecordID($0.text(0) == "lead" ? .lead : .person, $0.int(1)), at: $0.int(2))
            }
        }
        for (record, clearing) in history.bulkCleared.sorted(by: { $0.key < $1.key })
        where !history.restored.contains(record) {
            let isTogether = seen.contains { sight in
                guard sight.record == record, sight.at >= clearing.at.milliseconds else { return false }
                // The hour that ends with some flag's going, and that this one lies in.
                return seen.contains { last in
                    guard sight.at <= last.at, sight.at >= last.at - 3_600_000 else { return false }
                    let hour = seen.filter { $0.at <= last.at && $0.at >= last.at - 3_600_000 }
                    return Set(hour.map(\.record)).count > Self.clearedFlagsOfOperators
                }
            }
            guard isTogether else { continue }
            for address in clearing.stood {
                let said = history.said(.record(record), address)
                // Somebody may have taken the clearing for an operator's act since.
                if said?.stands == true || said?.liftedUpTo != nil { continue }
                history.wrong("the flag of \(record) went with many, and \(address.text) was brought back")
            }
        }
    }
}
