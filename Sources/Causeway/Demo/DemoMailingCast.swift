/// The people of a mailing who do something with it.
struct DemoMailingCast: Sendable {
    /// How many of those who open click, too.
    static let clicks = 2

    var openers: [DemoModel.Record]
    var bouncing: DemoModel.Record
    var full: DemoModel.Record
    var leaving: DemoModel.Record

    init(_ stage: DemoStage) throws {
        openers = []
        for _ in 0..<4 { openers.append(try stage.somebody(.both)) }
        bouncing = try stage.somebody(.both)
        full = try stage.somebody(.both)
        leaving = try stage.somebody(.both)
    }

    /// Those of whom something is to be learnt.
    var changed: [String] { [bouncing.main, leaving.main] }
    /// Everybody.
    var all: [String] { openers.map(\.main) + [full.main] + changed }
}
