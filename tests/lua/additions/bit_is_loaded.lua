-- The libraries bit, bit32 and utf8 are globals and loaded modules.
for _, name in ipairs { "bit", "bit32", "utf8" } do
  print(name, type(_G[name]), package.loaded[name] == _G[name], require(name) == _G[name])
end
--> bit	table	true	true
--> bit32	table	true	true
--> utf8	table	true	true
