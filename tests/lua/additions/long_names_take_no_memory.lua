-- What is no name of a file is not looked for, and templates with many marks do not multiply long names: the host's
-- memory is not the program's to fill.
local long = ("x"):rep(1e6)
print(pcall(require, long))  --> false	bad argument #1 to '?' (name too long)
print(pcall(module, long))  --> false	bad argument #1 to '?' (name too long)
local path = package.path
package.path = ("?"):rep(10000)
local ok, message = pcall(require, ("x"):rep(4000))
print(ok, #message < 1e5, message:sub(1, 12))  --> false	true	module 'xxxx
package.path = ("?"):rep(60000)
print(pcall(require, "name"))  --> false	path too long
package.path = path
print(select("#", loadfile(long)), #select(2, loadfile(long)))  --> 2	4128
print(pcall(collectgarbage, "no option" .. ("\0"):rep(1e6)))  --> false	bad argument #1 to '?' (invalid option 'no option')
print(#select(2, pcall(collectgarbage, long)))  --> 4138
print(os.setlocale(long))  --> nil
-- The name of a chunk ends after 4 KiB, unless it is the source.
print(#debug.getinfo(loadstring("", "=" .. long), "S").source)  --> 4096
print(#debug.getinfo(loadstring(" " .. ("\n"):rep(20000)), "S").source)  --> 20001
-- Formats that are followed in one piece have at most 16 KiB.
print(pcall(os.date, ("%c"):rep(8193)))  --> false	bad argument #1 to '?' (format too long)
print(#os.date(("x"):rep(16384), 0))  --> 16384
print(pcall(string.pack, ("x"):rep(16385)))  --> false	bad argument #1 to '?' (format too long)
print(pcall(string.packsize, (" "):rep(16385)))  --> false	bad argument #1 to '?' (format too long)
