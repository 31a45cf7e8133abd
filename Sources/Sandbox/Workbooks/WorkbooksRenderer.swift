/// Writes records as JSON text, directly: a page of a hundred records has thousands of values.
struct WorkbooksRenderer {
    let database: WorkbooksDatabase
    let type: WorkbooksRecordType
    let formats: WorkbooksDates.Formats
    /// Whether what is told once has been told.
    var hidesWhatIsToldOnce = false

    /// Appends a record as an object with these attributes.
    func write(_ record: WorkbooksRecord, columns: [WorkbooksColumn], into out: inout String) {
        out += "{"
        for (index, column) in columns.enumerated() {
            if index > 0 { out += "," }
            out += column.jsonKey
            let isHidden = hidesWhatIsToldOnce && column.isToldOnce
            write(isHidden ? .null : database.value(column, record, type), of: column, into: &out)
        }
        out += "}"
    }

    private func write(_ value: WorkbooksValue, of column: WorkbooksColumn, into out: inout String) {
        switch value {
        case .bool(let flag): out += flag ? "true" : "false"
        case .text(let text): SandboxJSON.quote(text, into: &out)
        case .int(let number):
            switch column.datatype {
            case .datetime:
                SandboxJSON.quote(WorkbooksDates.datetimeText(epoch: number, formats), into: &out)
            case .date: SandboxJSON.quote(WorkbooksDates.dateText(days: number, formats), into: &out)
            default: out += String(number)
            }
        case .null:
            if column.datatype == .currency {
                out += "\"  0\""
            } else {
                out += column.showsBlank ? "\"\"" : "null"
            }
        }
    }
}
