import Synchronization

/// The faults that are waiting for their calls, in the order in which they were added.
package final class FaultBook: Sendable {
    private let faults = Mutex<[SandboxFault]>([])

    /// Makes an empty book.
    package init() {}

    /// Adds a fault.
    package func add(_ fault: SandboxFault) {
        faults.withLock { $0.append(fault) }
    }

    /// Removes every fault.
    package func removeAll() {
        faults.withLock { $0.removeAll() }
    }

    /// The faults that have hits left.
    package var waiting: [SandboxFault] { faults.withLock { $0 } }

    /// The first fault that hits this call, which it uses up by one; nil when the call goes through.
    package func take(method: String, target: String) -> SandboxFault? {
        faults.withLock { faults in
            for index in faults.indices where faults[index].matches(method: method, target: target) {
                if faults[index].after > 0 {
                    faults[index].after -= 1
                    continue
                }
                if let probability = faults[index].probability, faults[index].generator.fraction() >= probability {
                    continue
                }
                let fault = faults[index]
                faults[index].times -= 1
                if faults[index].times <= 0 { faults.remove(at: index) }
                return fault
            }
            return nil
        }
    }
}
