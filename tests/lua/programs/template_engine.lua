-- A template is compiled by loadstring and filled in by an environment.
local function template(text)
  local code, at = { "local out = {} " }, 1
  local function add(format, s) code[#code + 1] = format:format(s) end
  for plain, source, stop in text:gmatch("(.-)<%%(.-)%%>()") do
    add("out[#out + 1] = %q ", plain)
    local expression = source:match("^=(.*)")
    if expression then add("out[#out + 1] = tostring(%s) ", expression) else add("%s ", source) end
    at = stop
  end
  add("out[#out + 1] = %q return table.concat(out)", text:sub(at))
  local f = assert(loadstring(table.concat(code), "=template"))
  return function(env) return setfenv(f, setmetatable(env, { __index = _G }))() end
end

local render = template("<%= title %>: <% for i, v in ipairs(items) do %>[<%= i %> <%= v:upper() %>]<% end %>!")
print(render { title = "List", items = { "a", "b" } })  --> List: [1 A][2 B]!
print(render { title = "Empty", items = {} })  --> Empty: !
