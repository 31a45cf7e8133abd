/// The totals of a mailing, counted from its rows, so that they always equal them (mailchimp.md §13 item 46).
struct CampaignTotals {
    var opens = 0
    var openers = 0
    var lastOpen: Double?
    var clicks = 0
    var clickers = 0
    /// Clicks of different people on different links.
    var uniqueClicks = 0
    var lastClick: Double?
    var hardBounces = 0
    var softBounces = 0
    var unsubscribes: Int
    var complaints: Int
    private let sent: Int

    init(_ campaign: SentCampaign, until now: Double) {
        sent = campaign.recipients.count
        unsubscribes = campaign.unsubscribes.count { $0.at <= now }
        complaints = campaign.complaints.count { $0.at <= now }
        for recipient in campaign.recipients {
            let opened = recipient.opens(until: now), clicked = recipient.clicks(until: now)
            opens += opened.count
            clicks += clicked.count
            if !opened.isEmpty { openers += 1 }
            if !clicked.isEmpty { clickers += 1 }
            uniqueClicks += Set(clicked.compactMap(\.url)).count
            lastOpen = ([lastOpen] + opened.map(\.at)).compactMap(\.self).max()
            lastClick = ([lastClick] + clicked.map(\.at)).compactMap(\.self).max()
            switch recipient.status(until: now) {
            case "hard": hardBounces += 1
            case "soft": softBounces += 1
            default: break
            }
        }
    }

    /// Unique opens over what was delivered.
    var openRate: Double { rate(openers) }
    /// People who clicked over what was delivered.
    var clickRate: Double { rate(clickers) }

    private func rate(_ count: Int) -> Double {
        let delivered = sent - hardBounces - softBounces
        return delivered > 0 ? Double(count) / Double(delivered) : 0
    }
}
