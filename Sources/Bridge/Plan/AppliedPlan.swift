/// What became of a plan that was to be applied.
package struct AppliedPlan: Sendable {
    /// A row whose base has moved.
    package struct Moved: Sendable, Hashable {
        package var address: String
        /// What moved, each as a sentence.
        package var what: [String]
    }

    /// Rows whose base has moved; when there are any, nothing was done.
    package var moved: [Moved] = []
    /// Rows that moved between the check and their turn, beside other work: these alone were left.
    package var overtaken: [Moved] = []
    /// Addresses that were handed over to be done.
    package var done: [String] = []
    /// Addresses of the plan that are parked, before or since.
    package var parked: [String] = []
    /// Addresses that are not finished: what is left for them is done by the next round.
    package var unfinished: [String] = []
}
