import Reconciliation

/// A day of UTC, as budgets are kept by.
package struct BudgetDay: Hashable, Comparable, Sendable {
    /// The date written as one number: 20260131.
    package let number: Int64
    /// Days since 1970-01-01.
    private let ordinal: Int64

    /// The day of a moment.
    package init(of moment: Timestamp) {
        let seconds = moment.seconds
        self.init(ordinal: seconds >= 0 ? seconds / 86_400 : (seconds - 86_399) / 86_400)
    }

    private init(ordinal: Int64) {
        self.ordinal = ordinal
        self.number = Self.number(ofDay: ordinal)
    }

    /// The moment at which the day ends and the next budget begins.
    package var end: Timestamp {
        Timestamp(seconds: (ordinal + 1) * 86_400)
    }

    package static func < (left: BudgetDay, right: BudgetDay) -> Bool { left.ordinal < right.ordinal }

    /// The Gregorian date of a day since 1970, reckoned in years that start in March so that the leap day is last.
    private static func number(ofDay ordinal: Int64) -> Int64 {
        // Days since 0000-03-01, in eras of 400 years.
        let days = ordinal + 719_468
        let era = (days >= 0 ? days : days - 146_096) / 146_097
        let dayOfEra = days - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        return year * 10_000 + month * 100 + day
    }
}
