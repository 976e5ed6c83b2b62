-- Classes: objects, inheritance, mixins and operators out of tables and metatables.
--
--   lua5.1 classes.lua

-- A class is a table of methods; its instances look there for what they lack.
local function class(name, parent)
  local cls = { name = name, parent = parent }
  cls.__index = cls
  -- Metamethods are not inherited through __index, so copy the parent's.
  for key, value in pairs(parent or {}) do
    if type(key) == "string" and key:find("^__") and key ~= "__index" then cls[key] = value end
  end
  return setmetatable(cls, {
    __index = parent,
    __tostring = function() return "class " .. name end,
    __call = function(_, ...)
      local object = setmetatable({}, cls)
      if object.init then object:init(...) end
      return object
    end,
  })
end

local function is_a(object, cls)
  local c = getmetatable(object)
  while c do
    if c == cls then return true end
    c = c.parent
  end
  return false
end

local function mix_in(cls, methods)
  for name, method in pairs(methods) do cls[name] = method end
  return cls
end

-- Animals speak; dogs fetch and remember.
local Animal = class("Animal")

function Animal:init(name, sound)
  self.name, self.sound = name, sound
end

function Animal:speak()
  return self.name .. " says " .. self.sound
end

Animal.__tostring = function(self) return getmetatable(self).name .. " " .. self.name end
Animal.__lt = function(a, b) return a.name < b.name end

local Dog = class("Dog", Animal)

function Dog:init(name)
  Animal.init(self, name, "woof")
  self.fetched = {}
end

function Dog:fetch(thing)
  table.insert(self.fetched, thing)
  return self
end

function Dog:speak()
  if #self.fetched == 0 then return Animal.speak(self) end
  return Animal.speak(self) .. ", and brings " .. table.concat(self.fetched, " and ")
end

-- A mixin is a table of methods for any class.
local Swimming = {
  swim = function(self) return self.name .. " swims" end,
}
local Duck = mix_in(class("Duck", Animal), Swimming)

function Duck:init(name)
  Animal.init(self, name, "quack")
end

local pets = { Dog("Rex"), Duck("Donald"), Animal("Tom", "meow"), Dog("Fido") }
pets[1]:fetch("a stick"):fetch("the paper")
table.sort(pets, function(a, b) return a < b end)

for _, pet in ipairs(pets) do
  print(("%-12s %-6s %s"):format(tostring(pet), tostring(is_a(pet, Dog)), pet:speak()))
end
print(pets[1]:swim(), tostring(Duck), is_a(pets[1], Animal))
