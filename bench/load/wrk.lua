-- Two arguments: a file made by wrk.ts, and a text that no other run is given. In the file, line by line: the method, the path and
-- the body (both with <value> in them), then the values; or, instead of values, "unique".
local method, path, body
local values = {}
local unique, count = nil, 0

local function filled(template, value)
  return (template:gsub('<value>', function() return value end))
end

function init(args)
  local lines = io.lines(args[1])
  method, path, body = lines(), lines(), lines()
  for line in lines do values[#values + 1] = line end
  math.randomseed(os.time())
  if values[1] == 'unique' then unique = args[2] end
end

function request()
  local value
  if unique then
    count = count + 1
    value = unique .. '-' .. count
  else
    value = values[math.random(#values)]
  end
  return wrk.format(method, filled(path, value), nil, body ~= '' and filled(body, value) or nil)
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    '\n{"count":%d,"micros":%d,"p50":%d,"p99":%d,"failed":%d}\n',
    summary.requests, summary.duration, latency:percentile(50), latency:percentile(99),
    errors.status + errors.connect + errors.read + errors.write + errors.timeout
  ))
end
