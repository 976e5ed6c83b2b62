//! No function of the library does much in one piece, whatever its arguments. A step that charges for its work beforehand begins
//! again slice after slice until all is paid, and then does the work at once: no slice takes more fuel than it is given, but the
//! last one takes long. What such a step has paid lies in the root page, where it is looked at here after each slice. Must not
//! measure time.

use bvm_tests::engine::{self, Limits, Mode};
use bvm_tests::host::TestHost;
use bvm_vm::objects::root::{self, AT};
use bvm_vm::{Exit, Vm};

#[expect(dead_code, reason = "some of it is for `meter/main.rs`")]
#[path = "../meter/calls.rs"]
mod calls;
#[path = "../meter/programs.rs"]
mod programs;

/// Fuel of a slice.
const SLICE: u64 = 100;

/// Units for what may be done in one piece, as in `meter/main.rs`.
const MOST: u64 = 1_100;

/// What may have paid more, by a part of its program, and why.
const EXCEPTIONS: &[(&str, &str)] = &[
    (
        "string.dump",
        "a string that is added whole is paid at once, and copied later, in portions",
    ),
    ("table.concat(t, s)", "as `string.dump`"),
    ("%s!'):format(s)", "as `string.dump`"),
    ("%s%s'):format(s, s)", "as `string.dump`"),
    (
        "s:find('zzzzze'",
        "8192 bytes are searched in one piece, where one may cost half a unit",
    ),
    (" bit.b", "a window has 8000 arguments at most"),
    (" bit32.b", "as `bit.band`"),
    (
        "getfenv",
        "there are 20000 levels at most, and passing one takes about a nanosecond",
    ),
    ("setfenv", "as `getfenv`"),
    (
        "s .. 'a' < s .. 'b'",
        "an instruction compares in one piece",
    ),
    (
        "n = n + s",
        "a text that is taken for a number has 16384 bytes at most",
    ),
];

/// The most that a step had paid before it did its work, or that a slice has taken beyond its fuel.
fn largest_piece(program: &str) -> u64 {
    let verified = engine::compile(program.as_bytes(), "=pieces")
        .unwrap_or_else(|error| panic!("{program}: {error:?}"));
    let mut vm = engine::machine(Mode::Whole, Limits::default());
    let function = vm.load(verified).expect("there is memory");
    vm.drain_fuel();
    vm.start(function, &[]).expect("it starts");
    let mut host = TestHost::default();
    let mut largest = 0;
    loop {
        let exit = vm.run(SLICE);
        let beyond = u64::try_from(-vm.fuel_left()).unwrap_or(0);
        largest = largest.max(paid(&mut vm)).max(beyond);
        match exit {
            Exit::OutOfFuel | Exit::Collecting => {}
            Exit::Hypercall => {
                if let Some(request) = vm.take_request() {
                    let reply = host.answer(&request);
                    vm.answer(reply);
                }
            }
            // Some programs have more arguments than a window holds, and end with that.
            Exit::Done | Exit::Error(_) => return largest,
            other => panic!("{program}: {other:?}"),
        }
    }
}

/// What the step that waits for fuel has paid.
fn paid(vm: &mut Vm) -> u64 {
    vm.access(|cpu| cpu.mem.get(AT, root::PAID))
}

#[test]
fn no_step_pays_for_much_before_it_works() {
    let calls = calls::GROWING
        .iter()
        .map(|call| format!("{} {}", call.setup, calls::statement(call.with)));
    let programs = programs::LONG.iter().chain(programs::OPERATORS);
    let programs = programs.map(|(_, program)| (*program).to_owned());
    let mut wrong = String::new();
    for program in calls.chain(programs) {
        let is_exception = EXCEPTIONS.iter().any(|(part, _)| program.contains(part));
        for n in ["6000", "40000"].into_iter().filter(|_| !is_exception) {
            let units = largest_piece(&program.replace('N', n));
            if units > MOST {
                wrong += &format!("{units} units in one piece, N = {n}: {program}\n");
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

/// The check sees what it is for.
#[test]
fn what_is_paid_beforehand_is_seen() {
    let whole =
        largest_piece("local s, n = (' '):rep(16000), 0 for i = 1, 9 do n = n + (s .. 1) end");
    assert!(whole > MOST, "{whole} units");
    let waiting = largest_piece("string.dump(loadstring(('x = 1 '):rep(60000)))");
    assert!(waiting > MOST, "{waiting} units");
}
