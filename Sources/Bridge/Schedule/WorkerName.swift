import Reconciliation

/// The names of the workers, by which they are rung.
package enum WorkerName {
    package static let inbox = "inbox"
    package static func hints(_ account: AccountID) -> String { "hints:\(account)" }
    package static let crm = "crm"
    package static let clocks = "clocks"
    package static func urgent(_ account: AccountID) -> String { "urgent:\(account)" }
    package static func links(_ account: AccountID) -> String { "links:\(account)" }
    package static func reports(_ account: AccountID) -> String { "reports:\(account)" }
    package static func activities(_ account: AccountID) -> String { "activities:\(account)" }
}
