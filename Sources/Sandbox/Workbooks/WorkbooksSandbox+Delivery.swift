import AsyncHTTPClient
import NIOCore
import NIOHTTP1

/// Telling webhook subscriptions what was created (workbooks.md §10.1).
extension WorkbooksSandbox {
    private static let timeoutSeconds = 10.0

    /// Puts what was created on its way: one delivery for each subscription to a trigger, with all that one call made.
    func announce(_ created: [(resource: WorkbooksResource, record: WorkbooksRecord)]) {
        let table = database[.webhookSubscriptions]
        guard !created.isEmpty, !table.records.isEmpty else { return }
        for resource in WorkbooksResource.allCases {
            let records = created.filter { $0.resource == resource }.map(\.record)
            guard !records.isEmpty, let trigger = WorkbooksSubscriptions.trigger(of: resource) else { continue }
            let body = Self.body(of: records, resource, in: database)
            for subscription in table.records where !subscription.isDeleted {
                func value(_ name: String) -> WorkbooksValue {
                    subscription.value(table.type.slot(name), of: table.type)
                }
                guard value("enabled") == .bool(true), value("trigger_id") == .int(trigger) else { continue }
                send(
                    WorkbooksDelivery(
                        id: 0,
                        subscription: subscription.id,
                        trigger: trigger,
                        url: value("callback_url").text ?? "",
                        secret: value("secret_key").text ?? "",
                        body: body
                    )
                )
            }
        }
        deliver()
    }

    /// The deliveries, once none is on its way or the wait is over.
    func settledDeliveries(_ request: SandboxRequest) async -> SandboxResponse {
        let end = ContinuousClock.now + .seconds(request.queryValue("idle").flatMap(Double.init) ?? 0)
        while isDelivering, ContinuousClock.now < end {
            do { try await Task.sleep(for: .milliseconds(10)) } catch { break }
        }
        return .json(.array(deliveries.map(\.json)))
    }

    func redeliver(_ request: SandboxRequest) -> SandboxResponse {
        guard let id = request.json?["id"]?.intValue, var copy = deliveries.first(where: { $0.id == id }) else {
            return Self.misuse("there is no delivery of this id")
        }
        copy.state = .waiting
        copy.status = nil
        copy.error = nil
        add(copy)
        deliver()
        return .empty(status: 204)
    }

    func addDeliveryFaults(_ request: SandboxRequest) -> SandboxResponse {
        guard let json = request.json else { return Self.misuse("the body is not JSON") }
        let faults = (json.arrayValue ?? [json]).compactMap(SandboxFault.init)
        guard !faults.isEmpty else { return Self.misuse("a fault has a kind") }
        for fault in faults { deliveryFaults.add(fault) }
        return .empty(status: 204)
    }

    func removeDeliveryFaults() -> SandboxResponse {
        deliveryFaults.removeAll()
        return .empty(status: 204)
    }

    package func stopped() async {
        isStopped = true
        await courier.stop()
    }

    /// `[{"person":{…}}]`, with every attribute.
    private static func body(
        of records: [WorkbooksRecord],
        _ resource: WorkbooksResource,
        in database: WorkbooksDatabase
    ) -> [UInt8] {
        let renderer = WorkbooksRenderer(
            database: database,
            type: database[resource].type,
            formats: WorkbooksDates.Formats(date: nil, datetime: nil),
            hidesWhatIsToldOnce: true
        )
        var text = "["
        for (index, record) in records.enumerated() {
            text += index > 0 ? ",{" : "{"
            text += SandboxJSON.quoted(WorkbooksSubscriptions.key(of: resource)) + ":"
            renderer.write(record, columns: renderer.type.columns, into: &text)
            text += "}"
        }
        return Array((text + "]").utf8)
    }

    /// Queues one delivery, with the fault that waits for it.
    private func send(_ given: WorkbooksDelivery) {
        var delivery = given
        let fault = deliveryFaults.take(method: "POST", target: delivery.url)
        switch fault?.kind {
        case "drop": delivery.state = .dropped
        case "garbage": delivery.body = Array((fault?.body ?? "[[[").utf8)
        case "unsigned", "bad-signature": delivery.signatureFault = fault?.kind
        default: break
        }
        add(delivery)
        if fault?.kind == "duplicate" { for _ in 1..<max(2, fault?.count ?? 2) { add(delivery) } }
    }

    private func add(_ given: WorkbooksDelivery) {
        var delivery = given
        delivery.id = deliveries.count + 1
        deliveries.append(delivery)
    }

    /// Sends what waits, in the background and in order.
    private func deliver() {
        guard !isDelivering, !isStopped else { return }
        isDelivering = true
        Task { await deliverAll() }
    }

    private func deliverAll() async {
        defer { isDelivering = false }
        while !isStopped, let index = deliveries.firstIndex(where: { $0.state == .waiting }) {
            deliveries[index].state = .sending
            let delivery = deliveries[index]
            var request = HTTPClientRequest(url: delivery.url)
            request.method = .POST
            request.headers.add(name: "Content-Type", value: "application/json")
            request.headers.add(name: "User-Agent", value: "Workbooks")
            if delivery.signatureFault != "unsigned" {
                let secret = delivery.signatureFault == nil ? delivery.secret : delivery.secret + "x"
                let signature = WorkbooksSubscriptions.signature(of: delivery.body, secret: secret)
                request.headers.add(name: "X-Workbooks-Signature", value: signature)
            }
            request.body = .bytes(ByteBuffer(bytes: delivery.body))
            let (status, error) = await courier.execute(
                request,
                authority: options.webhookAuthority,
                within: Self.timeoutSeconds
            )
            deliveries[index].status = status
            deliveries[index].error = error
            deliveries[index].state = (200..<300).contains(status ?? 0) ? .delivered : .refused
        }
    }
}
