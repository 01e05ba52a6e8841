-- What wrk sends: one operation over and over, its number taken through the range in a scattered order.
-- From the environment: BENCH_TOKEN; BENCH_PREFIX, the body up to the variables; BENCH_VARIABLES, with %d for the number;
-- BENCH_NUMBERS, the largest number; BENCH_FIRST, where to begin; BENCH_CHECK=1 looks into every answer, which costs wrk
-- some CPU and so is for the warm-up.
local prefix = os.getenv("BENCH_PREFIX")
local variables = os.getenv("BENCH_VARIABLES")
local numbers = tonumber(os.getenv("BENCH_NUMBERS"))
local n = tonumber(os.getenv("BENCH_FIRST"))
local headers = {
  ["Content-Type"] = "application/json",
  ["Accept"] = "application/json",
  ["Authorization"] = "Bearer " .. os.getenv("BENCH_TOKEN"),
}

local thread
function setup(it) thread = it end -- wrk runs with one thread

function request()
  n = n + 1
  return wrk.format("POST", "/graphql", headers, prefix .. string.format(variables, 1 + (n * 7919) % numbers) .. "}")
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
