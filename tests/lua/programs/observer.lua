-- Listeners are added, told and removed by the function returned to them.
local function event()
  local listeners = {}
  local e = {}
  function e.on(f)
    listeners[#listeners + 1] = f
    return function()
      for i, g in ipairs(listeners) do
        if g == f then
          table.remove(listeners, i)
          return true
        end
      end
      return false
    end
  end
  function e.fire(...)
    for _, f in ipairs(listeners) do f(...) end
    return #listeners
  end
  return e
end

local log, click = {}, event()
local off = click.on(function(x) log[#log + 1] = "a" .. x end)
click.on(function(x) log[#log + 1] = "b" .. x end)
print(click.fire(1), off(), off(), click.fire(2), table.concat(log, " "))  --> 2	true	false	1	a1 b1 b2
