import AsyncHTTPClient
import NIOCore
import NIOHTTP1

/// Telling webhooks what happened (mailchimp.md §9).
extension MailchimpSandbox {
    /// Puts what happened since the last call on its way.
    func dispatchEvents() {
        for event in account.takeEvents() {
            guard let audience = account.audiences.first(where: { $0.id == event.audience }) else { continue }
            for hook in audience.hooks where hook.takes(event) { send(event.form, type: event.type, to: hook) }
        }
        deliver()
    }

    /// Tells batch webhooks of batches that have finished.
    func announceBatches(_ call: MailchimpAPI) {
        let hooks = account.batchHooks.filter { !$0.isDisabled }
        for batch in account.batches where !batch.isAnnounced && !batch.isStopped {
            guard batch.status(at: now) == "finished" else { continue }
            batch.isAnnounced = true
            var form = WebhookForm(type: "batch_operation_completed", firedAt: now)
            form.add([], json: call.json(batch))
            for hook in hooks { send(form, type: "batch_operation_completed", to: hook) }
        }
        if !hooks.isEmpty { deliver() }
    }

    /// Puts one event on its way to one hook, with the faults that wait for it.
    private func send(_ given: WebhookForm, type: String, to hook: AudienceWebhook) {
        var form = given
        var body = form.encoded
        let fault = deliveryFaults.take(method: "POST", target: "\(type) \(hook.url)")
        switch fault?.kind {
        case "no-action": form.pairs.removeAll { $0.name == "data[action]" }
        case "missing-keys": form.pairs.removeAll { ["data[email]", "data[list_id]"].contains($0.name) }
        case "doubled-keys": form.pairs += form.pairs.filter { $0.name == "data[email]" || $0.name == "type" }
        case "unknown-keys": form.add("x_future", "nested", value: "1")
        case "unknown-type": form.pairs[0].value = "hibernate"
        default: break
        }
        body = fault?.kind == "garbage" ? Array((fault?.body ?? "%%%&&&=[[[").utf8) : form.encoded
        let index = deliveries.add(hook: hook, type: type, body: body, at: now)
        switch fault?.kind {
        case "duplicate":
            for _ in 1..<max(2, fault?.count ?? 2) { deliveries.add(hook: hook, type: type, body: body, at: now) }
        case "drop": deliveries.change(index) { $0.state = .dropped }
        case "reorder":
            deliveries.change(index) {
                $0.behind = max(1, fault?.count ?? 1)
                // Where nothing follows, it is only late.
                $0.waitsForOthersUntil = .now + .seconds(fault?.delay(otherwise: 1) ?? 1)
            }
        case "delay":
            let delay = fault?.delay(otherwise: 0.5) ?? 0.5
            deliveries.change(index) { $0.notBefore = .now + .seconds(delay) }
        case "unsigned", "bad-signature", "stale": deliveries.change(index) { $0.signatureFault = fault?.kind }
        default: break
        }
    }

    /// Sends what is due, in the background, until nothing waits any more.
    func deliver() {
        guard !isDelivering, !isStopped, hasBackgroundWork else { return }
        isDelivering = true
        Task { await deliverAll() }
    }

    private var hasBackgroundWork: Bool {
        deliveries.hasWork
            || (!account.batchHooks.isEmpty && account.batches.contains { !$0.isAnnounced && !$0.isStopped })
    }

    private func deliverAll() async {
        defer { isDelivering = false }
        while !isStopped, hasBackgroundWork {
            guard let next = deliveries.takeNext(at: now, realTime: .now) else {
                // What waits now waits for the sandbox's clock, which may be set at any time.
                do { try await Task.sleep(for: .milliseconds(20)) } catch { return }
                let quiet = SandboxRequest(method: "GET", target: "/", headers: [], body: [])
                announceBatches(settled(quiet))
                continue
            }
            let (status, error) = await attempt(next)
            let pauses = options.webhookRetryMinutes
            switch deliveries.attempted(next.id, status: status, error: error, at: now, pauses: pauses) {
            case .gone: disable(next.hook)
            case .delivered, .again, .givenUp: break
            }
        }
    }

    /// A call at this moment that announces nothing.
    func settled(_ request: SandboxRequest) -> MailchimpAPI {
        account.settle(at: now)
        var call = MailchimpAPI(account: account, options: options, request: request, now: now, origin: origin)
        call.waitingBatchEvents = deliveries.waiting(type: "batch_operation_completed")
        call.continueBatches()
        return call
    }

    private func attempt(_ delivery: WebhookDelivery) async -> (status: Int?, error: String?) {
        var request = HTTPClientRequest(url: delivery.url)
        request.method = .POST
        request.headers.add(name: "Content-Type", value: "application/x-www-form-urlencoded")
        if let signature = signature(of: delivery) {
            request.headers.add(name: "X-Mailchimp-Signature", value: signature)
        }
        request.body = .bytes(ByteBuffer(bytes: delivery.body))
        return await execute(request)
    }

    private func signature(of delivery: WebhookDelivery) -> String? {
        guard let secret = delivery.secret, delivery.signatureFault != "unsigned" else { return nil }
        var time = Int(options.signsWithRealTime ? SandboxClock().now : clock.now)
        if delivery.signatureFault == "stale" { time -= 3_600 }
        let key = delivery.signatureFault == "bad-signature" ? secret + "x" : secret
        return MailchimpDigest.signature(of: delivery.body, secret: key, at: time)
    }

    /// Calls an address that somebody wants as a webhook.
    func verify(_ url: String) async -> WebhookAddressCheck {
        var result = WebhookAddressCheck.failed("no method is set")
        for method in options.webhookCheckMethods {
            var request = HTTPClientRequest(url: url)
            request.method = .init(rawValue: method)
            let (status, error) = await execute(request)
            result = status.map { .answered($0) } ?? .failed(error ?? "no answer")
            guard case .answered(200) = result else { return result }
        }
        return result
    }

    /// Makes one call as Mailchimp's sender: no redirects, and an answer in ten seconds.
    private func execute(_ given: HTTPClientRequest) async -> (status: Int?, error: String?) {
        var request = given
        request.headers.add(name: "User-Agent", value: "MailChimp.com")
        return await courier.execute(
            request,
            authority: options.webhookAuthority,
            within: options.webhookTimeoutSeconds
        )
    }

    private func disable(_ hook: String) {
        deliveries.giveUp(hook: hook)
        for audience in account.audiences {
            guard let index = audience.hooks.firstIndex(where: { $0.id == hook }) else { continue }
            audience.hooks[index].isDisabled = true
            if options.disabledWebhooks == .removed { audience.hooks.remove(at: index) }
        }
        if let index = account.batchHooks.firstIndex(where: { $0.id == hook }) {
            account.batchHooks[index].isDisabled = true
        }
    }

    package func stopped() async {
        isStopped = true
        await courier.stop()
    }
}
