import HummingbirdCore
import Logging
import NIOCore
import NIOHTTP1
import NIOHTTPTypes
import NIOHTTPTypesHTTP1

/// A Hummingbird child channel: HTTP/1.1 over `TLSHandler`, within the limits of a configuration.
struct TLSServerChannel: HTTPChannelHandler {
    typealias Value = NIOAsyncChannel<HTTPRequestPart, HTTPResponsePart>

    let responder: HTTPChannelHandler.Responder
    let certificates: CertificateStore
    let configuration: TLSListenerConfiguration
    let statistics: TLSListenerStatistics
    let admission: ConnectionAdmission

    init(
        responder: @escaping HTTPChannelHandler.Responder,
        certificates: CertificateStore,
        configuration: TLSListenerConfiguration,
        statistics: TLSListenerStatistics
    ) {
        self.responder = responder
        self.certificates = certificates
        self.configuration = configuration
        self.statistics = statistics
        self.admission = ConnectionAdmission(
            maximum: configuration.maximumConnections,
            maximumPerAddress: configuration.maximumConnectionsPerAddress
        )
    }

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
        channel.eventLoop.makeCompletedFuture {
            let pipeline = channel.pipeline.syncOperations
            try pipeline.addHandler(AdmissionHandler(admission: admission, statistics: statistics))
            try pipeline.addHandler(
                TLSHandler(
                    store: certificates,
                    configuration: configuration,
                    statistics: statistics,
                    logger: logger
                )
            )
            // Pipelined requests are queued by NIOAsyncChannel, parse errors are answered by Hummingbird, and its
            // header types hold no invalid field.
            try pipeline.configureHTTPServerPipeline(
                withPipeliningAssistance: false,
                withErrorHandling: false,
                withOutboundHeaderValidation: false,
                withEncoderConfiguration: .init(),
                withDecoderLimitConfiguration: configuration.decoderLimits
            )
            try pipeline.addHandler(HTTPExchangeHandler(configuration: configuration, statistics: statistics))
            try pipeline.addHandler(HTTP1ToHTTPServerCodec(secure: true))
            return try NIOAsyncChannel(
                wrappingChannelSynchronously: channel,
                configuration: .init(isOutboundHalfClosureEnabled: true)
            )
        }
    }

    func handle(value: Value, logger: Logger) async {
        guard configuration.handlesOnEventLoop else {
            await handleHTTP(asyncChannel: value, logger: logger)
            return
        }
        await withTaskExecutorPreference(EventLoopTaskExecutor(value.channel.eventLoop)) {
            await handleHTTP(asyncChannel: value, logger: logger)
        }
    }
}
