-- debug.setlocal names the slots of a native's activation as debug.getlocal does.
print(debug.setlocal(0, 1, 0))
print(debug.setlocal(0, 3, 0))
print(debug.setlocal(0, 4, 0))
--> (*temporary)
--> (*temporary)
--> nil
