/// The value of one attribute of one record.
///
/// Dates are days and datetimes seconds since 1970; what they look like on the wire is the column's business.
enum WorkbooksValue: Sendable, Equatable {
    case null
    case bool(Bool)
    case int(Int)
    case text(String)

    var int: Int? { if case .int(let value) = self { value } else { nil } }
    var text: String? { if case .text(let value) = self { value } else { nil } }
    var isTrue: Bool { self == .bool(true) }
}
