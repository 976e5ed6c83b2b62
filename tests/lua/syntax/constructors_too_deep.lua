-- Constructors and functions nested too deep are errors.
print(loadstring("x = " .. ("{"):rep(250) .. ("}"):rep(250), "=s"))  --> nil	s:1: chunk has too many syntax levels
print(loadstring("x = " .. ("function() return "):rep(250) .. "1" .. (" end"):rep(250), "=s"))  --> nil	s:1: chunk has too many syntax levels
