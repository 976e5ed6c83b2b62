-- The registry is a table.
print(type(debug.getregistry()))  --> table
