import Hummingbird
import NIOCore

/// What a request's work needs beside the request; no more, since one is made for each.
package struct WebhookContext: InitializableFromSource, Sendable {
    /// The connection, so that it can be closed on a sender that goes on sending.
    let channel: any Channel

    package init(source: ApplicationRequestContextSource) {
        channel = source.channel
    }
}
