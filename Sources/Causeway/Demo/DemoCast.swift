/// Hands out people whom nothing is special about, each once.
struct DemoCast {
    /// In which campaigns somebody is.
    enum Place: Hashable {
        case both, first, second
    }

    private var waiting: [Place: [DemoModel.Record]] = [:]

    init(model: DemoModel) {
        guard let first = model.campaigns.first?.id, let second = model.campaigns.dropFirst().first?.id else { return }
        var owners: [String: Int] = [:]
        for record in model.records.values { for address in record.addresses { owners[address, default: 0] += 1 } }
        var places: [DemoRecordKey: Set<Int>] = [:]
        var isPlain: [DemoRecordKey: Bool] = [:]
        for member in model.members.values {
            places[member.record, default: []].insert(member.campaign)
            if member.status == DemoModel.leavingStatus { isPlain[member.record] = false }
        }
        for record in model.records.values.sorted(by: { $0.key < $1.key }) {
            let isOrdinary =
                record.addresses == [record.main] && owners[record.main] == 1 && record.main.utf8.count <= 50
                && DemoModel.canBeMailed(record.main) && !record.isUndeliverable && !model.isOptedOut(record.main)
            guard isOrdinary, isPlain[record.key] != false else { continue }
            switch places[record.key] {
            case [first, second]: waiting[.both, default: []].append(record)
            case [first]: waiting[.first, default: []].append(record)
            case [second]: waiting[.second, default: []].append(record)
            default: break
            }
        }
    }

    /// Takes somebody.
    ///
    /// - Throws: when the world is too small.
    mutating func take(_ place: Place, kind: DemoRecordKey.Kind? = nil) throws -> DemoModel.Record {
        let candidates = waiting[place] ?? []
        guard let index = candidates.firstIndex(where: { kind == nil || $0.key.kind == kind }) else {
            throw Failure("the world is too small for the demo; give more --members")
        }
        return waiting[place]?.remove(at: index) ?? candidates[index]
    }

    /// Takes somebody from the other end, so that the day's picks stay the same whoever has a past.
    mutating func takeLast(_ place: Place, kind: DemoRecordKey.Kind? = nil) throws -> DemoModel.Record {
        let candidates = waiting[place] ?? []
        guard let index = candidates.lastIndex(where: { kind == nil || $0.key.kind == kind }) else {
            throw Failure("the world is too small for the demo; give more --members")
        }
        return waiting[place]?.remove(at: index) ?? candidates[index]
    }
}
