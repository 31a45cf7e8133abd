import Foundation
import Reconciliation
import Store

/// A dry run put into a file: what would be done about each address, and what that was computed from.
///
/// The file carries a keyed digest of itself: one that was edited, or made by another installation, is refused.
package struct FrozenPlan: Sendable, Hashable, Codable {
    /// One thing to be done.
    package struct Step: Sendable, Hashable, Codable {
        package var action: String
        package var account: String
        package var subject: String?
        package var lists: [String]
        package var reason: String
        package var code: String?

        init(_ row: PlannedRow) {
            action = row.action.rawValue
            account = row.account.rawValue
            subject = row.subject
            lists = row.lists
            reason = row.reason
            code = row.code
        }

        /// Whether something is written; a row that is parked or waits is told and left.
        var isWritten: Bool {
            action != PlannedRow.Action.park.rawValue && action != PlannedRow.Action.wait.rawValue
        }
    }

    /// One address.
    package struct Row: Sendable, Hashable, Codable {
        package var address: String
        package var steps: [Step]
        /// What the steps were computed from, by name.
        package var base: [String: String]
    }

    /// A plan file that cannot be applied: why, and what to do.
    package struct Unusable: Error, CustomStringConvertible {
        package var description: String
    }

    package static let currentVersion = 1
    package static let format = "causeway plan"

    package var format: String
    package var version: Int
    package var madeAt: String
    /// The only campaign it is about; nil for all.
    package var campaign: Int64?
    package var rows: [Row]
    /// HMAC-SHA256 of all the rest under a key of this installation, in hexadecimal.
    package var digest: String

    init(madeAt: String, campaign: CampaignID?, rows: [Row], sealer: Sealer) throws {
        format = Self.format
        version = Self.currentVersion
        self.madeAt = madeAt
        self.campaign = campaign?.rawValue
        self.rows = rows
        digest = ""
        digest = try Self.digest(of: self, sealer: sealer)
    }

    /// Reads a file's content.
    ///
    /// - Throws: `Unusable`.
    package init(_ data: Data, sealer: Sealer) throws {
        struct Head: Decodable {
            var format: String
            var version: Int
        }
        let head: Head
        do { head = try JSONDecoder().decode(Head.self, from: data) } catch {
            throw Unusable(description: "the file is no plan; causeway plan --out makes one")
        }
        guard head.format == Self.format else {
            throw Unusable(description: "the file is no plan; causeway plan --out makes one")
        }
        guard head.version == Self.currentVersion else {
            throw Unusable(
                description: "the plan is of version \(head.version), and this program reads \(Self.currentVersion); "
                    + "make it anew with causeway plan --out"
            )
        }
        do { self = try JSONDecoder().decode(Self.self, from: data) } catch {
            throw Unusable(description: "the plan was edited or damaged; make it anew with causeway plan --out")
        }
        guard try Self.digest(of: self, sealer: sealer) == digest else {
            throw Unusable(
                description: "the plan was edited, or made with another data directory; make it anew with "
                    + "causeway plan --out"
            )
        }
    }

    /// The file's content.
    package func text() throws -> String { try Self.text(of: self, isPretty: true) }

    private static func digest(of plan: FrozenPlan, sealer: Sealer) throws -> String {
        var bare = plan
        bare.digest = ""
        return sealer.keyedDigest(of: Array(try text(of: bare, isPretty: false).utf8), use: "plan")
    }

    private static func text(of plan: FrozenPlan, isPretty: Bool) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        if isPretty { encoder.outputFormatting.insert(.prettyPrinted) }
        return String(decoding: try encoder.encode(plan), as: UTF8.self)
    }
}
