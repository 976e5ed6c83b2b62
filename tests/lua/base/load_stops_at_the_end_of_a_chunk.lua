-- A reader is not called again when it has given a whole binary chunk, or one with a wrong header.
local function read(piece)
  local calls = 0
  local f, message = load(function()
    calls = calls + 1
    return piece(calls)
  end, "=chunk")
  print(calls, f and f() or message)
end
local dumped = string.dump(function() return "done" end)
read(function(i) return i == 1 and dumped or "more" end)  --> 1	done
read(function(i) return i == 1 and dumped:sub(1, 20) or i == 2 and dumped:sub(21) or "more" end)  --> 2	done
read(function(i) return i == 1 and dumped:sub(1, -2) or nil end)  --> 2	chunk: unexpected end in precompiled chunk
read(function(i) return i <= 5 and ("\27Lux."):sub(i, i) or "_" end)  --> 12	chunk: bad header in precompiled chunk
read(function(i) return i == 1 and "\27Lux" or "_" end)  --> 9	chunk: bad header in precompiled chunk
