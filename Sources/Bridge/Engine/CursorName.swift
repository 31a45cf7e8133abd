import Reconciliation

/// The names under which an account's reading positions are kept.
enum CursorName {
    static func changes(_ source: CRMSource) -> String { "changes:\(source.rawValue)" }
    /// The watermark of the opt-out poll.
    static let optOuts = "opt-outs"
    /// When the account was walked in whole after it was connected; nobody is added anywhere before.
    static let baseline = "baseline"
    /// When everybody who is unsubscribed was last walked.
    static let unsubscribedWalk = "unsubscribed-walk"
    /// When an account was last asked who it is.
    static let identity = "identity"
    /// When the list of everybody was last walked.
    static let masterWalk = "master-walk"
    /// When a link's list was last walked.
    static func listWalk(_ link: LinkID) -> String { "list-walk:\(link)" }
}
