//! Small programs are saved after each unit of their fuel, in one run up to there, and must be restored to the same, and
//! end in the same. Restoring puts in order what a run leaves anywhere, so runs that are restored again and again do not
//! show what this shows. Must not look at what programs do.

use bvm_tests::engine::{self, Limits};
use bvm_vm::{Exit, Vm};

/// What goes before each of them.
const BEFORE: &str = "
    local function id(...) return ... end
    local function many() return 1, 'two', nil, 4 end
    local object = setmetatable({ 1, 2 }, {
        __index = function(t, k) return k end, __newindex = function(t, k, v) rawset(t, k, v) end,
        __call = function(_, ...) return ... end, __tostring = function() return 'object' end,
        __add = function() return 3 end, __concat = function() return 'joined' end,
        __lt = function() return true end, __le = function() return false end,
        __eq = function() return true end, __unm = function() return many() end })
    local function every()
        local x, y = object.x, object[5] object.y = id(many())
        x = object + 1 .. object x = -object x = object < object x = object <= object
        x = object(id(1, 2), many()) y = tostring(object) .. #object
        for k, v in pairs{ 1, x = 2 } do x = id(k, v) end
        local all = { many(), id(many()) } x = select('#', unpack(all, 1, 4))
        x = ('a-b'):gsub('%w', function(c) return c .. c end)
        table.sort(all, function(a, b) return tostring(a) < tostring(b) end)
        return id(id(many()))
    end
    local function fails() local x = many() return x.y.z + 1 end
    local function varied(...) return select('#', ...), ... end ";

const PROGRAMS: &[&str] = &[
    "every()",
    "pcall(every) xpcall(fails, function(e) return e .. many() end) pcall(error, object)",
    "pcall(function() debug.sethook(function(e, l) every() end, 'l') local x = 1
        x = x + 1 x = tostring(x)
        varied(id(x), many()) debug.sethook() end)",
    "pcall(function() local n = 0 debug.sethook(function(e, l) n = n .. tostring(l) end, 'crl', 3)
        every() varied(many())
        pcall(fails) return debug.sethook() end)",
    "local co = coroutine.wrap(function(...) debug.sethook(function() id(many()) end, 'cr')
        local x = coroutine.yield(id(...)) every() debug.sethook() return varied(x, many()) end)
        co(1, 2) pcall(co, 3)",
    "local co = coroutine.create(function(...) pcall(function(...) coroutine.yield(varied(...)) end, ...) fails() end)
        coroutine.resume(co, many()) coroutine.resume(co, many()) coroutine.status(co)",
    "pcall(string.gsub, 'abc', '.', function(c) if c == 'c' then fails() end return varied(c) end)",
    "local p = newproxy(true) getmetatable(p).__gc = function() every() pcall(fails) end p = nil collectgarbage() many()",
    "ring.run(3, 'local t = {} for i = 1, 9 do t[i] = tostring(i) end while true do end', { fuel = 300 }) many()",
    "ring.globals(3).gate = ring.gate(function(f) return pcall(f, many()) end)
        ring.run(3, 'return gate(function(...) return ... end), gate(error)', { fuel = 3000 })",
    "local f = loadstring('local a, b = ... local function g() a = a + b return a end return g(), g') pcall(f, 1, 2)",
    "local a, b, c = 1, 2, 3 local f = function() return a + b + c end
        pcall(function(d) local e = function() return d end fails() end, 4) f()",
];

/// A machine that has run a program for so many units; `None` when it has ended by then.
fn after(program: &str, units: u64) -> Option<Vm> {
    let source = format!("{BEFORE}{program}");
    let mut vm = engine::started(source.as_bytes(), "=anywhere", Limits::default());
    match vm.run(units) {
        Exit::OutOfFuel | Exit::Collecting => Some(vm),
        Exit::Done => None,
        exit => panic!("{program}: {exit:?}"),
    }
}

/// A machine restored from what another one has saved, and how it is at its end.
fn restored(vm: &mut Vm, what: &str) -> Vec<u8> {
    let saved = vm.snapshot().expect("it can be saved");
    let mut restored = engine::restore(&saved, Limits::default().memory)
        .unwrap_or_else(|error| panic!("{what}: {error}"));
    let again = restored.snapshot().expect("it can be saved");
    assert!(again == saved, "{what}: saved otherwise");
    assert_eq!(restored.run(1 << 40), Exit::Done, "{what}");
    restored.audit_heap().expect("a heap that is well formed");
    restored.snapshot().expect("it can be saved")
}

#[test]
fn programs_are_saved_after_each_unit() {
    for program in PROGRAMS {
        let mut units = 0;
        let mut end = None;
        while let Some(mut vm) = after(program, units) {
            let what = format!("{program}, {units} units");
            let last = restored(&mut vm, &what);
            let first = end.get_or_insert_with(|| last.clone());
            assert!(last == *first, "{what}: another state at the end");
            units += 1;
        }
        assert!(units > 50, "{program}: {units} units");
    }
}
