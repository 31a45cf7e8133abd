/// Seeds that once showed a fault, with what they showed: they are lived every time.
package enum KeptSeeds {
    /// A life that once ended badly.
    package struct Kept: Sendable {
        /// The seed of a life of forty steps and eight deaths.
        package var seed: UInt64
        /// Whether the life has all of its forty steps, or as many as its seed says.
        package var isFullLength = true
        /// What was wrong.
        package var found: String

        /// The life's plan.
        package var plan: WorldPlan {
            var plan = WorldPlan(seed: seed, steps: 40, deaths: 8)
            plan.isFullLength = isFullLength
            return plan
        }
    }

    package static let all: [Kept] = [
        Kept(seed: 16, found: "a removal that was handed over again counted as stuck at once, for ever"),
        Kept(seed: 32, found: "software cleared a flag, an operator edited the record, and it was the operator's"),
        Kept(seed: 41, found: "a provider's clock was behind: no opt-out reached contacts just imported"),
        Kept(seed: 65, isFullLength: false, found: "who confirmed a return that had been waiting was never read again"),
        Kept(seed: 77, found: "a restored record, edited up to its old version, was an operator's clearing"),
        Kept(seed: 106, found: "as seed 41, at another account"),
        Kept(seed: 151, found: "as seed 41, with a bounce in between"),
        Kept(seed: 167, found: "as seed 41: who left a campaign stayed on its list"),
        Kept(seed: 179, found: "as seed 32, where another source stands"),
        Kept(
            seed: 185,
            isFullLength: false,
            found: "own clearing, its answer lost, then an edit: an operator's clearing"
        ),
        Kept(
            seed: 2689,
            isFullLength: false,
            found: "who left and came back while an import was under way was parked as refused by it"
        ),
        Kept(
            seed: 529,
            isFullLength: false,
            found: "a removal that was handed over again late counted as stuck at once, and came after who was put back"
        ),
        Kept(
            seed: 541,
            isFullLength: false,
            found: "who had left a list was not marked for their status when the campaign was linked to it again"
        ),
        Kept(
            seed: 991,
            isFullLength: false,
            found: "a member that came to stand for who had left a list was not marked for its status"
        ),
        Kept(
            seed: 668,
            isFullLength: false,
            found: "two changed contacts made three addresses one, and the third was not marked for the first's opt-out"
        ),
        Kept(
            seed: 808,
            isFullLength: false,
            found: "a changed contact, one with an opted-out address, was subscribed again and not marked"
        ),
        Kept(
            seed: 1318,
            isFullLength: false,
            found: "who had opted out stayed on a list that a new link took over, until it was verified"
        ),
        Kept(
            seed: 1463,
            isFullLength: false,
            found: "whom a lost import had put on a list that is gone stayed on the others for good"
        ),
        Kept(
            seed: 1594,
            isFullLength: false,
            found: "who left a list before the import was read back was parked as refused, and decided no more"
        ),
        Kept(
            seed: 2138,
            isFullLength: false,
            found: "a record got an address that was one with an opted-out one, and was not marked for the CRM"
        ),
        Kept(
            seed: 3434,
            isFullLength: false,
            found: "whom a lost import had put on lists and who had left one of them stayed on the others for good"
        ),
        Kept(
            seed: 7157,
            isFullLength: false,
            found: "a held removal was taken for gone while another one of theirs was under way, and not marked again"
        ),
        Kept(
            seed: 7440,
            isFullLength: false,
            found: "whom an import had made beside a contact that had moved was never read, and no opt-out reached them"
        ),
        Kept(
            seed: 476,
            isFullLength: false,
            found: "an unsubscribe of Causeway's was taken back for a list of its own whose link had ended"
        ),
        Kept(
            seed: 2813,
            isFullLength: false,
            found: "a changed contact was put back, and a record's other address was not marked for what that ended"
        ),
        Kept(
            seed: 4294,
            isFullLength: false,
            found: "whom an import had put on a list that another link took over meanwhile stayed on it"
        ),
    ]
}
