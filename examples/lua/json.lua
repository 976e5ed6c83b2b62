-- Json: a small encoder and decoder, and a round trip.
-- Shows string patterns, recursion and structured error values.
--
--   lua5.1 json.lua

local json = {}

-- A null inside a document needs a value of its own, for nil cannot be stored.
json.null = setmetatable({}, { __tostring = function() return "null" end })

-- Encoding ------------------------------------------------------------------

local escapes = { ['"'] = '\\"', ["\\"] = "\\\\", ["\n"] = "\\n", ["\r"] = "\\r", ["\t"] = "\\t" }

local function quote(s)
  return '"' .. s:gsub('[%c"\\]', function(c) return escapes[c] or ("\\u%04x"):format(c:byte()) end) .. '"'
end

local function is_array(t)
  return #t > 0 or next(t) == nil
end

function json.encode(value)
  if value == json.null or value == nil then return "null" end
  if type(value) == "string" then return quote(value) end
  if type(value) ~= "table" then return tostring(value) end
  local items = {}
  if is_array(value) then
    for i, item in ipairs(value) do items[i] = json.encode(item) end
    return "[" .. table.concat(items, ",") .. "]"
  end
  local keys = {}
  for key in pairs(value) do keys[#keys + 1] = key end
  table.sort(keys) -- so that the same table always gives the same text
  for i, key in ipairs(keys) do items[i] = quote(key) .. ":" .. json.encode(value[key]) end
  return "{" .. table.concat(items, ",") .. "}"
end

-- Decoding ------------------------------------------------------------------
-- Each reader takes the text and a position, and gives a value and the next position.

local read_value

local function fail(at, expected)
  error({ at = at, expected = expected })
end

local function skip_space(text, at)
  return text:find("%S", at) or #text + 1
end

local function expect(text, at, token)
  at = skip_space(text, at)
  if text:sub(at, at + #token - 1) ~= token then fail(at, token) end
  return at + #token
end

-- The bytes of a code point in UTF-8 (of one \u escape: surrogate pairs are left out).
local function utf8(code)
  if code < 0x80 then return string.char(code) end
  local low, rest = 0x80 + code % 64, math.floor(code / 64)
  if code < 0x800 then return string.char(0xC0 + rest, low) end
  return string.char(0xE0 + math.floor(rest / 64), 0x80 + rest % 64, low)
end

local unescapes = { n = "\n", r = "\r", t = "\t", b = "\b", f = "\f" }

local function read_string(text, at)
  local parts = {}
  at = expect(text, at, '"')
  while true do
    local plain, mark, next_at = text:match('^([^"\\]*)(["\\])()', at)
    if not plain then fail(at, '"') end
    parts[#parts + 1] = plain
    at = next_at
    if mark == '"' then return table.concat(parts), at end
    local hex = text:match("^u(%x%x%x%x)", at)
    local c = text:sub(at, at)
    parts[#parts + 1] = hex and utf8(tonumber(hex, 16)) or unescapes[c] or c
    at = at + (hex and 5 or 1)
  end
end

-- Reads items up to the closing bracket, each by the given function.
local function read_items(text, at, close, read_item)
  at = skip_space(text, at)
  if text:sub(at, at) == close then return at + 1 end
  while true do
    at = skip_space(text, read_item(at))
    if text:sub(at, at) == close then return at + 1 end
    at = expect(text, at, ",")
  end
end

local function read_array(text, at)
  local array, n = {}, 0
  at = read_items(text, at + 1, "]", function(i)
    n = n + 1
    array[n], i = read_value(text, i)
    return i
  end)
  return array, at
end

local function read_object(text, at)
  local object = {}
  at = read_items(text, at + 1, "}", function(i)
    local key
    key, i = read_string(text, i)
    object[key], i = read_value(text, expect(text, i, ":"))
    return i
  end)
  return object, at
end

local function read_number(text, at)
  local digits = text:match("^-?%d+%.?%d*[eE]?[+-]?%d*", at)
  if not digits or not tonumber(digits) then fail(at, "a value") end
  return tonumber(digits), at + #digits
end

local constants = { ["true"] = true, ["false"] = false, null = json.null }
local readers = { ['"'] = read_string, ["["] = read_array, ["{"] = read_object }

function read_value(text, at)
  at = skip_space(text, at)
  local word = text:match("^%a+", at)
  if constants[word or ""] ~= nil then return constants[word], at + #word end
  return (readers[text:sub(at, at)] or read_number)(text, at)
end

function json.decode(text)
  local ok, value, at = pcall(read_value, text, 1)
  if ok and skip_space(text, at) <= #text then
    ok, value = false, { at = at, expected = "the end" }
  end
  if ok then return value end
  if type(value) ~= "table" then error(value, 0) end
  return nil, ("%s expected at byte %d"):format(value.expected, value.at)
end

-- A round trip --------------------------------------------------------------

local text = [[
{ "name": "bvm", "version": 0.1, "stable": false, "parent": null,
  "libraries": ["base", "string", "table"], "empty": [],
  "quote": "a \"word\" and a\ttab", "limits": { "upvalues": 60, "locals": 200 } }
]]

local document = assert(json.decode(text))
print("name", document.name)
print("libraries", table.concat(document.libraries, ", "))
print("parent", document.parent)
print("escape", json.decode('"caf\\u00e9 \\u20ac"'))
print(json.encode(document))
print(json.encode(assert(json.decode(json.encode(document)))) == json.encode(document))

for _, broken in ipairs { "[1, 2", '{"a" 1}', "[1,]", "nul", "[] []", '"open' } do
  print(broken, select(2, json.decode(broken)))
end
