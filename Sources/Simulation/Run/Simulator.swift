import Foundation
import Reconciliation
import Store

/// Lives simulated lives, one after the other, in a directory of its own.
package final class Simulator: Sendable {
    private let directory: String
    private let templates: [Bool: TemplateStore]

    /// Makes the templates that lives begin with.
    ///
    /// - Parameter directory: anything in it may be replaced; on a disk in memory lives are quick.
    package init(in directory: String) async throws {
        self.directory = directory
        var templates: [Bool: TemplateStore] = [:]
        for hasOther in [false, true] {
            templates[hasOther] = try await TemplateStore(
                in: "\(directory)/template-\(hasOther ? 2 : 1)",
                accounts: Self.accounts(hasOther: hasOther)
            )
        }
        self.templates = templates
    }

    private static func accounts(hasOther: Bool) -> [Account] {
        let now = VirtualClock().now
        let crm = Account(name: World.crmAccount, role: .crm, kind: "workbooks", createdAt: now)
        let providers = (hasOther ? [World.cc, World.other] : [World.cc]).map {
            Account(name: $0, role: .provider, kind: "constant-contact", createdAt: now)
        }
        return [crm] + providers
    }

    /// Lives one life; one at a time.
    package func live(_ plan: WorldPlan) async throws -> LifeResult {
        guard let template = templates[plan.hasOther] else { preconditionFailure("there are two templates") }
        let world = try World(plan, in: "\(directory)/life", template: template)
        var wrongs: [String]
        do { wrongs = try await world.live() } catch {
            wrongs = world.history.wrongs + ["the life did not end: \(error)"]
            if plan.isTraced { try world.traceFile() }
        }
        try world.end()
        var diedAt: Int?
        if case .at(let step) = plan.mortality { diedAt = step }
        return LifeResult(
            seed: plan.seed,
            wrongs: wrongs,
            steps: world.mortality.steps,
            deaths: world.mortality.deaths,
            died: world.mortality.died,
            reached: world.mortality.reached,
            trace: world.trace,
            diedAt: diedAt,
            isFullLength: plan.isFullLength
        )
    }
}
