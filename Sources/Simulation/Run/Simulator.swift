import Foundation
import Reconciliation
import Store

/// Lives simulated lives, one after the other, in a directory of its own.
package final class Simulator: Sendable {
    /// The files that lives are lived on, by whether there is another account.
    private let files: [Bool: LifeFile]

    /// Makes the files that lives are lived on.
    ///
    /// - Parameter directory: anything in it may be replaced; on a disk in memory lives are quick.
    package init(in directory: String) async throws {
        var files: [Bool: LifeFile] = [:]
        for hasOther in [false, true] {
            let number = hasOther ? 2 : 1
            let template = try await TemplateStore(
                in: "\(directory)/template-\(number)",
                accounts: Self.accounts(hasOther: hasOther)
            )
            files[hasOther] = try LifeFile(in: "\(directory)/life-\(number)", template: template)
        }
        self.files = files
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
        guard let file = files[plan.hasOther] else { preconditionFailure("there are two files") }
        let world = try World(plan, on: file)
        var wrongs: [String]
        do { wrongs = try await world.live() } catch {
            wrongs = world.history.wrongs + ["the life did not end: \(error)"]
            if plan.isTraced { try world.traceFile() }
        }
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
