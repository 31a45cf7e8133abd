import Sandbox

/// What became of a mailing, in people: what it should be, or what `causeway report` says.
struct DemoMailing: Sendable, Equatable {
    var sent = 0
    var delivered = 0
    var opened = 0
    var clicked = 0
    var hardBounced = 0
    var softBounced = 0
    var optedOut = 0

    /// What the people of a cast do, each one thing but for a click, which opens too.
    init(sent: Int, cast: DemoMailingCast) {
        self.sent = sent
        delivered = sent - 2
        opened = cast.openers.count
        clicked = cast.openers.prefix(DemoMailingCast.clicks).count
        hardBounced = 1
        softBounced = 1
        optedOut = 1
    }

    /// Reads a mailing as `causeway report --json` has it.
    init(_ json: SandboxJSON) {
        sent = json["sent"]?.intValue ?? 0
        delivered = json["delivered"]?.intValue ?? 0
        opened = json["opened"]?.intValue ?? 0
        clicked = json["clicked"]?.intValue ?? 0
        hardBounced = json["hardBounced"]?.intValue ?? 0
        softBounced = json["softBounced"]?.intValue ?? 0
        optedOut = json["optedOut"]?.intValue ?? 0
    }

    /// In a line.
    var text: String {
        "\(sent) sent, \(delivered) delivered, \(opened) opened, \(clicked) clicked, \(hardBounced) hard and "
            + "\(softBounced) soft bounced, \(optedOut) opted out"
    }
}
