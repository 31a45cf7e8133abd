import Bridge
import Reconciliation

/// An account of a provider in a test: a client of it, and what people and owners do there behind its back.
///
/// One is made for each test. What it tells comes from the provider itself, not through the client.
package protocol ProviderWorld: Sendable {
    associatedtype Client: EmailProvider

    var client: Client { get }

    /// Puts contacts there that Causeway has not made, and who may be mailed.
    func plant(_ emails: [String]) async throws
    /// Lets the person behind an address unsubscribe.
    func unsubscribeInPerson(_ email: String) async throws
    /// Lets the owner of the account delete a contact, in the way that can be taken back.
    func delete(_ email: String) async throws
    /// Whether the account may mail an address; nil where it has no such contact, or has deleted it.
    func isMailable(_ email: String) async throws -> Bool?
    /// The addresses on a list.
    func members(of list: ListID) async throws -> Set<String>
    /// Makes the next change lose its answer, after it took effect.
    func loseNextAnswer() async throws
    /// Makes the next call come too fast for the provider, however it says so.
    func throttleNextCall() async throws
    /// Takes the credential's rights away.
    func revoke() async throws
    /// Lets time pass, in seconds.
    func advance(bySeconds seconds: Int64)
    /// How many calls went through the gate.
    var calls: Int { get }
}
