-- `next` refuses a key that was never in the table.
print(pcall(next, { 1, 2 }, "no such key"))  --> false	invalid key to 'next'
print(pcall(next, {}, 1))  --> false	invalid key to 'next'
