import CZlib

/// Decompresses a gzip stream piece by piece (RFC 1952, with zlib); a stream that is none is passed on as it is.
final class Inflater {
    /// The stream is damaged, or ends too early.
    struct Damaged: Error {}

    private enum State {
        case undecided
        case plain
        case compressed
        case ended
    }

    /// Owned: made by `init`, whose `inflateInit2` allocates behind it, and given back by `deinit`.
    ///
    /// It never moves, since zlib keeps its address.
    private let stream: UnsafeMutablePointer<z_stream>
    private var state = State.undecided
    private var head: [UInt8] = []
    private var output = [UInt8](repeating: 0, count: 64 << 10)

    /// - Throws: `Damaged` when zlib has no memory.
    init() throws {
        stream = .allocate(capacity: 1)
        stream.initialize(to: z_stream())
        // 15 bits of window, and 16 for a gzip header (zlib.h, inflateInit2).
        guard causeway_inflateInit2(stream, 15 + 16) == Z_OK else {
            stream.deallocate()
            throw Damaged()
        }
    }

    deinit {
        inflateEnd(stream)
        stream.deinitialize(count: 1)
        stream.deallocate()
    }

    /// Takes the next piece of the stream.
    ///
    /// - Parameter each: gets what came out, in order.
    /// - Throws: `Damaged`; what `each` throws.
    func feed(_ bytes: some Collection<UInt8>, _ each: (ArraySlice<UInt8>) throws -> Void) throws {
        var input = Array(bytes)
        if state == .undecided {
            head += input
            guard head.count >= 2 else { return }
            input = head
            head = []
            state = input[0] == 0x1F && input[1] == 0x8B ? .compressed : .plain
        }
        switch state {
        case .plain: try each(input[...])
        case .compressed: try inflate(&input, each)
        // What follows the end of the stream counts for nothing.
        case .undecided, .ended: break
        }
    }

    /// Makes sure that the stream came to its end.
    ///
    /// - Throws: `Damaged` when it broke off.
    func finish() throws {
        guard state == .ended || state == .plain else { throw Damaged() }
    }

    private func inflate(_ input: inout [UInt8], _ each: (ArraySlice<UInt8>) throws -> Void) throws {
        try input.withUnsafeMutableBufferPointer { input in
            stream.pointee.next_in = input.baseAddress
            stream.pointee.avail_in = uInt(input.count)
            defer {
                stream.pointee.next_in = nil
                stream.pointee.avail_in = 0
            }
            while state == .compressed {
                let capacity = output.count
                let code = output.withUnsafeMutableBufferPointer { output in
                    stream.pointee.next_out = output.baseAddress
                    stream.pointee.avail_out = uInt(capacity)
                    return CZlib.inflate(stream, Z_NO_FLUSH)
                }
                let count = capacity - Int(stream.pointee.avail_out)
                if count > 0 { try each(output[..<count]) }
                switch code {
                case Z_STREAM_END: state = .ended
                case Z_OK where stream.pointee.avail_in > 0 || count == capacity: continue
                case Z_OK, Z_BUF_ERROR: return
                default: throw Damaged()
                }
            }
        }
    }
}
