/// How a bulk request stands.
package enum ActivityProgress: Sendable, Hashable {
    case running
    case ended(ActivityResult)
}
