import Bridge

/// Makes the responder that the TLS listener serves.
///
/// - Parameters:
///   - accounts: Who may send, with the keys that prove it.
///   - intake: Puts proved deliveries on disk.
///   - refusals: Counts the others; run it beside the listener.
///   - health: What `/health` and `/health/ready` tell.
///   - clock: What timestamps and ages are held against.
///   - limits: The same that the intake has.
package func webhookRouter(
    accounts: WebhookAccounts,
    intake: DeliveryIntake,
    refusals: RefusalCounter,
    health: HealthSource,
    clock: any WallClock,
    limits: IntakeLimits = IntakeLimits()
) -> WebhookResponder {
    WebhookResponder(
        accounts: accounts,
        intake: intake,
        refusals: refusals,
        health: health,
        clock: clock,
        limits: limits
    )
}
