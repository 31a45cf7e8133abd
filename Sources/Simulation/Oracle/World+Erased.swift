import Reconciliation
import Store

extension World {
    /// Nothing in the file has an address that was erased (design §3, *Erasure*).
    func checkErased() throws {
        let erased = history.erasedAddresses
        if erased.isEmpty { return }
        try database.look { connection in
            let columns = try connection.rows(
                """
                SELECT m.name, c.name FROM sqlite_master m JOIN pragma_table_info(m.name) c
                WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%' ORDER BY m.name, c.name
                """
            ) { (table: $0.text(0), name: $0.text(1)) }
            for address in erased {
                for column in columns {
                    let found = try connection.value(
                        """
                        SELECT 1 FROM \(raw: column.table)
                        WHERE instr(lower(CAST("\(raw: column.name)" AS TEXT)), \(address.text)) > 0 LIMIT 1
                        """
                    )
                    if found != nil { history.wrong("\(address.text) was erased, and is in \(column)") }
                }
            }
        }
    }
}
