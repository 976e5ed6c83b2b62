//! The work that the collector does at once while a program with a heap of some 256 MB runs: counted, not
//! timed, so that the test says the same everywhere.

use bvm_tests::engine::{self, End, Limits, Mode, run};
use bvm_vm::Exit;
use bvm_vm::heap::collect::MOST_WORK;

/// Objects of all kinds, large and small, and changes to all of them while cycles are under way.
const PROGRAM: &[u8] = br#"
local points, names, index, adders, tasks, numbers = {}, {}, {}, {}, {}, {}
for i = 1, 800000 do points[i] = {x = i, y = -i} end
for i = 1, 300000 do local s = "name number " .. i names[i] = s index[s] = points[i] end
for i = 1, 200000 do local n = {i} adders[i] = function(m) n = n or m return n[1] + m end end
for i = 1, 3000000 do numbers[i] = i end
for i = 1, 500 do
  tasks[i] = coroutine.wrap(function()
    local kept = {}
    while true do kept[#kept % 8 + 1] = {i} coroutine.yield(#kept) end
  end)
  tasks[i]()
end
print(collectgarbage("count") > 120 * 1024)
local seed = 1
local function random(n) seed = seed * 16807 % 2147483647 return seed % n + 1 end
for round = 1, 300000 do
  local i = random(#points)
  points[i] = {x = round, y = points[random(#points)].x}
  if round % 8 == 0 then
    local s, j = "name number " .. random(#names) .. "/" .. round, random(#names)
    index[names[j]] = nil
    names[j] = s
    index[s] = points[i]
    local n = {round}
    adders[random(#adders)] = function(m) n = n or m return n[1] + m end
    tasks[random(#tasks)]()
  end
end
for i = 1, #points do assert(points[i].x and points[i].y) end
for i = 1, #names do assert(index[names[i]]) end
print(adders[1](1) > 1)
"#;

/// Runs a program that writes this text, and whose collector must have gone in steps that are not long.
fn goes_in_small_steps(source: &[u8], name: &str, text: &str) {
    let outcome = run(source, name, Mode::Whole, Limits::default());
    assert_eq!(outcome.end, End::Done(0), "{}", outcome.text());
    assert_eq!(outcome.text(), text);
    assert!(outcome.longest_step > 0, "no cycle was done in steps");
    // A step makes up for at most one other that there was no safepoint for. It may end behind what it was to do by one
    // piece of a table or a stack, and the last one of marking is followed by what the stacks have kept.
    let most = 10 * MOST_WORK;
    assert!(
        outcome.longest_step <= most,
        "{} units at once",
        outcome.longest_step
    );
}

#[test]
fn the_collector_works_in_small_steps_on_a_large_heap() {
    goes_in_small_steps(PROGRAM, "=heap", "true\ntrue\n");
}

/// Coroutines that wait in deep recursions, and others that go on, die and are made while the cycle looks at their stacks.
const DEEP: &[u8] = br#"
local function deep(n, t) if n > 0 then return 1 + deep(n - 1, { n }) end coroutine.yield(t) return 0 end
local tasks, kept = {}, {}
for i = 1, 12 do tasks[i] = coroutine.wrap(function() return deep(15000 + i) end) tasks[i]() end
for round = 1, 60000 do
  kept[round % 2000 + 1] = { round, tostring(round) }
  if round % 6000 == 0 then
    local i = round / 6000
    assert(tasks[i]() == 15000 + i)
    tasks[i] = coroutine.wrap(function() return deep(10000 + i) end)
    tasks[i]()
  end
end
for i = 1, 12 do assert(tasks[i]() == (i > 10 and 15000 or 10000) + i) end
print(#kept)
"#;

#[test]
fn deep_stacks_are_scanned_in_small_steps() {
    goes_in_small_steps(DEEP, "=deep", "2000\n");
}

/// A function with many constants and functions inside, and a coroutine with many variables that functions have captured.
const LARGE: &[u8] = br#"
local parts = {}
for i = 1, 20000 do parts[i] = "k" .. i .. " = " .. i .. ".5 function g() end " end
local large = loadstring(table.concat(parts))
parts = nil
local function deep(n)
  local a, b, c, d, e, f, g, h = n, n, n, n, n, n, n, n
  local all = function() return a + b + c + d + e + f + g + h end
  if n > 0 then return all() + deep(n - 1) end
  coroutine.yield()
  return 0
end
local task = coroutine.wrap(deep)
task(5000)
local kept = {}
for round = 1, 100000 do kept[round % 2000 + 1] = { round } end
print(#kept, task(), large ~= nil)
"#;

#[test]
fn large_functions_and_many_variables_are_scanned_in_small_steps() {
    goes_in_small_steps(LARGE, "=large", "2000\t100020000\ttrue\n");
}

/// The lists of a long function are there in part while it is made. At the memory limit there is a collection then, in the
/// middle of each of them.
#[test]
fn the_collector_meets_functions_that_are_made_in_part() {
    let mut collections = 0;
    for garbage in 20..50 {
        let program = format!(
            "local parts = {{ 'local all = {{' }}
            for i = 1, 6000 do parts[#parts + 1] = '\"text ' .. i .. '\",' end
            parts[#parts + 1] = '}} '
            for i = 1, 6000 do parts[#parts + 1] = 'do local v' .. i .. ' function f() end end ' end
            parts[#parts + 1] = 'return all, f'
            local source = table.concat(parts)
            parts = nil
            collectgarbage() collectgarbage('stop')
            for i = 1, 1e9 do
                if collectgarbage('count') > {garbage} * 102.4 then break end
                local garbage = {{ i }}
            end
            made = loadstring(source)
            local all, f = made()
            for i = 1, 6000 do if all[i] ~= 'text ' .. i then return end end
            return f() == nil and collectgarbage('count')"
        );
        let limits = Limits {
            memory: 5 << 20,
            ..Limits::default()
        };
        let mut vm = engine::started(program.as_bytes(), "=long", limits);
        assert_eq!(vm.run(1 << 40), Exit::Done);
        let audited = vm.audit_heap();
        assert_eq!(audited, Ok(false), "with {garbage} times 100 KiB");
        let kept = vm.results().first().and_then(|kept| kept.as_number());
        collections += usize::from(kept.expect("a number") < 2400.0);
    }
    assert!(collections > 10, "{collections} of 30");
}
