-- Prints what wrk measured as one line of JSON; latencies in milliseconds.
function done(summary, latency, requests)
    local errors = summary.errors
    print(string.format(
        '{"requests":%d,"seconds":%.6f,"p50":%.3f,"p99":%.3f,"refused":%d,"broken":%d}',
        summary.requests, summary.duration / 1e6, latency:percentile(50) / 1e3, latency:percentile(99) / 1e3,
        errors.status, errors.connect + errors.read + errors.write + errors.timeout))
end
