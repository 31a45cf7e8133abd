/// What the CRM is known to hold of one record, with what Causeway did to it.
package struct RecordMirror: Hashable, Sendable {
    package var record: CRMRecord {
        didSet { lastMain = record.mainAddress ?? lastMain }
    }
    /// Whether the flag that is set now was set by Causeway, to follow an opt-out of another source.
    package var flagIsOurs: Bool
    /// Whether the undeliverable mark that is set now was set by Causeway.
    package var markIsOurs: Bool
    /// Set while an operator's clearing of the flag is disputed (C6, C12): the ledger's last row at that time.
    ///
    /// An opt-out that arrives later ends the dispute and sets the flag again.
    package var disputedAfter: Int64?
    /// The rule of the dispute: C12 where the flag went without an operator's act, else C6.
    package var disputeRule: ConsentRule?
    /// The main address that the record had last; where it has none now, what stands on that one goes along to the next.
    package private(set) var lastMain: Address?

    package init(
        record: CRMRecord,
        flagIsOurs: Bool = false,
        markIsOurs: Bool = false,
        disputedAfter: Int64? = nil,
        disputeRule: ConsentRule? = nil,
        lastMain: Address? = nil
    ) {
        self.record = record
        self.flagIsOurs = flagIsOurs
        self.markIsOurs = markIsOurs
        self.disputedAfter = disputedAfter
        self.disputeRule = disputeRule
        self.lastMain = record.mainAddress ?? lastMain
    }
}
