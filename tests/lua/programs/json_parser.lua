-- A recursive parser reads a JSON text and a writer gives it back.
local parse_value

local function skip(s, i) return s:find("[^%s]", i) or #s + 1 end

local function parse_list(s, i, close, item)
  local n = 0
  i = skip(s, i)
  if s:sub(i, i) == close then return i + 1 end
  while true do
    n = n + 1
    i = skip(s, item(i, n))
    local c = s:sub(i, i)
    if c == close then return i + 1 end
    if c ~= "," then error("expected , or " .. close .. " at " .. i, 0) end
    i = skip(s, i + 1)
  end
end

local words = { ["true"] = true, ["false"] = false, null = "null" }

function parse_value(s, i)
  i = skip(s, i)
  local c = s:sub(i, i)
  if c == '"' then
    local e = s:find('"', i + 1, true)
    return s:sub(i + 1, e - 1), e + 1
  elseif c == "[" or c == "{" then
    local t = {}
    return t, parse_list(s, i + 1, c == "[" and "]" or "}", function(at, n)
      local key = n
      if c == "{" then
        key, at = parse_value(s, at)
        at = skip(s, at) + 1
      end
      t[key], at = parse_value(s, at)
      return at
    end)
  end
  local number = s:match("^-?%d+%.?%d*[eE]?[+-]?%d*", i)
  if number then return tonumber(number), i + #number end
  local word = s:match("^%a+", i)
  if words[word or ""] == nil then error("unexpected character at " .. i, 0) end
  return words[word], i + #word
end

local v = parse_value('{"name": "bvm", "tags": ["vm", "lua", []], "n": -1.5e2, "ok": true, "none": null}', 1)
print(v.name, v.tags[1], v.tags[2], #v.tags[3], v.n, v.ok, v.none)  --> bvm	vm	lua	0	-150	true	null
print(pcall(parse_value, "[1, 2", 1))  --> false	expected , or ] at 6
print(pcall(parse_value, "[1, ?]", 1))  --> false	unexpected character at 5
