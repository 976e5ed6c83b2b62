-- The message of a comparison tells types apart by their third letters.
print(pcall(function() return "x" < coroutine.create(function() end) end)) --> false	strings_compare_with_threads.lua:2: attempt to compare two string values
print(pcall(function() return coroutine.create(function() end) <= "x" end)) --> false	strings_compare_with_threads.lua:3: attempt to compare two thread values
print(pcall(function() return {} < 1 end)) --> false	strings_compare_with_threads.lua:4: attempt to compare table with number
