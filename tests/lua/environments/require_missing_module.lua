-- A missing module is an error that lists the places tried.
package.path, package.cpath = "./?.none", "./?.none"
local ok, message = pcall(require, "not.there")
local function mentions(text) return message:find(text, 1, true) ~= nil end
print(ok, message:match("^module 'not.there' not found:"))  --> false	module 'not.there' not found:
print(mentions("no field package.preload['not.there']"), mentions("no file './not/there.none'"))  --> true	true
