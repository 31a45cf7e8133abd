import Reconciliation

/// Lives in which something happens that others come to too seldom, by seed.
///
/// Lives of early seeds stay as they were when they showed a fault.
extension WorldPlan {
    /// Whether things happen to many at once.
    var isCrowded: Bool { hidesRecords || !isSmall && seed > 250 && [7, 21, 47].contains(seed % 50) }
    /// Whether a permission changes in the CRM, so that many records cannot be read for a while.
    var hidesRecords: Bool { !isSmall && seed > 250 && [29, 41].contains(seed % 50) }
    /// Whether the breaker's limits are so low that a crowd trips them; elsewhere it holds nothing but what cannot be
    /// believed.
    ///
    /// Where records are hidden it does not, so that nothing but their own guard keeps people on the lists.
    var tripsBreaker: Bool { isCrowded && seed % 50 != 47 && !hidesRecords }
    /// How many rows a day are usual.
    var breaker: Breaker { tripsBreaker ? Breaker(rows: 2, percent: 20) : Breaker() }
    /// Whether what happens follows up what has just happened.
    var followsUp: Bool { overtakes || !isSmall && seed > 250 && [12, 18, 33].contains(seed % 50) }
    /// Whether what is being decided often changes, and is read, before the decision is carried out.
    var overtakes: Bool { !isSmall && seed > 250 && seed % 50 == 37 }
    /// At how many calls of a hundred another worker does a whole pass.
    var interruptions: Int { followsUp ? 20 : 3 }
    /// The times between steps, in milliseconds: what follows up does so soon.
    var pauses: [Int] { [300, 5_000, 40_000, 400_000] + (followsUp ? [] : [4_000_000]) }
    /// Whether operators decide on holds and erase.
    var hasOperators: Bool { isWide || isCrowded }
}
