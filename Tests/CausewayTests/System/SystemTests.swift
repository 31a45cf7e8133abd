import Testing

/// The binary as a whole: `serve` and its commands as processes, against the simulated services over real sockets.
///
/// One at a time: they measure against intervals, and some keep every core busy.
@Suite(.serialized)
enum SystemTests {}
