-- A missing day, month or year is an error.
print(pcall(function() return os.time { year = 2020, month = 1 } end))  --> false	time_needs_its_fields.lua:2: field 'day' missing in date table
print(pcall(function() return os.time { day = 1, month = 1 } end))  --> false	time_needs_its_fields.lua:3: field 'year' missing in date table
