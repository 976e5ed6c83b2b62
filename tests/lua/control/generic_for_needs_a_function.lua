-- A generic loop over a table value fails when it is called.
for k in {} do print(k) end  --> error: generic_for_needs_a_function.lua:2: attempt to call a table value
