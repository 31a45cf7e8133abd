/// One setting: its path in `causeway.yaml`, its default, and what it means.
///
/// The environment has it as `CAUSEWAY_` and the path in capitals with underscores.
struct Setting: Sendable, Hashable {
    var path: String
    var fallback: String?
    var meaning: String
    var isSecret = false

    /// The environment's name of the setting.
    var environmentName: String {
        if let short = Setting.shortNames[path] { return short }
        var name = "CAUSEWAY_"
        for character in path {
            if character == "." {
                name.append("_")
            } else if character.isUppercase {
                name.append("_")
                name.append(character)
            } else {
                name += character.uppercased()
            }
        }
        return name
    }

    static let data = Setting(path: "data", fallback: "./causeway-data", meaning: "data directory")
    static let databaseURL = Setting(
        path: "database.url",
        fallback: nil,
        meaning: "database; SQLite in the data directory when empty",
        isSecret: true
    )
    static let listen = Setting(path: "listen", fallback: "0.0.0.0:8443", meaning: "address of the TLS listener")
    static let certificate = Setting(
        path: "tls.certificate",
        fallback: nil,
        meaning: "certificate files, separated by commas"
    )
    static let key = Setting(path: "tls.key", fallback: nil, meaning: "key files, paired with the certificates")
    static let clientAuthority = Setting(
        path: "tls.clientCa",
        fallback: nil,
        meaning: "authority of client certificates; set: they are required"
    )
    static let adminListen = Setting(
        path: "admin.listen",
        fallback: "127.0.0.1:8080",
        meaning: "address of the admin site (not built yet)"
    )
    static let publicURL = Setting(path: "public.url", fallback: nil, meaning: "public address of the listener")
    static let keyFile = Setting(
        path: "key.file",
        fallback: nil,
        meaning: "key file of sealed secrets; <data>/secret.key when empty"
    )
    static let outboundAuthority = Setting(
        path: "outbound.ca",
        fallback: nil,
        meaning: "extra authority for outbound TLS"
    )
    static let clearFlag = Setting(
        path: "optIn.clearFlag",
        fallback: "true",
        meaning: "a proved opt-in clears flags that Causeway had set"
    )
    static let bulk = Setting(
        path: "optIn.bulk",
        fallback: "10",
        meaning: "more flags than this gone in an hour are no operator's act"
    )
    static let markUndeliverable = Setting(
        path: "bounce.markUndeliverable",
        fallback: "true",
        meaning: "a hard bounce marks records as undeliverable"
    )
    static let publicNameField = Setting(
        path: "campaign.publicNameField",
        fallback: nil,
        meaning: "campaign attribute with the public name; found through metadata when empty"
    )
    static let unsubscribedStatus = Setting(
        path: "campaign.unsubscribedStatus",
        fallback: "Unsubscribed",
        meaning: "status that members get who opted out or left"
    )
    static let leavingStatuses = Setting(
        path: "campaign.leavingStatuses",
        fallback: "Unsubscribed",
        meaning: "statuses whose members are on no list, separated by commas"
    )
    static let softwareUsers = Setting(
        path: "crm.softwareUsers",
        fallback: nil,
        meaning: "ids of CRM users that are software, separated by commas"
    )
    static let walkBudget = Setting(
        path: "sync.walkBudget",
        fallback: "1500",
        meaning: "calls a day for walking lists"
    )
    static let departureSeconds = Setting(
        path: "sync.departureSeconds",
        fallback: "300",
        meaning: "seconds after a write of our own in which nobody is believed to have left a list"
    )
    static let confirmSeconds = Setting(
        path: "sync.confirmSeconds",
        fallback: "180",
        meaning: "seconds for which rows of a bulk change are looked for before they are decided again"
    )
    static let baselineSeconds = Setting(
        path: "gap.baselineSeconds",
        fallback: "86400",
        meaning: "seconds of not reading an account after which its first reading is a baseline"
    )
    static let additionsSeconds = Setting(
        path: "gap.additionsSeconds",
        fallback: "900",
        meaning: "seconds of not reading an account (at least three of its poll intervals) after which nobody is added "
            + "to any list until it is read"
    )
    static let breakerRows = Setting(
        path: "breaker.rows",
        fallback: "200",
        meaning: "so many removals, departures or emptied fields of a list are usual in 24 hours"
    )
    static let breakerShare = Setting(
        path: "breaker.share",
        fallback: "5",
        meaning: "the share of a list, in percent, that is usual in 24 hours where it is more than breaker.rows"
    )
    static let webhookCheckSeconds = Setting(
        path: "webhooks.checkSeconds",
        fallback: "3600",
        meaning: "seconds between two looks whether registered webhooks are still there"
    )
    static let logLevel = Setting(path: "log.level", fallback: "info", meaning: "least urgent level that is logged")

    static let all: [Setting] = [
        data, databaseURL, listen, certificate, key, clientAuthority, adminListen, publicURL, keyFile,
        outboundAuthority, clearFlag, bulk, markUndeliverable, publicNameField, unsubscribedStatus, leavingStatuses,
        softwareUsers, walkBudget, departureSeconds, confirmSeconds, baselineSeconds, additionsSeconds, breakerRows,
        breakerShare, webhookCheckSeconds, logLevel,
    ]

    private static let shortNames: [String: String] = [
        "tls.clientCa": "CAUSEWAY_TLS_CLIENT_CA",
        "outbound.ca": "CAUSEWAY_OUTBOUND_CA",
    ]
}
