-- Lines are known however long a function is, and wherever it begins; after a dump, too.
local function line_of_error(source)
  local message = select(2, pcall(assert(loadstring(source, "=long"))))
  local dumped = select(2, pcall(loadstring(string.dump(loadstring(source, "=long")))))
  return message == dumped, message
end
for _, lines in ipairs { 0, 1, 253, 254, 255, 256, 65533, 65534, 65535, 70000 } do
  local blank = ("\n"):rep(lines)
  print(lines, line_of_error("local a" .. blank .. " error('here')"))
  print(lines, line_of_error("\n\n\nlocal function f() local a" .. blank .. " error('here') end f()"))
end
--> 0	true	long:1: here
--> 0	true	long:4: here
--> 1	true	long:2: here
--> 1	true	long:5: here
--> 253	true	long:254: here
--> 253	true	long:257: here
--> 254	true	long:255: here
--> 254	true	long:258: here
--> 255	true	long:256: here
--> 255	true	long:259: here
--> 256	true	long:257: here
--> 256	true	long:260: here
--> 65533	true	long:65534: here
--> 65533	true	long:65537: here
--> 65534	true	long:65535: here
--> 65534	true	long:65538: here
--> 65535	true	long:65536: here
--> 65535	true	long:65539: here
--> 70000	true	long:70001: here
--> 70000	true	long:70004: here
local lines = debug.getinfo(loadstring(("\n"):rep(300) .. "return 1\n\n, 2"), "L").activelines
local all = {}
for line in pairs(lines) do all[#all + 1] = line end
table.sort(all)
print(unpack(all)) --> 303
