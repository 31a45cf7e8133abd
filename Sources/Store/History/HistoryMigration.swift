import Foundation
import Reconciliation

extension Migration {
    /// What the mirrors, the shadows and the parked rows were before they changed, so that any moment past can be told.
    static let history = Migration(name: "history") { connection in
        let isFresh = try HistorySchema.before.allSatisfy { table in
            try connection.value("SELECT 1 FROM \(raw: table) LIMIT 1") == nil
        }
        for statement in HistorySchema.statements {
            try connection.execute("\(raw: statement)")
        }
        if isFresh { return }
        // The one moment that nobody can pass in: what was read by an older version is known as it is from here on, and
        // how it was before is not.
        let now = Timestamp(milliseconds: Int64(Date().timeIntervalSince1970 * 1000))
        try Settings.set(History.startSetting, to: String(now.milliseconds), on: connection)
    }
}
