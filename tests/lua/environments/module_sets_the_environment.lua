-- `module` makes a table, registers it and makes it the chunk's environment.
local G = _G
module("corpus.shape")
G.print(_NAME, _PACKAGE, G.package.loaded["corpus.shape"] == _M, G.corpus.shape == _M)  --> corpus.shape	corpus.	true	true
function area(w, h) return w * h end
G.print(G.corpus.shape.area(2, 3), G.area)  --> 6	nil
