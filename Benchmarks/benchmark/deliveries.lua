-- Posts signed deliveries from a file, each once: the time of signing, then lines of id, signature and body.
dofile(debug.getinfo(1, "S").source:match("^@(.*/)") .. "figures.lua")

local deliveries, count, last = {}, 0, 0

function init(arguments)
    local file = assert(io.open(arguments[1], "r"))
    local timestamp = file:read("*l")
    local before = "POST " .. wrk.path .. " HTTP/1.1\r\nHost: " .. wrk.headers["Host"] ..
        "\r\nContent-Type: application/json\r\nwebhook-timestamp: " .. timestamp .. "\r\nwebhook-id: "
    for line in file:lines() do
        local id, signature, body = line:match("^(%S+) (%S+) (.*)$")
        count = count + 1
        deliveries[count] = before .. id .. "\r\nwebhook-signature: v1," .. signature ..
            "\r\nContent-Length: " .. #body .. "\r\n\r\n" .. body
    end
    file:close()
end

function request()
    last = math.min(last + 1, count)
    if last == count then wrk.thread:stop() end
    return deliveries[last]
end
