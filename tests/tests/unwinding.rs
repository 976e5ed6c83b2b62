//! An error may leave hundreds of thousands of variables that functions have captured. They are closed in portions, and fuel is
//! looked at between them, so that no slice closes many: how many are open is looked at here after each slice. Must not measure
//! time.

use bvm_tests::engine::{self, Limits};
use bvm_vm::objects::Upval;
use bvm_vm::objects::root::{self, AT};
use bvm_vm::{Exit, Value, Vm};

/// Fuel of a slice.
const SLICE: u64 = 100;

/// Variables that a slice may close: four for a unit, a portion of them that it begins, and those of calls that return.
const MOST: usize = 4 * SLICE as usize + 256 + 100;

/// `deep(n, f)` calls itself n times, captures forty variables in each call, and then calls f.
const DEEP: &str = "
    local names, values = {}, {}
    for i = 1, 40 do names[i] = 'v' .. i values[i] = 'n' end
    names, values = table.concat(names, ', '), table.concat(values, ', ')
    local kept = {}
    ring.globals(3).keep = ring.gate(function(n, f) kept[n] = f end)
    -- Whether all functions have the values of their variables.
    local function check()
        for n = 0, 1000 do
            local values = { kept[n]() }
            for i = 1, 40 do if values[i] ~= n then return false end end
        end
        return true
    end
    local deep = ring.load(3, [[
        local function deep(n, f)
            local ]] .. names .. ' = ' .. values .. [[

            keep(n, function() return ]] .. names .. [[ end)
            if n == 0 then return f() end
            return 1 + deep(n - 1, f)
        end
        return deep]])()
    local spin = ring.load(3, 'while true do end')
    ";

/// Ways to leave it.
const WAYS: &[&str] = &[
    "return (pcall(deep, 1000, error))",
    "return (xpcall(function() deep(1000, error) end, function() end))",
    "return (xpcall(function() deep(1000, error) end, error))",
    "return (ring.run(3, deep, { fuel = 1e6 }, 1000, error))",
    "return (ring.run(3, deep, { fuel = 2e5 }, 1000, spin))",
    "ring.limit(3, { fuel = 2e5 }) return (pcall(deep, 1000, spin))",
    "ring.limit(3, { fuel = 2e5 }) return (pcall(function() local x = 1 + deep(1000, spin) end))",
    "ring.limit(3, { fuel = 2e5 }) return (xpcall(function() local x = 1 + deep(1000, spin) end, function() end))",
    "ring.globals(3).newproxy = newproxy
     ring.load(3, 'local f, g = ... getmetatable(newproxy(true)).__gc = function() f(1000, g) end')(deep, error)
     collectgarbage() return false",
    "return (coroutine.resume(coroutine.create(deep), 1000, error))",
    "return (ring.run(3, function() coroutine.wrap(deep)(1000, spin) end, { fuel = 2e5 }))",
];

/// How many variables of the running thread are open.
fn open(vm: &mut Vm) -> usize {
    vm.access(|cpu| {
        let first = cpu.mem.get(AT, root::OPEN);
        let next = |&at: &u32| Some(cpu.mem.get(at, Upval::NEXT));
        std::iter::successors(Some(first), next)
            .take_while(|&at| at != 0)
            .count()
    })
}

/// A machine that is about to run a program.
fn begin(program: &str) -> Vm {
    engine::started(program.as_bytes(), "=unwinding", Limits::default())
}

/// Runs it until many variables are closed at a time.
fn run_until_closing(vm: &mut Vm, way: &str) {
    let (mut before, mut now) = (0, 0);
    while now + 100 >= before {
        let exit = vm.run(SLICE);
        assert!(matches!(exit, Exit::OutOfFuel | Exit::Collecting), "{way}");
        (before, now) = (now, open(vm));
    }
}

/// Runs a program; gives the most variables that were open at once, and the most that a slice has closed.
fn run(program: &str) -> (usize, usize) {
    let mut vm = begin(program);
    let (mut before, mut most, mut closed) = (0, 0, 0);
    loop {
        let exit = vm.run(SLICE);
        let now = open(&mut vm);
        closed = closed.max(usize::saturating_sub(before, now));
        most = most.max(now);
        before = now;
        match exit {
            Exit::OutOfFuel | Exit::Collecting => {}
            Exit::Done => return (most, closed),
            other => panic!("{program}: {other:?}"),
        }
    }
}

#[test]
fn no_slice_closes_many_variables() {
    for way in WAYS {
        let (most, closed) = run(&format!("{DEEP}{way}"));
        assert!(most > 30_000, "{most} were open: {way}");
        let is_kept = way.contains("coroutine");
        assert!(is_kept || closed <= MOST, "{closed} in a slice: {way}");
    }
}

/// Ways to leave it for the host.
const WAYS_OUT: &[&str] = &[
    "deep(1000, error)",
    "return deep(1000, error)",
    "local x = 1 + deep(1000, function() local x = nil + 1 end)",
    "ring.limit(3, { fuel = 2e5 }) deep(1000, spin)",
    "coroutine.wrap(function() deep(1000, error) end)()",
    "local function outer() local x = {} local f = function() return x end deep(1000, error) end outer()",
];

fn save_and_restore(vm: &mut Vm, way: &str) {
    let snapshot = vm.snapshot().expect("it can be saved");
    *vm = engine::restore(&snapshot, Limits::default().memory)
        .unwrap_or_else(|error| panic!("{way}: {error}"));
}

/// What the host runs after an error.
fn check_after(vm: &mut Vm, way: &str) {
    // Ring 3 may have used up what it had.
    let program = b"ring.limit(3, { fuel = 1e9 }) return check()";
    let checked = engine::compile(program, "=after").expect("it compiles");
    let function = vm.load(checked).expect("there is memory");
    vm.drain_fuel();
    vm.start(function, &[]).expect("it starts");
    assert_eq!(vm.run(1 << 40), Exit::Done, "{way}");
    assert_eq!(vm.results(), [Value::TRUE], "{way}");
}

/// The host does not get an error before the variables are closed that it leaves, or the next call would close them all at once.
#[test]
fn no_slice_closes_many_variables_before_the_host_gets_an_error() {
    for way in WAYS_OUT {
        let mut tracebacks = Vec::new();
        for restored in [false, true] {
            let mut vm = begin(&format!("{DEEP} _G.check = check {way}"));
            let (mut before, mut most) = (0, 0);
            let exit = loop {
                let exit = vm.run(SLICE);
                let traceback = vm.take_traceback();
                let now = open(&mut vm);
                let is_kept = way.contains("coroutine");
                let closes_few = is_kept || before <= now + MOST;
                assert!(closes_few, "{} in a slice: {way}", before - now);
                if now < before && restored {
                    save_and_restore(&mut vm, way);
                }
                (before, most) = (now, most.max(now));
                if !matches!(exit, Exit::OutOfFuel | Exit::Collecting) {
                    tracebacks.push(traceback);
                    break exit;
                }
            };
            assert!(matches!(exit, Exit::Error(_)), "{way}: {exit:?}");
            if restored {
                save_and_restore(&mut vm, way);
            }
            assert!(before <= 256, "{before} are open: {way}");
            assert!(most > 30_000, "{most} were open: {way}");
            check_after(&mut vm, way);
        }
        assert!(!tracebacks[0].is_empty(), "{way}");
        assert_eq!(tracebacks[0], tracebacks[1], "{way}");
    }
}

#[test]
fn the_host_interrupts_what_leads_to_it() {
    for way in WAYS_OUT {
        if way.contains("coroutine") {
            continue;
        }
        let mut vm = begin(&format!("{DEEP} _G.check = check {way}"));
        run_until_closing(&mut vm, way);
        for _ in 0..30 {
            assert!(open(&mut vm) > 4_000, "{way}");
            assert_eq!(vm.interrupt(b"stop"), None, "{way}");
            assert_eq!(vm.run(1), Exit::OutOfFuel, "{way}");
        }
        let exit = vm.run(1 << 40);
        assert!(matches!(exit, Exit::Error(_)), "{way}: {exit:?}");
        check_after(&mut vm, way);
    }
}

/// Ring 3 needs some 65,000 units to get there, and 10,000 for the variables. What it cannot pay the program pays, which gets
/// no other error for that.
#[test]
fn whoever_was_called_pays_the_rest() {
    let ends = (60..80).map(|thousands| {
        let way = format!("ring.limit(3, {{ fuel = {thousands}e3 }}) deep(1000, error)");
        let mut vm = begin(&format!("{DEEP} _G.check = check {way}"));
        let exit = vm.run(1 << 40);
        assert!(open(&mut vm) <= 256, "{way}");
        if exit == Exit::Error(Value::NIL) {
            check_after(&mut vm, &way);
        }
        exit
    });
    let ends: Vec<Exit> = ends.collect();
    let is_own = |exit: &&Exit| **exit == Exit::Error(Value::NIL);
    assert_eq!(ends.iter().filter(is_own).count(), 15, "{ends:?}");
}

/// The host may interrupt it as anything, and as often as it likes: its error is caught in the same place, by the same handler,
/// and functions keep what they have captured.
#[test]
fn the_host_interrupts_it() {
    for way in [
        "return select(2, pcall(deep, 1000, error)) == 'stop', check()",
        // It may meet the handler, too.
        "local _, e = xpcall(function() deep(1000, error) end, function(e) return e or 1 end)
         return e == 'stop' or e == 'error in error handling', check()",
        "ring.limit(3, { fuel = 2e5 })
         local _, e = xpcall(function() local x = 1 + deep(1000, spin) end, function(e) local a, b = 1, 2 return 1 end)
         ring.limit(3, { fuel = 1e9 })
         return e == 1 or e == 'error in error handling', check()",
        "ring.globals(3).newproxy = newproxy
         ring.load(3, 'local f, g = ... getmetatable(newproxy(true)).__gc = function() f(1000, g) end')(deep, error)
         return pcall(collectgarbage), check()",
    ] {
        for times in [1, 60] {
            interrupt(way, times);
        }
    }
}

fn interrupt(way: &str, times: usize) {
    let mut vm = begin(&format!("{DEEP}{way}"));
    run_until_closing(&mut vm, way);
    for _ in 0..times {
        assert!(open(&mut vm) > 4_000, "{way}");
        assert_eq!(vm.interrupt(b"stop"), None, "{way}");
        // The handler may have been called, and goes on.
        let _ = vm.run(1);
        save_and_restore(&mut vm, way);
    }
    assert_eq!(vm.run(1 << 40), Exit::Done, "{way}");
    let results = vm.results();
    assert_eq!(results.first(), Some(&Value::TRUE), "{way}");
    assert_eq!(results.get(1), Some(&Value::TRUE), "values: {way}");
    assert_eq!(open(&mut vm), 0, "{way}");
}
