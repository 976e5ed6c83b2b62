-- A local in one branch is not seen in another.
v = "global"
if true then local v = "then" print(v) else print(v) end  --> then
if false then local v = "then" else print(v) end  --> global
