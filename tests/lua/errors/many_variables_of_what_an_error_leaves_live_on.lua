-- However many variables an error leaves, the functions that captured them keep them, and share them as before.
local names = {}
for i = 1, 40 do names[i] = "v" .. i end
local list, values = table.concat(names, ", "), ("n, "):rep(39) .. "n"
local deep = loadstring([[
  local keep, last = ...
  local function deep(n)
    local ]] .. list .. " = " .. values .. [[
    keep(function() v1 = v1 + 1 return ]] .. list .. [[ end, function() return v1 + v40 end)
    if n == 0 then return last() end
    return 1 + deep(n - 1)
  end
  return deep]], "=deep")

local function try(how, last)
  local made = {}
  local f = deep(function(a, b) made[#made + 1] = { a, b } end, last)
  print(how(f, 30))
  local sum = 0
  for i, pair in ipairs(made) do
    local n = 31 - i
    assert(pair[1]() == n + 1 and select(40, pair[1]()) == n, i)
    sum = sum + pair[2]()
  end
  print(#made, sum)
end

local function fails() error("oh", 0) end
try(pcall, fails)  --> false	oh
--> 31	992
try(function(f, n) return xpcall(function() return f(n) end, function(e) return e .. "!" end) end, fails)  --> false	oh!
--> 31	992
try(function(f, n) return xpcall(function() return f(n) end, function(e) return e .. nil end) end, fails)  --> false	error in error handling
--> 31	992
try(pcall, function() return pcall(error) end)  --> false	deep:5: attempt to perform arithmetic on a boolean value
--> 31	992

-- The same where a coroutine dies of the error, or a function of the library is left.
local co
try(function(f, n)
  co = coroutine.create(f)
  return coroutine.resume(co, n)
end, fails)  --> false	oh
--> 31	992
print(coroutine.status(co))  --> dead
try(function(f, n)
  local outer = coroutine.wrap(function() return pcall(coroutine.wrap(f), n) end)
  return outer()
end, fails)  --> false	oh
--> 31	992
try(function(f, n)
  return select("#", pcall(string.gsub, "x", "x", function() return f(n) end)), f ~= nil
end, fails)  --> 2	true
--> 31	992
