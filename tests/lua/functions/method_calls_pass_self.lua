-- `o:m(...)` passes o as the first argument, evaluated once.
local account = { balance = 0 }
function account:deposit(n) self.balance = self.balance + n return self end
function account.get(self) return self.balance end
local count = 0
local function which() count = count + 1 return account end
which():deposit(10):deposit(5)
print(account:get(), account.get { balance = 7 }, count)  --> 15	7	1
