import Crypto
import Foundation
import Reconciliation

extension Store {
    /// Writes a backup into a new file, beside whatever works on the store.
    ///
    /// - Throws: `BackupError`, `StoreError`, `KeyError`.
    package func backUp(to path: String, at moment: Timestamp) async throws {
        guard let key = try KeyFile.read(at: keyFile) else { throw KeyError.missing(path: keyFile) }
        guard Sealer(key: key).checkValue == sealer.checkValue else { throw KeyError.wrongKey(path: keyFile) }
        try await Backup.write(
            of: Store.databasePath(in: dataDirectory),
            key: key.withUnsafeBytes { Array($0) },
            to: path,
            at: moment
        )
    }
}
