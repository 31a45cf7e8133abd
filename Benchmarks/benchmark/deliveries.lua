-- Posts signed deliveries from a file, each once: the time of signing, then lines of id, signature and body.
local prefixes, count = {}, 0
local next_one = 0

function init(arguments)
    local file = assert(io.open(arguments[1], "r"))
    local timestamp = file:read("*l")
    local before = "POST " .. wrk.path .. " HTTP/1.1\r\nHost: " .. wrk.headers["Host"] ..
        "\r\nContent-Type: application/json\r\nwebhook-timestamp: " .. timestamp .. "\r\nwebhook-id: "
    for line in file:lines() do
        local id, signature, body = line:match("^(%S+) (%S+) (.*)$")
        count = count + 1
        prefixes[count] = before .. id .. "\r\nwebhook-signature: v1," .. signature ..
            "\r\nContent-Length: " .. #body .. "\r\n\r\n" .. body
    end
    file:close()
end

function request()
    next_one = next_one + 1
    if next_one >= count then wrk.thread:stop() end
    return prefixes[math.min(next_one, count)]
end

function done(summary, latency, requests)
    local errors = summary.errors
    print(string.format(
        '{"requests":%d,"seconds":%.6f,"p50":%.3f,"p99":%.3f,"refused":%d,"broken":%d}',
        summary.requests, summary.duration / 1e6, latency:percentile(50) / 1e3, latency:percentile(99) / 1e3,
        errors.status, errors.connect + errors.read + errors.write + errors.timeout))
end
