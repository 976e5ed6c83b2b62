-- `type` gives one of eight names.
print(type(nil), type(true), type(1), type("s"), type({}), type(print), type(function() end))  --> nil	boolean	number	string	table	function	function
print(type(coroutine.create(print == nil and print or function() end)), type(newproxy()), type(type))  --> thread	userdata	function
