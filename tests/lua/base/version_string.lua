-- `_VERSION` names the language.
print(_VERSION)  --> Lua 5.1
