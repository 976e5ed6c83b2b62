-- A __len handler gets nil as its second argument.
local p = newproxy(true)
getmetatable(p).__len = function(...) return select("#", ...) .. type((select(2, ...))) end
print(#p) --> 2nil
