-- A constructor of six hundred items flushes them all.
local items = {}
for i = 1, 600 do items[i] = tostring(i) end
local t = loadstring("return {" .. table.concat(items, ",") .. "}")()
print(#t, t[1], t[512], t[600])  --> 600	1	512	600
