// Measures the pure core: decides about members of one campaign and prints what it took, as one line of JSON.
//
//   causeway-bench [MEMBERS]        default 1000000
//
// The views are made first and stay: they are the input. The plans are kept until the end, so that their memory counts.

import Glibc
import Reconciliation

/// Bytes that the process has allocated and not freed.
func allocatedBytes() -> Int {
    let heap = mallinfo2()
    return heap.uordblks + heap.hblkhd
}

let members = CommandLine.arguments.dropFirst().first.flatMap(Int.init) ?? 1_000_000
let world = SyntheticWorld()
let now = Timestamp(seconds: 1_780_000_000)

var views: [AddressView] = []
views.reserveCapacity(members)
for number in 0..<members { views.append(world.view(of: number)) }
var plans: [AddressPlan] = []

let before = allocatedBytes()
let span = ContinuousClock().measure {
    plans.reserveCapacity(members)
    for index in views.indices { plans.append(AddressDecision.plan(for: views[index], at: now)) }
}
let bytes = allocatedBytes() - before

let operations = plans.reduce(0) { $0 + $1.operations.count }
let parked = plans.reduce(0) { $0 + $1.parked.count }
guard operations == world.operations(for: members) else {
    print("the plans have \(operations) operations instead of \(world.operations(for: members))")
    exit(1)
}
let seconds = Double(span.components.seconds) + Double(span.components.attoseconds) / 1e18
print(
    """
    {"members":\(members),"seconds":\(seconds),"bytesPerMember":\(Double(bytes) / Double(members)),\
    "operations":\(operations),"parked":\(parked)}
    """
)
