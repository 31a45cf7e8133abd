/// How much the intake takes in before it says that it is full (design §6).
package struct IntakeLimits: Sendable, Hashable {
    /// The largest body, in bytes.
    package var bodyBytes = 1 << 20
    /// Deliveries that wait to commit.
    package var waitingDeliveries = 10_000
    /// Bytes of the bodies that wait to commit.
    package var waitingBytes = 64 << 20
    /// Bytes of the bodies that are being put together, all connections together.
    package var assemblingBytes = 64 << 20
    /// What a sender is told to wait, in seconds, when its delivery could not be taken.
    package var retryAfterSeconds = 5

    /// The limits of the design.
    package init() {}
}
