import Reconciliation

/// One bulk request.
package enum BulkChange: Sendable, Hashable, Codable {
    /// Create or update contacts and put all of them on all of the lists.
    case upsert([ContactRow], onto: [ListID])
    /// Take all of the contacts off all of the lists.
    case remove([ContactReference], from: [ListID])
}
