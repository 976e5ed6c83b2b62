-- The mode of `load` tells whether text and binary chunks are welcome.
local binary = string.dump(function() return "binary" end)
print(load("return 'text'", "=c", "t")())  --> text
print(load("return 'text'", "=c", "bt")())  --> text
print(load("return 'text'", "=c", "b"))  --> nil	attempt to load a text chunk (mode is 'b')
print(load(binary, "=c", "b")())  --> binary
print(load(binary, "=c", "t"))  --> nil	attempt to load a binary chunk (mode is 't')
print(load(binary, "=c", nil)())  --> binary
print(load("", "=c", ""))  --> nil	attempt to load a text chunk (mode is '')
print(loadstring(binary, nil, "t"))  --> nil	attempt to load a binary chunk (mode is 't')
print(pcall(load, "", "=c", {}))  --> false	bad argument #3 to '?' (string expected, got table)
local function pieces(...)
  local list, at = { ... }, 0
  return function()
    at = at + 1
    return list[at]
  end
end
print(load(pieces("return ", "5"), "=c", "t")())  --> 5
print(load(pieces("return ", "5"), "=c", "b"))  --> nil	attempt to load a text chunk (mode is 'b')
print(load(pieces(binary:sub(1, 1), binary:sub(2)), "=c", "b")())  --> binary
print(load(pieces(binary:sub(1, 1), binary:sub(2)), "=c", "t"))  --> nil	attempt to load a binary chunk (mode is 't')
