extension WorkbooksSandbox {
    /// Answers the controls of this service.
    ///
    /// | call | body | effect |
    /// |---|---|---|
    /// | `POST /_sandbox/edit` | `{"resource","id","set":{…},"by":7}`, or `"create":{…}`, `"delete":true`, `"hide":true` | what an operator does |
    /// | `POST /_sandbox/edits` | an array of those | the same, in order |
    /// | `GET /_sandbox/state?resource=crm/people&ids=1,2&columns=id,name` | | records with all attributes, hidden and deleted ones too |
    /// | `POST /_sandbox/snapshot`, `/_sandbox/restore` | `{"snapshot":n}` (default the latest) | a backup, and its return |
    /// | `POST /_sandbox/options` | `{"pacePerSecond","paceBurst","redirectDelay","redirectChain","rotatesSessions","managesTriggers","webhookAuthority"}` | behaviour |
    /// | `GET /_sandbox/deliveries?idle=SECONDS` | | the deliveries of webhook subscriptions, once none is on its way |
    /// | `POST /_sandbox/redeliver` | `{"id"}` | sends a delivery again, with the same body |
    /// | `POST`, `DELETE /_sandbox/delivery-faults` | as `faults`; `path` is matched with the callback's address | `drop`, `duplicate`, `unsigned`, `bad-signature`, `garbage` |
    /// | `POST /_sandbox/seed` | `{"members","campaigns","seed"}` | more invented records |
    package func control(_ request: SandboxRequest) async -> SandboxResponse? {
        switch (request.method, request.path) {
        case ("POST", "/_sandbox/edit"): edit(request)
        case ("POST", "/_sandbox/edits"): edits(request)
        case ("GET", "/_sandbox/state"): state(request)
        case ("POST", "/_sandbox/snapshot"): snapshot()
        case ("POST", "/_sandbox/restore"): restore(request)
        case ("POST", "/_sandbox/options"): setOptions(request)
        case ("POST", "/_sandbox/seed"): seed(request)
        case ("GET", "/_sandbox/deliveries"): await settledDeliveries(request)
        case ("POST", "/_sandbox/redeliver"): redeliver(request)
        case ("POST", "/_sandbox/delivery-faults"): addDeliveryFaults(request)
        case ("DELETE", "/_sandbox/delivery-faults"): removeDeliveryFaults()
        default: nil
        }
    }

    /// An edit that cannot be done; the text says why.
    private struct Refusal: Error { let text: String }

    private func edit(_ request: SandboxRequest) -> SandboxResponse {
        guard let json = request.json, json.objectValue != nil else { return Self.misuse("the body is no JSON object") }
        do { return .json(try edit(json)) } catch { return Self.misuse(Self.text(of: error)) }
    }

    private func edits(_ request: SandboxRequest) -> SandboxResponse {
        guard let list = request.json?.arrayValue else { return Self.misuse("the body is no JSON array") }
        do { return .json(.array(try list.map(edit))) } catch { return Self.misuse(Self.text(of: error)) }
    }

    private func edit(_ json: SandboxJSON) throws -> SandboxJSON {
        guard let resource = json["resource"]?.stringValue.flatMap(WorkbooksResource.init(path:)) else {
            throw Refusal(text: "unknown resource")
        }
        let type = database[resource].type
        let created = try json["create"].map { try attributes($0, type) }
        let id = json["id"]?.intValue
        let set = try json["set"].map { try attributes($0, type) }
        let deletes = json["delete"]?.boolValue
        let hides = json["hide"]?.boolValue
        let record = try write(user: json["by"]?.intValue ?? 7, through: "Workbooks", isPrivileged: true) { writer in
            if let created { return try writer.create(resource, created).record }
            guard let id, var record = writer.database[resource].record(id) else {
                throw Refusal(text: "no such record")
            }
            if let set { record = try writer.update(resource, id: id, lockVersion: record.lockVersion, set).record }
            if deletes == true { record = try writer.delete(resource, id: id, lockVersion: record.lockVersion).record }
            if deletes == false || hides != nil {
                if let hides { record.isHidden = hides }
                if deletes == false {
                    record.isDeleted = false
                    record.updatedAt = writer.now
                }
                writer.put(record, resource)
            }
            return record
        }
        return [
            "id": .int(record.id), "lock_version": .int(record.lockVersion), "updated_at": .int(record.updatedAt),
            "object_ref": .string(WorkbooksDatabase.reference(resource, record.id)),
        ]
    }

    /// The attributes of an edit, by their names for reading or for writing.
    private func attributes(
        _ json: SandboxJSON,
        _ type: WorkbooksRecordType
    ) throws -> [(column: WorkbooksColumn, text: String)] {
        try (json.objectValue ?? [:]).sorted { $0.key < $1.key }.map { name, value in
            guard let column = type.column(named: name) ?? type.column(wireName: name), case .slot = column.source
            else {
                throw Refusal(text: "\(type.resource.path) stores no \(name)")
            }
            return (column, WorkbooksParameters.text(value))
        }
    }

    private func state(_ request: SandboxRequest) -> SandboxResponse {
        guard let resource = request.queryValue("resource").flatMap(WorkbooksResource.init(path:)) else {
            return Self.misuse("unknown resource")
        }
        let table = database[resource]
        let wanted = request.queryValue("columns")?.split(separator: ",").map(String.init)
        let columns = wanted.map { $0.compactMap(table.type.column(named:)) } ?? table.type.columns
        let ids = request.queryValue("ids")?.split(separator: ",").compactMap { Int($0) } ?? table.ids
        let renderer = WorkbooksRenderer(
            database: database,
            type: table.type,
            formats: WorkbooksDates.Formats(date: nil, datetime: "%s")
        )
        var text = "["
        for id in ids {
            guard let record = table.record(id) else { continue }
            if text.utf8.count > 1 { text += "," }
            renderer.write(record, columns: columns, into: &text)
            if record.isHidden { text = String(text.dropLast()) + ",\"hidden\":true}" }
        }
        return .json(text + "]")
    }

    private func snapshot() -> SandboxResponse {
        snapshots.append(database)
        return .json(["snapshot": .int(snapshots.count - 1)])
    }

    private func restore(_ request: SandboxRequest) -> SandboxResponse {
        let number = request.json?["snapshot"]?.intValue ?? snapshots.count - 1
        guard snapshots.indices.contains(number) else { return Self.misuse("no such snapshot") }
        database = snapshots[number]
        return .json(["snapshot": .int(number)])
    }

    private func setOptions(_ request: SandboxRequest) -> SandboxResponse {
        guard let json = request.json, json.objectValue != nil else { return Self.misuse("the body is no JSON object") }
        if let pace = json["pacePerSecond"] { options.pacePerSecond = pace.doubleValue }
        options.paceBurst = json["paceBurst"]?.doubleValue ?? options.paceBurst
        options.redirectDelay = json["redirectDelay"]?.doubleValue ?? options.redirectDelay
        options.redirectChain = json["redirectChain"]?.intValue ?? options.redirectChain
        options.rotatesSessions = json["rotatesSessions"]?.boolValue ?? options.rotatesSessions
        options.managesTriggers = json["managesTriggers"]?.boolValue ?? options.managesTriggers
        options.webhookAuthority = json["webhookAuthority"]?.stringValue ?? options.webhookAuthority
        resetPace()
        return .empty(status: 204)
    }

    private func seed(_ request: SandboxRequest) -> SandboxResponse {
        let summary = seed(
            members: request.json?["members"]?.intValue ?? 100,
            campaigns: request.json?["campaigns"]?.intValue ?? 2,
            seed: UInt64(request.json?["seed"]?.intValue ?? 1)
        )
        return .json(summary.json)
    }

    static func misuse(_ text: String) -> SandboxResponse { .json(["error": .string(text)], status: 400) }

    private static func text(of error: any Error) -> String {
        switch error {
        case let refusal as Refusal: refusal.text
        case WorkbooksWriter.Failure.refused(let text): text
        case WorkbooksWriter.Failure.invalid(let problems): SandboxJSON.object(problems.mapValues { .string($0) }).text
        default: String(describing: error)
        }
    }
}
