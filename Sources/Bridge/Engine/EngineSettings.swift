import Reconciliation
import Store

/// The settings that the engine obeys (design §8), with their defaults.
package struct EngineSettings: Sendable {
    /// `optIn.clearFlag`: whether a proved opt-in clears flags that Causeway had set.
    package var clearsFlagOnOptIn = true
    /// `optIn.bulk`: more flags than this gone within an hour are no operator's act (rule C12).
    package var bulkClearedFlags = 10
    /// `bounce.markUndeliverable`: whether a hard bounce sets the record's undeliverable mark.
    package var marksUndeliverable = true
    /// `crm.softwareUsers`: CRM users that are software; what they clear is no operator's act.
    package var softwareUsers: Set<Int64> = []
    /// The user as whom the CRM client writes, where it is known.
    package var ownUser: Int64?
    /// The version of accounts and mappings that the engine was made from.
    package var configurationVersion: Int64 = 0
    /// `sync.scanInterval`: how often a campaign's members are scanned in whole, in seconds.
    package var secondsBetweenScans: Int64 = 86_400
    /// `sync.walkBudget`: calls a day for walking lists, a budget line of their own.
    package var walkCallsPerDay: Int64 = 1_500
    /// `sync.confirmSeconds`: how long an import's rows may stay unseen before they are decided again, in seconds.
    package var secondsToConfirm: Int64 = 180
    /// `breaker.rows` and `breaker.share`: how many a run may take off a list before somebody has to approve it.
    package var breaker = Breaker()
    /// How often an account is asked whether it is still the one that was connected, in seconds.
    package var secondsBetweenIdentities: Int64 = 3_600
    /// How long a bulk change may be under way before it counts as stuck, in seconds.
    package var secondsToEnd: Int64 = 2 * 3600
    /// `sync.departureSeconds`: how long after a write of our own nobody is believed to have left a list (design §4).
    package var secondsBeforeDeparture: Int64 = 300
    /// `gap.baselineSeconds`: after a gap longer than this the first reading of each side is a baseline (design §3).
    package var secondsBeforeBaseline: Int64 = 86_400
    /// `gap.additionsSeconds`: an account that was not read for longer than this, and than three of its poll intervals,
    /// keeps everybody from being added anywhere until it is read (design §3).
    package var secondsUntilAdditionsWait: Int64 = 900
    /// How long the senders of an account's deliveries repeat what was not answered, where that is the only way to learn
    /// it; an account without one is read back in whole.
    package var deliveryWindows: [AccountID: DeliveryWindow] = [:]
    /// Addresses decided in one round of the urgent lanes, and of the bulk lane: there more than twice as many as an
    /// import takes (constant-contact.md §6.4), since most rounds have addresses with nothing to send, and the last import
    /// that a round could fill in part is left to the next one.
    package var urgentRound = 2_000
    package var bulkRound = 100_000
    /// Opt-outs up to this many are unsubscribed without being taken off the lists in bulk first.
    package var unsubscribesWithoutRemoval = 25

    package init() {}
}
