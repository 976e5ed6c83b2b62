-- Sandbox: runs strange code with only the names it is given.
-- Shows loadstring, setfenv, pcall and a count hook that stops endless loops.
-- (It limits names and steps, not memory: that takes a host like bvm itself.)
--
--   lua5.1 sandbox_loadstring.lua

local STEPS = 100000

-- What a guest may see. Library tables are copied, so that a guest cannot change ours.
local function new_environment(out)
  local function copy(library)
    local t = {}
    for name, value in pairs(library) do t[name] = value end
    return t
  end
  local env = {
    pairs = pairs, ipairs = ipairs, tostring = tostring, tonumber = tonumber,
    type = type, select = select, unpack = unpack, error = error,
    math = copy(math), table = copy(table),
  }
  env._G = env
  function env.print(...)
    local words = {}
    for i = 1, select("#", ...) do words[i] = tostring((select(i, ...))) end
    out[#out + 1] = table.concat(words, " ")
  end
  return env
end

local function limited(f)
  local function stop()
    error("too many steps", 0)
  end
  debug.sethook(stop, "", STEPS)
  local ok, result = pcall(f)
  debug.sethook()
  return ok, result
end

local function run(name, source)
  if source:byte() == 27 then return nil, "bytecode is not welcome", {} end
  local chunk, problem = loadstring(source, "=" .. name)
  if not chunk then return nil, problem, {} end
  local out = {}
  setfenv(chunk, new_environment(out))
  local ok, result = limited(chunk)
  if ok then return true, result, out end
  return nil, result, out
end

local guests = {
  { "polite", "print('sum of squares') local s = 0 for i = 1, 10 do s = s + i * i end return s" },
  { "global", "x = 42 print(x, _G.x) return x" },
  { "nosy", "return os.getenv('HOME')" },
  { "greedy", "while true do end" },
  { "broken", "return 1 +" },
  { "failing", "local t = nil\nreturn t.field" },
  { "vandal", "math.floor = nil table.sort = nil return 'done'" },
  { "binary", string.dump(function() return 1 end) },
}

for _, guest in ipairs(guests) do
  local name, source = guest[1], guest[2]
  local ok, result, out = run(name, source)
  print(("%-8s %-5s %s"):format(name, ok and "ok" or "error", tostring(result)))
  for _, line in ipairs(out) do print("         | " .. line) end
end
print("host     fine  x is " .. tostring(x) .. ", math.floor is a " .. type(math.floor))
