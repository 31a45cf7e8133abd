import Reconciliation

/// One value as a database takes it.
package enum SQLValue: Hashable, Sendable {
    case null
    case integer(Int64)
    case real(Double)
    case text(String)
    case blob([UInt8])
}

/// A type whose values can be bound into `SQL` by interpolation.
package protocol SQLBindable {
    /// The value as the database takes it.
    var sqlValue: SQLValue { get }
}

extension SQLValue: SQLBindable {
    package var sqlValue: SQLValue { self }
}

extension Int: SQLBindable {
    package var sqlValue: SQLValue { .integer(Int64(self)) }
}

extension Int64: SQLBindable {
    package var sqlValue: SQLValue { .integer(self) }
}

extension Bool: SQLBindable {
    /// 1 for true, 0 for false.
    package var sqlValue: SQLValue { .integer(self ? 1 : 0) }
}

extension Double: SQLBindable {
    package var sqlValue: SQLValue { .real(self) }
}

extension String: SQLBindable {
    package var sqlValue: SQLValue { .text(self) }
}

extension Array: SQLBindable where Element == UInt8 {
    package var sqlValue: SQLValue { .blob(self) }
}

extension Optional: SQLBindable where Wrapped: SQLBindable {
    package var sqlValue: SQLValue {
        switch self {
        case .some(let value): value.sqlValue
        case .none: .null
        }
    }
}

extension Timestamp: SQLBindable {
    /// Milliseconds since the epoch.
    package var sqlValue: SQLValue { .integer(milliseconds) }
}

extension Address: SQLBindable {
    /// The compared form.
    package var sqlValue: SQLValue { .text(text) }
}

extension AccountID: SQLBindable {
    package var sqlValue: SQLValue { .text(rawValue) }
}

extension ListID: SQLBindable {
    package var sqlValue: SQLValue { .text(rawValue) }
}

extension ContactID: SQLBindable {
    package var sqlValue: SQLValue { .text(rawValue) }
}

extension CampaignID: SQLBindable {
    package var sqlValue: SQLValue { .integer(rawValue) }
}

extension MemberID: SQLBindable {
    package var sqlValue: SQLValue { .integer(rawValue) }
}

extension LinkID: SQLBindable {
    package var sqlValue: SQLValue { .integer(rawValue) }
}
