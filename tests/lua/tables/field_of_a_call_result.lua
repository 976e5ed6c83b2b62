-- A call result can be indexed, called and assigned into.
local store = {}
local function get() return store end
get().x = 5
get()["y"] = { z = 6 }
print(store.x, get().y.z, ({ 1, 2, 3 })[2], (get()).x)  --> 5	6	2	5
