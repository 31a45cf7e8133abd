// Measures the pure core: decides about members of one campaign and prints what it took, as one line of JSON.
//
//   causeway-bench [MEMBERS]        default 1000000
//
// The views are made first and stay: they are the input. The plans are kept until the end, so that their memory counts.

import Glibc
import Reconciliation

/// Bytes of the process that are in memory, from the second figure of `statm` (proc_pid_statm(5)); nil when it cannot be
/// read.
func residentBytes() -> Int? {
    guard let file = fopen("/proc/self/statm", "r") else { return nil }
    defer { fclose(file) }
    var line = [CChar](repeating: 0, count: 256)
    guard fgets(&line, Int32(line.count), file) != nil else { return nil }
    let text = String(decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    let figures = text.split(separator: " ")
    return figures.count > 1 ? Int(figures[1]).map { $0 * sysconf(Int32(_SC_PAGESIZE)) } : nil
}

let members = CommandLine.arguments.dropFirst().first.flatMap(Int.init) ?? 1_000_000
let world = SyntheticWorld()
let now = Timestamp(seconds: 1_780_000_000)

var views: [AddressView] = []
views.reserveCapacity(members)
for number in 0..<members { views.append(world.view(of: number)) }
var plans: [AddressPlan] = []

let before = residentBytes() ?? 0
let started = clock()
let span = ContinuousClock().measure {
    plans.reserveCapacity(members)
    for index in views.indices { plans.append(AddressDecision.plan(for: views[index], at: now)) }
}
let processorSeconds = Double(clock() - started) / Double(CLOCKS_PER_SEC)
let bytes = (residentBytes() ?? 0) - before

let operations = plans.reduce(0) { $0 + $1.operations.count }
let parked = plans.reduce(0) { $0 + $1.parked.count }
guard operations == world.operations(for: members) else {
    print("the plans have \(operations) operations instead of \(world.operations(for: members))")
    exit(1)
}
let seconds = Double(span.components.seconds) + Double(span.components.attoseconds) / 1e18
print(
    """
    {"members":\(members),"seconds":\(seconds),"processorSeconds":\(processorSeconds),"bytesPerMember":\(Double(bytes) / Double(members)),\
    "operations":\(operations),"parked":\(parked)}
    """
)
