/// What stands between the socket and a service: common controls, faults, counting and the exchange log.
struct SandboxResponder: Sendable {
    let service: any SandboxService
    let clock: SandboxClock
    let faults: FaultBook
    let calls: CallCounter
    let log: ExchangeLog?

    /// Answers one request, whatever it is.
    func respond(to request: SandboxRequest) async -> SandboxResponse {
        if request.path.hasPrefix("/_sandbox/") { return await control(request) }
        calls.count(service.route(of: request))
        let response: SandboxResponse
        if let fault = faults.take(method: request.method, target: request.target) {
            var faulty = await suffer(fault, request)
            faulty.injected = true
            response = faulty
        } else {
            response = await service.respond(to: request)
        }
        do {
            try log?.record(service: service.logName(of: request), request: request, response: response)
        } catch {
            // A log with gaps would look like a clean one.
            return .json(["error": .string("the exchange log cannot be written: \(error)")], status: 500)
        }
        return response
    }

    private func suffer(_ fault: SandboxFault, _ request: SandboxRequest) async -> SandboxResponse {
        if let own = await service.faultResponse(fault, to: request) { return own }
        switch fault.kind {
        case "reset-before": return reset()
        case "status", "html", "empty":
            if fault.effect { _ = await service.respond(to: request) }
            return replacement(fault)
        default: break
        }
        var response = await service.respond(to: request)
        switch fault.kind {
        case "latency": response.delay += fault.delay(otherwise: 0.2)
        case "slow": response.delivery = .slow(over: fault.delay(otherwise: 1))
        case "truncated": response.delivery = .truncated
        case "reset-after", "token-lost": response.delivery = .reset
        case "unknown-keys": response.body = Self.withUnknownKeys(response.body)
        default:
            response = .json(["error": .string("\(service.name) has no fault of kind \(fault.kind)")], status: 500)
        }
        return response
    }

    private func reset() -> SandboxResponse {
        var response = SandboxResponse.empty(status: 0)
        response.delivery = .reset
        return response
    }

    private func replacement(_ fault: SandboxFault) -> SandboxResponse {
        switch fault.kind {
        case "html":
            return .html(
                fault.body ?? "<!DOCTYPE html><html><body><h1>Please stand by</h1></body></html>",
                status: fault.status ?? 200
            )
        case "empty": return .empty(status: fault.status ?? 200)
        default:
            let status = fault.status ?? 503
            guard let body = fault.body else { return .empty(status: status) }
            return body.hasPrefix("{") || body.hasPrefix("[")
                ? .json(body, status: status) : .html(body, status: status)
        }
    }

    private static func withUnknownKeys(_ body: [UInt8]) -> [UInt8] {
        guard body.first == UInt8(ascii: "{") else { return body }
        let added = "{\"x_future_key\":{\"nested\":[1,null,\"two\"]},\"x_future_flag\":null"
        let rest = body.dropFirst()
        let isEmpty = rest.first == UInt8(ascii: "}")
        return Array(added.utf8) + (isEmpty ? [] : [UInt8(ascii: ",")]) + Array(rest)
    }

    private func control(_ request: SandboxRequest) async -> SandboxResponse {
        switch (request.method, request.path) {
        case ("GET", "/_sandbox/clock"): return clockState()
        case ("POST", "/_sandbox/clock"): return setClock(request)
        case ("GET", "/_sandbox/faults"): return .json(.array(faults.waiting.map(\.json)))
        case ("POST", "/_sandbox/faults"): return addFaults(request)
        case ("DELETE", "/_sandbox/faults"):
            faults.removeAll()
            return .empty(status: 204)
        case ("GET", "/_sandbox/calls"): return .json(.object(calls.counts.mapValues(SandboxJSON.int)))
        case ("DELETE", "/_sandbox/calls"):
            calls.reset()
            return .empty(status: 204)
        default:
            return await service.control(request)
                ?? .json(["error": .string("there is no control \(request.method) \(request.path)")], status: 404)
        }
    }

    private func clockState() -> SandboxResponse {
        .json(["now": .number(clock.now), "frozen": .bool(clock.isFrozen)])
    }

    private func setClock(_ request: SandboxRequest) -> SandboxResponse {
        guard let json = request.json, json.objectValue != nil else {
            return .json(["error": "the body is {\"now\":…}, {\"advanceSeconds\":…} or {\"frozen\":…}"], status: 400)
        }
        if let frozen = json["frozen"]?.boolValue { clock.setFrozen(frozen) }
        if let now = json["now"]?.doubleValue { clock.set(now) }
        if let seconds = json["advanceSeconds"]?.doubleValue { clock.advance(by: seconds) }
        return clockState()
    }

    private func addFaults(_ request: SandboxRequest) -> SandboxResponse {
        guard let json = request.json else { return .json(["error": "the body is not JSON"], status: 400) }
        let wanted = json.arrayValue ?? [json]
        let read = wanted.compactMap(SandboxFault.init)
        guard read.count == wanted.count else { return .json(["error": "a fault has a kind"], status: 400) }
        for fault in read { faults.add(fault) }
        return .json(.array(faults.waiting.map(\.json)))
    }
}
