//! Compiling for a guest goes on in portions as fuel is handed out, and all comes out the same: results, messages, fuel
//! and the state at the end; saved, forked and killed in the middle. Must not test what code comes out.

use bvm_isa::verify::verify;
use bvm_stdlib::{MOST_COMPILING, compiling, install, natives};
use bvm_tests::corpus::difference;
use bvm_tests::cuts::{Program, compare};
use bvm_vm::vm::Config;
use bvm_vm::{Exit, Type, Vm};
use std::sync::{Mutex, MutexGuard};
use std::thread;

/// Tests take turns, because they count what is under way.
fn alone() -> MutexGuard<'static, ()> {
    static TURN: Mutex<()> = Mutex::new(());
    TURN.lock().unwrap_or_else(|error| error.into_inner())
}

/// Makes sources of all kinds of statements, with functions, constants, locals and upvalues.
const SOURCE: &str = "
local function source(lines, last)
  local t = {}
  for i = 1, lines do
    t[i] = ('do local function f(a, ...) if a then return g%d(\"s%d\", ..., f) end x%d = { %d.5, f = a } end end')
      :format(i % 100, i, i % 7, i)
  end
  t[#t + 1] = last
  return table.concat(t, '\\n')
end
";

/// Programs that compile long sources, and what they print.
const PROGRAMS: &[(&str, &str)] = &[
    ("print(#string.dump(loadstring(source(300, 'return 7'), '=x')))", "91454"),
    ("print(loadstring(source(300, 'x = = 1'), '@name'))", "nil\tname:301: unexpected symbol near '='"),
    ("print(loadstring(source(300, 'break'), '=b'))", "nil\tb:301: no loop to break near '<eof>'"),
    (
        "local s, n = source(200, 'return 1'), 0
        local f = load(function() n = n + 1 return s:sub(n * 500 - 499, n * 500) end) print(f(), n)",
        "1\t41",
    ),
    ("print(ring.run(3, source(200, 'return 5'), { fuel = 1e9, memory = 1e8 }))", "true\t5"),
    (
        "print(ring.run(3, 'return loadstring(...)()', { fuel = 9000, memory = 1e8 }, source(200, 'return 5')))",
        "false\tfuel exhausted (ring 3)",
    ),
    (
        "print(ring.run(3, 'return loadstring(...)()', { fuel = 99000, memory = 1e8 }, source(200, 'return 5')))",
        "true\t5",
    ),
    ("print(loadstring(string.dump(loadstring(source(300, 'return 9'))))())", "9"),
    ("print(loadstring('return {' .. ('{ a = 1, \"b\", [2] = -3 }, '):rep(2000) .. '}')()[2000][1])", "b"),
    ("print(loadstring('return ' .. ('1 + '):rep(9000) .. '1')())", "9001"),
    ("print(loadstring('return ' .. ('('):rep(190) .. '1' .. (')'):rep(190))())", "1"),
    ("print(#string.dump(loadstring(('return function() '):rep(60) .. ('end '):rep(60), '=deep')))", "4150"),
    (
        "local s = ('x = 1 '):rep(500) local i = debug.getinfo(loadstring(s)) print(i.source == s, i.short_src)",
        "true\t[string \"x = 1 x = 1 x = 1 x = 1 x = 1 x = 1 x = 1 x...\"]",
    ),
    (
        "local s = ('x = 1 '):rep(500) local i = debug.getinfo(loadstring(s .. '--\\0')) print(i.source == s .. '--')",
        "true",
    ),
    ("print(#loadstring('-- ' .. ('x'):rep(50000) .. '\\nreturn \"' .. ('y'):rep(20000) .. '\"')())", "20000"),
    ("print(pcall(loadstring, ('x = 1 '):rep(20000), '=n', 'q'))", "true\tnil\tattempt to load a text chunk (mode is 'q')"),
];

#[test]
fn compiling_comes_to_the_same_however_it_is_cut() {
    let _turn = alone();
    let mut problems = Vec::new();
    for (text, expected) in PROGRAMS {
        let source = format!("{SOURCE}{text}");
        let (whole, fuel) = run(&source, u64::MAX >> 8);
        if let Some(text) = difference(&format!("{expected}\n"), &whole) {
            problems.push(format!("{text}\n  in {source}"));
            continue;
        }
        for slice in [300, 1_000, 7_777, 100_000] {
            let sliced = run(&source, slice);
            if sliced != (whole.clone(), fuel) {
                problems.push(format!(
                    "{sliced:?} instead of {fuel} in slices of {slice}: {text}"
                ));
            }
        }
        let program = Program {
            name: text,
            chunk: "=compiling",
            source: source.as_bytes(),
            arg: None,
            dialect: bvm_isa::Dialect::default(),
            pays_for_collections: false,
        };
        if let Err(what) = compare(&program, u64::MAX, 0..3) {
            problems.push(what);
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

fn config() -> Config {
    Config {
        natives: natives(),
        ..Config::default()
    }
}

/// A machine about to run a program, without fuel.
fn started(source: &str) -> Vm {
    let mut vm = Vm::new(&config()).expect("address space");
    install(&mut vm).expect("memory");
    let proto = bvm_compiler::compile(source.as_bytes(), b"=compiling").expect("correct");
    let function = vm.load(verify(proto).expect("correct")).expect("memory");
    vm.drain_fuel();
    vm.start(function, &[]).expect("memory");
    vm
}

/// Runs a program in slices: what it prints, and the fuel that it takes.
fn run(source: &str, slice: u64) -> (String, i64) {
    let mut vm = started(source);
    let mut host = bvm_tests::host::TestHost::default();
    let mut given = 0;
    loop {
        given += slice as i64;
        let mut exit = vm.run(slice);
        while exit == Exit::Hypercall {
            let request = vm.take_request().expect("a request");
            let reply = host.answer(&request);
            vm.answer(reply);
            exit = vm.run(0);
        }
        match exit {
            Exit::OutOfFuel => {}
            exit => {
                assert_eq!(exit, Exit::Done, "{source}");
                let text = String::from_utf8_lossy(&host.output).into_owned();
                return (text, given - vm.fuel_left());
            }
        }
    }
}

/// A source of some 120 KB that is being compiled.
const LONG: &str = "local f = loadstring(('x = 1 '):rep(20000) .. 'return 5', '=long') return f()";

/// A machine that has begun to compile something shorter.
fn just_begun() -> Vm {
    let mut vm = started("return loadstring(('x = 1 '):rep(200) .. 'return 5')()");
    for _ in 0..8 {
        assert_eq!(vm.run(200), Exit::OutOfFuel);
    }
    vm
}

/// A machine in the middle of compiling.
fn in_the_middle() -> Vm {
    let mut vm = started(LONG);
    for _ in 0..100 {
        assert_eq!(vm.run(1000), Exit::OutOfFuel);
    }
    vm
}

fn ends_well(mut vm: Vm) {
    let mut exit = Exit::OutOfFuel;
    while exit == Exit::OutOfFuel {
        exit = vm.run(5000);
    }
    let results = vm.results();
    let results: Vec<_> = results
        .into_iter()
        .map(|v| (v.type_of(), vm.display(v)))
        .collect();
    assert_eq!(results, [(Type::Number, b"5".to_vec())]);
}

#[test]
fn work_is_under_way_until_it_is_done() {
    let _turn = alone();
    let vm = in_the_middle();
    assert_eq!(compiling(), 1);
    ends_well(vm);
    assert_eq!(compiling(), 0);
}

#[test]
fn a_guest_goes_from_thread_to_thread_in_the_middle() {
    let _turn = alone();
    for text in ["print(f())", "print(#string.dump(f))", "f = f .. f"] {
        let source = format!("{SOURCE} local f = loadstring(source(100, 'return 7'), '=x') {text}");
        let mut here = started(&source);
        let mut there = started(&source);
        loop {
            let exit = here.run(300);
            let goes_on = move || (there.run(300), there);
            let (exit_there, back) = thread::spawn(goes_on).join().expect("no panic");
            there = back;
            assert_eq!(here.fuel_left(), there.fuel_left());
            assert_eq!(exit, exit_there);
            if exit != Exit::OutOfFuel {
                break;
            }
        }
        let saved = [here, there].map(|mut vm| vm.snapshot().expect("well formed"));
        assert!(saved[0] == saved[1], "{text}");
    }
}

/// Many guests that compile at once, each on whichever of some threads takes it up next.
#[test]
fn threads_hand_each_other_guests_that_compile() {
    let _turn = alone();
    let queue: Mutex<Vec<Vm>> = Mutex::new((0..20).map(|_| started(LONG)).collect());
    let next = || queue.lock().expect("no panic").pop();
    thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                while let Some(mut vm) = next() {
                    match vm.run(3000) {
                        Exit::OutOfFuel => queue.lock().expect("no panic").insert(0, vm),
                        _ => ends_well(vm),
                    }
                }
            });
        }
    });
    assert_eq!(compiling(), 0);
}

#[test]
fn work_ends_when_its_guest_is_dropped() {
    let _turn = alone();
    drop(in_the_middle());
    assert_eq!(compiling(), 0);
}

#[test]
fn work_ends_when_its_guest_does_something_else() {
    let _turn = alone();
    let mut vm = in_the_middle();
    let other = bvm_compiler::compile(b"return 5", b"=other").expect("correct");
    let function = vm.load(verify(other).expect("correct")).expect("memory");
    vm.start(function, &[]).expect("memory");
    assert_eq!(compiling(), 0);
    ends_well(vm);
}

#[test]
fn a_restored_guest_and_a_fork_have_only_to_pay() {
    let _turn = alone();
    let mut vm = in_the_middle();
    let saved = vm.snapshot().expect("well formed");
    let image = vm.image();
    let restored = Vm::restore(&saved, &config()).expect("sound");
    let fork = Vm::from_image(&image, u64::MAX >> 8).expect("address space");
    assert_eq!(compiling(), 0);
    for vm in [restored, fork, vm] {
        ends_well(vm);
    }
    assert_eq!(compiling(), 0);
}

/// Programs that are in the middle of compiling for most of their time, with what that comes to: a function, long texts, a message,
/// nothing that is seen yet, a chunk that its ring cannot afford.
const LONG_ONES: [&str; 6] = [
    LONG,
    "return #loadstring('return \"' .. ('q'):rep(60000) .. '\"')()",
    "return select(2, loadstring(('x = 1 '):rep(9000) .. 'x = = 1', '=long'))",
    "local s, n = ('x = 1 '):rep(2000) .. 'return 5', 0
    return load(function() n = n + 1 return s:sub(n * 4000 - 3999, n * 4000) end)()",
    "return ring.run(3, ('x = 1 '):rep(5000) .. 'return 5')",
    "return ring.run(3, 'return loadstring((\"x = 1 \"):rep(9000))', { fuel = 90000 })",
];

/// How fuel was handed out, and whether the guest was saved before, can be seen nowhere.
#[test]
fn a_snapshot_in_the_middle_is_the_same_however_the_guest_came_there() {
    let _turn = alone();
    for source in LONG_ONES {
        for slice in [31, 97, 1003] {
            let (mut sliced, mut often_saved) = (started(source), started(source));
            for count in 1.. {
                let exit = sliced.run(slice);
                assert_eq!(often_saved.run(slice), exit);
                if exit != Exit::OutOfFuel {
                    break;
                }
                if count % (20_000 / slice) != 0 {
                    continue;
                }
                let mut whole = started(source);
                whole.run(slice * count);
                let saved = often_saved.snapshot().expect("well formed");
                often_saved = Vm::restore(&saved, &config()).expect("sound");
                assert!(
                    whole.snapshot().expect("well formed") == saved,
                    "saved after {count} slices of {slice}: {source}"
                );
            }
            // It has not been saved before.
            let ends = [sliced, often_saved].map(|mut vm| vm.snapshot().expect("well formed"));
            assert!(ends[0] == ends[1], "slices of {slice}: {source}");
        }
        // In the middle, too.
        for cut in [20_000, 50_000, 150_000, 210_000] {
            let mut sliced = started(source);
            for _ in 0..cut / 100 {
                sliced.run(100);
            }
            let mut whole = started(source);
            whole.run(cut / 100 * 100);
            let saved = [sliced, whole].map(|mut vm| vm.snapshot().expect("well formed"));
            assert!(saved[0] == saved[1], "cut at {cut}: {source}");
        }
    }
}

/// What is compiled is paid once, though it is more than what a stranger's snapshot is believed.
#[test]
fn a_guest_goes_on_however_often_it_is_saved() {
    let source = "local f = loadstring('return \"' .. ('q'):rep(400000) .. '\"') return #f()";
    let _turn = alone();
    let mut runs = [false, true].map(|saves| {
        let (mut vm, mut given) = (started(source), 0);
        loop {
            given += 50_000;
            if vm.run(50_000) == Exit::Done {
                let result = vm.results().first().and_then(|v| v.as_number());
                assert_eq!(result, Some(400_000.0));
                return given - vm.fuel_left();
            }
            if saves && given % 250_000 == 0 {
                let saved = vm.snapshot().expect("well formed");
                let left = vm.fuel_left();
                vm = Vm::restore(&saved, &config()).expect("sound");
                assert_eq!(vm.fuel_left(), left);
            }
        }
    });
    runs.sort_unstable();
    assert_eq!(runs[0], runs[1]);
    assert!((1_600_000..1_700_000).contains(&runs[0]), "{runs:?}");
}

#[test]
fn without_a_stack_compiling_is_done_at_once_in_the_end() {
    let _turn = alone();
    let mut many: Vec<Vm> = (0..=MOST_COMPILING).map(|_| just_begun()).collect();
    assert_eq!(compiling(), MOST_COMPILING);
    ends_well(many.pop().expect("more than there are stacks"));
    assert_eq!(compiling(), MOST_COMPILING);
    drop(many);
    assert_eq!(compiling(), 0);
}
