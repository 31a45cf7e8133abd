import Bridge
import Foundation
import NIOCore
import Reconciliation

extension WorkbooksClient {
    /// Every campaign that is not deleted, in id order.
    package func campaigns() async throws -> [Campaign] {
        let publicName = try await publicNameField()
        let found: [CampaignRow] = try await allRows(
            of: .campaigns,
            columns: CampaignRow.columns + (publicName.map { [$0] } ?? []),
            filter: nil,
            operation: "read campaigns",
            context: publicName.map { [.workbooksPublicName: $0] } ?? [:],
            id: \.campaign.id.rawValue
        )
        return found.map(\.campaign)
    }

    package func statuses(of campaign: CampaignID) async throws -> [MembershipStatus] {
        try await statusRows(of: campaign).map(\.status)
    }

    /// Creates a membership status, or gives the one of that text, which an interrupted earlier attempt may have made.
    ///
    /// Texts are compared without case. Of several statuses, one that carries our reference and then the oldest is chosen.
    ///
    /// - Throws: `PortError` with `unknownOutcome` when the answer was lost and the status is not there (yet): calling
    ///   again is safe.
    package func createStatus(in campaign: CampaignID, text: String) async throws -> MembershipStatus {
        let reference = "causeway/status/\(campaign)/\(text.prefix(200))"
        if let known = try await status(of: campaign, text: text, reference: reference) { return known }
        let row = WriteBatch.Row(
            id: 0,
            lockVersion: 0,
            values: [
                "marketing_campaign_id": String(campaign.rawValue),
                "status": text,
                "created_through_reference": reference,
            ]
        )
        let operation = "create a membership status"
        let created: (id: Int64?, judgement: WriteJudgement)
        do {
            created = try await send([row], to: .statuses, operation: operation)
        } catch let error as PortError where error.code == .unknownOutcome {
            guard let made = try await status(of: campaign, text: text, reference: reference) else { throw error }
            return made
        }
        switch created.judgement {
        case .rows(let outcomes):
            if case .written = outcomes.first, let id = created.id {
                return MembershipStatus(id: id, campaign: campaign, text: text)
            }
            throw PortError(.refused, operation: operation, detail: "Workbooks refused: \(outcomes)", status: 200)
        case .batchRefused(let texts):
            throw PortError(.refused, operation: operation, detail: texts.joined(separator: "; "), status: 200)
        case .unclear(let why):
            guard let made = try await status(of: campaign, text: text, reference: reference) else {
                throw PortError(.unknownOutcome, operation: operation, detail: "Workbooks answered \(why)", status: 200)
            }
            return made
        }
    }

    private func publicNameField() async throws -> String? {
        if let set = transport.configuration.publicNameField { return set }
        return try await schema().publicNameField
    }

    private func status(of campaign: CampaignID, text: String, reference: String) async throws -> MembershipStatus? {
        let alike = try await statusRows(of: campaign).filter { $0.status.text.lowercased() == text.lowercased() }
        return (alike.first { $0.reference == reference } ?? alike.first)?.status
    }

    private func statusRows(of campaign: CampaignID) async throws -> [StatusRow] {
        try await allRows(
            of: .statuses,
            columns: StatusRow.columns,
            filter: .test("marketing_campaign_id", .equal, String(campaign.rawValue)),
            operation: "read membership statuses",
            id: \.status.id
        )
    }
}
