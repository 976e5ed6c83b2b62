-- A weak cache forgets results that nobody uses.
local cache = setmetatable({}, { __mode = "v" })
local made = 0
local function get(k) local v = cache[k] if not v then made = made + 1 v = { k } cache[k] = v end return v end
local a = get("a")
get("b")
print(get("a") == a, made)  --> true	2
collectgarbage()
get("a") get("b")
print(made)  --> 3
