-- What wrk sends: the requests of a file (BENCH_REQUESTS), each a line of a token, a tab and a body, over and over.
local requests = {}
for line in io.lines(os.getenv("BENCH_REQUESTS")) do
  local token, body = line:match("^([^\t]+)\t(.+)$")
  requests[#requests + 1] = wrk.format("POST", "/graphql", {
    ["Host"] = "127.0.0.1",
    ["Content-Type"] = "application/json", ["Accept"] = "application/json", ["Authorization"] = "Bearer " .. token,
  }, body)
end
local n = tonumber(os.getenv("BENCH_FIRST"))

local thread
function setup(it) thread = it end -- wrk runs with one thread

function request()
  n = n + 1
  return requests[1 + n % #requests]
end

checked, wrong = 0, 0 -- globals, so that done() can ask the thread for them
if os.getenv("BENCH_CHECK") == "1" then
  function response(status, _, body)
    checked = checked + 1
    if status ~= 200 or body:find('"errors"', 1, true) or not body:find('"data":', 1, true) then
      wrong = wrong + 1
      if wrong == 1 then io.stderr:write("unexpected answer: ", status, " ", body:sub(1, 400), "\n") end
    end
  end
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    "RESULT requests=%d seconds=%f p50=%f p99=%f bytes=%d failed=%d checked=%d wrong=%d\n",
    summary.requests, summary.duration / 1e6, latency:percentile(50) / 1e6, latency:percentile(99) / 1e6, summary.bytes,
    errors.status + errors.connect + errors.read + errors.write + errors.timeout, thread:get("checked"), thread:get("wrong")))
end
