-- A tiny interpreter runs another language's program.
local function run(program)
  local jump, stack = {}, {}
  for i = 1, #program do
    local c = program:sub(i, i)
    if c == "[" then stack[#stack + 1] = i
    elseif c == "]" then local j = table.remove(stack) jump[i], jump[j] = j, i end
  end
  local tape, p, pc, out = {}, 0, 1, {}
  local ops = {
    [">"] = function() p = p + 1 end,
    ["<"] = function() p = p - 1 end,
    ["+"] = function() tape[p] = ((tape[p] or 0) + 1) % 256 end,
    ["-"] = function() tape[p] = ((tape[p] or 0) - 1) % 256 end,
    ["."] = function() out[#out + 1] = string.char(tape[p] or 0) end,
    ["["] = function() if (tape[p] or 0) == 0 then pc = jump[pc] end end,
    ["]"] = function() if (tape[p] or 0) ~= 0 then pc = jump[pc] end end,
  }
  while pc <= #program do
    ops[program:sub(pc, pc)]()
    pc = pc + 1
  end
  return table.concat(out)
end
print(run("++++++++[>++++[>++>+++>+++>+<<<<-]>+>+>->>+[<]<-]>>.>---.+++++++..+++."))  --> Hello
