-- Labels and jumps need no separator, and a parenthesis may begin the statement behind them.
local f = function(x) print("called", x) return "done" end
local a = f ::one:: (f)(1)  --> called	1
a = 5 goto two
print("skipped")
::two:: (f)(a)  --> called	5
local t = {} ::three:: f "three"  --> called	three
goto four ::four:: ("x"):rep(3)
do return f(6) end ::five::  --> called	6
