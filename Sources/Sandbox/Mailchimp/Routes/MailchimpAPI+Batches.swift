/// Operations that are carried out later (mailchimp.md §6).
extension MailchimpAPI {
    func batches() throws -> SandboxJSON {
        try collection("batches", account.batches.filter { !$0.isStopped }) { json($0) }
    }

    func batch(_ id: String) throws -> SandboxJSON { json(try find(id)) }

    func createBatch() throws -> SandboxJSON {
        var body = try body()
        let elements = body.elements("operations", isRequired: true) ?? []
        var operations: [MailchimpBatch.Operation] = []
        for (index, element) in elements.enumerated() {
            guard let object = element.objectValue else {
                body.complain(
                    "operations.\(index)",
                    "Schema describes object, \(MailchimpBody.kind(element)) found instead"
                )
                continue
            }
            operations.append(Self.operation(object, index, &body))
        }
        try body.finish()
        let waiting = account.batches.count { !$0.isStopped && $0.status(at: now) != "finished" }
        guard waiting < options.pendingBatchLimit else {
            throw MailchimpProblem.tooMany("You have more than \(options.pendingBatchLimit) pending batches.")
        }
        guard waitingBatchEvents <= options.pendingBatchEventLimit else {
            throw MailchimpProblem.tooMany("Too many events of batch webhooks are waiting.")
        }
        let outcome = account.plannedOutcomes.isEmpty ? .finishes : account.plannedOutcomes.removeFirst()
        // Their order is not guaranteed (§6).
        account.shuffle(&operations)
        let batch = MailchimpBatch(
            id: account.newID(),
            operations: operations,
            seconds: options.batchSeconds,
            outcome: outcome,
            at: now
        )
        account.batches.append(batch)
        return json(batch, isNew: true)
    }

    /// Stops a batch; its results are lost.
    func deleteBatch(_ id: String) throws -> SandboxJSON? {
        let batch = try find(id)
        batch.isStopped = true
        return nil
    }

    /// Carries out what is due of every batch.
    func continueBatches() {
        for batch in account.batches where !batch.isStopped {
            let due = batch.due(at: now)
            while batch.done < due {
                perform(batch.operations[batch.done], of: batch)
                batch.done += 1
            }
        }
    }

    /// The archive of a batch's results, from the storage host.
    ///
    /// - Throws: `MailchimpProblem` when there is no such batch, or it cannot be packed.
    func results(of id: String) throws -> [UInt8] {
        let batch = try find(id)
        guard batch.status(at: now) == "finished" else { throw MailchimpProblem.notFound }
        return try batch.results()
    }

    private func find(_ id: String) throws -> MailchimpBatch {
        guard let batch = account.batches.first(where: { $0.id == id && !$0.isStopped }) else {
            throw MailchimpProblem.notFound
        }
        return batch
    }

    /// The batch as an answer shows it: a fresh one is pending, however quick it will be.
    func json(_ batch: MailchimpBatch, isNew: Bool = false) -> SandboxJSON {
        let status = isNew ? "pending" : batch.status(at: now)
        let isFinished = status == "finished"
        let done = isNew ? 0 : batch.done
        return [
            "id": .string(batch.id), "status": .string(status),
            "total_operations": .int(batch.operations.count + batch.added),
            "finished_operations": .int(done == 0 ? 0 : done + batch.added),
            "errored_operations": .int(batch.errored),
            "submitted_at": .string(MailchimpTime.text(batch.submittedAt)),
            "completed_at": .string(isFinished ? MailchimpTime.text(batch.completedAt) : ""),
            "response_body_url": .string(isFinished ? link(to: batch) : ""),
            "_links": Audience.links("batches/\(batch.id)"),
        ]
    }

    /// An address of the results, which is good for ten minutes.
    private func link(to batch: MailchimpBatch) -> String {
        let expires = Int(now + MailchimpBatch.linkLifetime)
        return "\(origin)/storage/\(batch.id)-response.tar.gz?Expires=\(expires)"
            + "&Signature=\(Self.signature(batch.id, expires))"
    }

    /// What proves that an address of results was given out by this service.
    static func signature(_ batch: String, _ expires: Int) -> String {
        String(MailchimpDigest.authenticationCode(Array("\(batch) \(expires)".utf8), key: "storage").prefix(24))
    }

    private static func operation(
        _ object: [String: SandboxJSON],
        _ index: Int,
        _ body: inout MailchimpBody
    ) -> MailchimpBatch.Operation {
        var reader = MailchimpBody(object, prefix: "operations.\(index).")
        let method = reader.choice("method", of: ["GET", "POST", "PUT", "PATCH", "DELETE"], isRequired: true)
        let path = reader.text("path", isRequired: true)
        let id = reader.text("operation_id")
        let parameters = reader.member("params") ?? [:]
        body.take(reader)
        return MailchimpBatch.Operation(
            method: method ?? "",
            path: path ?? "",
            id: id,
            query: parameters.keys.sorted().map { ($0, WebhookForm.text(parameters[$0] ?? .null)) },
            body: object["body"].flatMap { $0.isNull ? nil : $0 }
        )
    }

    private func perform(_ operation: MailchimpBatch.Operation, of batch: MailchimpBatch) {
        let target = operation.path.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        var query = operation.query
        if target.count > 1 { query += SandboxRequest.formDecoded(target[1]) }
        var body: [UInt8] = []
        if let given = operation.body {
            // A body that is an object instead of a text of JSON cannot be read (§15, a peer's mistake).
            guard let text = given.stringValue else { return refuse(operation, .unreadable, in: batch) }
            body = Array(text.utf8)
        }
        let path = target.first.map(String.init) ?? ""
        let isPaged = operation.method == "GET" && !query.contains { $0.name == "count" }
        var offset = 0
        while true {
            var paged = query
            if isPaged, isCollection(path) { paged += [("count", "100"), ("offset", String(offset))] }
            let call = MailchimpAPI(
                account: account,
                options: options,
                request: Self.request(operation.method, path, paged, body),
                now: now,
                origin: origin
            )
            let (status, answer) = call.answered()
            if offset > 0 {
                batch.added += 1
                batch.files.append([])
            }
            batch.add(MailchimpBatch.Row(status: status, operation: operation.id, response: answer?.text ?? ""))
            offset += 100
            // Without a count the whole collection is paged through, each page an operation and a file (§6).
            guard isPaged, isCollection(path), let total = answer?["total_items"]?.intValue, offset < total else {
                return
            }
        }
    }

    private func refuse(_ operation: MailchimpBatch.Operation, _ problem: MailchimpProblem, in batch: MailchimpBatch) {
        let text = problem.json(instance: account.hex(8), options: options).text
        batch.add(MailchimpBatch.Row(status: problem.status, operation: operation.id, response: text))
    }

    /// The status and the body that this call, as a part of a batch, answers with.
    private func answered() -> (status: Int, answer: SandboxJSON?) {
        do {
            let answer = try perform(request.segments)
            return (answer == nil ? 204 : 200, answer)
        } catch let problem as MailchimpProblem {
            return (problem.status, problem.json(instance: account.hex(8), options: options))
        } catch {
            // An address cannot be checked in the middle of a batch.
            let problem = MailchimpProblem.badRequest("This operation cannot be part of a batch.")
            return (problem.status, problem.json(instance: account.hex(8), options: options))
        }
    }

    private func isCollection(_ path: String) -> Bool {
        let names = [
            "lists", "members", "segments", "merge-fields", "tags", "campaigns", "reports", "batches", "sent-to",
            "open-details", "unsubscribed", "email-activity", "click-details",
        ]
        return path.split(separator: "/").last.map { names.contains(String($0)) } ?? false
    }

    private static func request(
        _ method: String,
        _ path: String,
        _ query: [(name: String, value: String)],
        _ body: [UInt8]
    ) -> SandboxRequest {
        var request = SandboxRequest(method: method, target: path, headers: [], body: body)
        request.query = query
        return request
    }
}
