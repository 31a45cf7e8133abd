import Hummingbird
import NIOCore

/// What a request's work needs beside the request; no more, since one is made for each.
package struct WebhookContext: InitializableFromSource, Sendable {
    /// The connection, so that it can be closed on a sender that goes on sending.
    let channel: any Channel

    package init(channel: any Channel) {
        self.channel = channel
    }

    package init(source: ApplicationRequestContextSource) {
        self.init(channel: source.channel)
    }
}
