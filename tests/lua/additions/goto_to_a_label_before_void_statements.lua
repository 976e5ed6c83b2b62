-- Behind a label at the end of a block only labels and semicolons may stand; then no variable is in scope.
do
  goto out
  local skipped = 1
  ::out:: ::out_too::;
end
print(loadstring("goto out local skipped ::out:: print(skipped)", "=s"))  --> nil	s:1: <goto out> at line 1 jumps into the scope of local 'skipped'
print(type(loadstring("goto out local skipped ::out::", "=s")))  --> function
print(type(loadstring("do goto out local skipped ::out::; end", "=s")))  --> function
