-- The old `string.gfind` is gmatch under its former name.
print(string.gfind == string.gmatch, type(string.gmatch("x", "x")))  --> true	function
