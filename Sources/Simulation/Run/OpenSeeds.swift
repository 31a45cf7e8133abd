/// Seeds of lives that show a fault which is known and not mended: they are lived every time, and told of.
///
/// They are no reason to fail, and one of them that ends well is: it has to be taken off the list, and kept as a seed that
/// once showed a fault.
package enum OpenSeeds {
    /// What is wrong, by the seed of a life of forty steps and eight deaths.
    static let bySeed: [UInt64: String] = [
        7157:
            "a removal that the breaker held, and whose cause was gone meanwhile, is not marked when it is to be done",
        7440:
            "an import made a new contact, as the known one had got another address at the provider unread; the new one "
            + "was never read, since its list was deleted, and no opt-out reaches it",
    ]

    /// What is known to be wrong with a life of such a plan; nil where nothing is.
    package static func fault(of life: LifeResult, steps: Int, deaths: Int) -> String? {
        guard steps == 40, deaths == 8, life.diedAt == nil, !life.isFullLength else { return nil }
        return bySeed[life.seed]
    }

    /// The seeds of a range, lived with so many steps and deaths, that are known to end badly.
    package static func among(_ range: ClosedRange<UInt64>, steps: Int, deaths: Int) -> [UInt64] {
        steps == 40 && deaths == 8 ? bySeed.keys.filter(range.contains).sorted() : []
    }
}
