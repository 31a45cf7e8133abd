import NIOCore

/// Closes a connection at once when there are too many, before anything is spent on its handshake; otherwise leaves
/// the pipeline.
final class AdmissionHandler: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer

    private let admission: ConnectionAdmission
    private let statistics: TLSListenerStatistics

    init(admission: ConnectionAdmission, statistics: TLSListenerStatistics) {
        self.admission = admission
        self.statistics = statistics
    }

    func channelActive(context: ChannelHandlerContext) {
        let address = RemoteAddress(context.channel.remoteAddress)
        switch admission.opened(address) {
        case .admitted:
            admit(address, context: context)
        case .tooManyInTotal:
            statistics.count { $0.refusedInTotal += 1 }
            context.close(promise: nil)
        case .tooManyFromAddress:
            statistics.count { $0.refusedPerAddress += 1 }
            context.close(promise: nil)
        }
    }

    private func admit(_ address: RemoteAddress, context: ChannelHandlerContext) {
        statistics.count {
            $0.accepted += 1
            $0.open += 1
        }
        context.channel.closeFuture.whenComplete { [admission, statistics] _ in
            admission.closed(address)
            statistics.count { $0.open -= 1 }
        }
        context.fireChannelActive()
        context.pipeline.syncOperations.removeHandler(context: context, promise: nil)
    }
}
