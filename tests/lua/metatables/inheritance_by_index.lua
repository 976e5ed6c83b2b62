-- Classes built on `__index` inherit and override.
local Base = {} Base.__index = Base
function Base.new(n) return setmetatable({ n = n }, Base) end
function Base:name() return "base" .. self.n end
function Base:twice() return self:name() .. self:name() end
local Derived = setmetatable({}, { __index = Base }) Derived.__index = Derived
function Derived:name() return "derived" .. self.n end
local d = setmetatable(Base.new(1), Derived)
print(Base.new(2):twice(), d:twice())  --> base2base2	derived1derived1
