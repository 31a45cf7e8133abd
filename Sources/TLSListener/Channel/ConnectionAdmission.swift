import Synchronization

/// Decides which connections are let in, and counts those that are open.
package final class ConnectionAdmission: Sendable {
    /// What becomes of a connection.
    package enum Decision: Equatable {
        case admitted
        case tooManyInTotal
        case tooManyFromAddress
    }

    private struct State {
        var total = 0
        var perAddress: [RemoteAddress: Int] = [:]
    }

    private let maximum: Int
    private let maximumPerAddress: Int
    private let state = Mutex(State())

    package init(maximum: Int, maximumPerAddress: Int) {
        self.maximum = maximum
        self.maximumPerAddress = maximumPerAddress
    }

    /// Lets a connection in, or not.
    ///
    /// One that was let in must be given back by `closed(_:)`.
    package func opened(_ address: RemoteAddress) -> Decision {
        state.withLock { state in
            guard state.total < maximum else { return .tooManyInTotal }
            let fromAddress = state.perAddress[address, default: 0]
            guard fromAddress < maximumPerAddress else { return .tooManyFromAddress }
            state.total += 1
            state.perAddress[address] = fromAddress + 1
            return .admitted
        }
    }

    /// A connection that was let in is closed.
    package func closed(_ address: RemoteAddress) {
        state.withLock { state in
            state.total -= 1
            if let fromAddress = state.perAddress[address], fromAddress > 1 {
                state.perAddress[address] = fromAddress - 1
            } else {
                state.perAddress[address] = nil
            }
        }
    }
}
