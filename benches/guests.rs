//! What guests cost besides running: to be made, dropped, called, to ask their host.

use bvm::{Answer, Exit, Guest, Libraries, Request, Value, Word};
use divan::{Bencher, black_box};

fn main() {
    divan::main();
}

/// More than any of these needs.
const FUEL: u64 = 1 << 40;

fn guest(libraries: Libraries) -> Guest {
    let built = Guest::builder().libraries(libraries).build();
    built.unwrap_or_else(|error| panic!("no guest: {error}"))
}

const LIBRARIES: [Libraries; 2] = [Libraries::None, Libraries::All];

/// Guests that are alive while the next is made: as many as fit into a sample.
#[divan::bench(args = LIBRARIES, sample_size = 100, sample_count = 100)]
fn create(bencher: Bencher, libraries: Libraries) {
    drop(guest(libraries));
    bencher.bench(|| guest(libraries));
}

#[divan::bench(args = LIBRARIES, sample_size = 100, sample_count = 100)]
fn drop_unused(bencher: Bencher, libraries: Libraries) {
    bencher.with_inputs(|| guest(libraries)).bench_values(drop);
}

/// A guest made without an image, as the first one of its kind is.
#[divan::bench(sample_size = 100, sample_count = 100)]
fn create_step_by_step() -> bvm_vm::Vm {
    let config = bvm_vm::vm::Config {
        natives: bvm_stdlib::natives(),
        ..Default::default()
    };
    let made = bvm_vm::Vm::new(&config);
    let mut vm = made.unwrap_or_else(|error| panic!("no machine: {error}"));
    bvm_stdlib::install(&mut vm).unwrap_or_else(|raise| panic!("no libraries: {raise:?}"));
    vm
}

/// The whole life of a guest that runs one line.
#[divan::bench]
fn create_run_drop() -> f64 {
    let mut guest = guest(Libraries::All);
    let sum = guest.eval("return math.max(20, 22) + #tostring(20)", FUEL);
    sum.unwrap_or_else(|error| panic!("{error}"))
}

fn function(guest: &mut Guest, source: &str) -> bvm::Function {
    let loaded = guest.load(source, "=bench");
    loaded.unwrap_or_else(|error| panic!("{error}"))
}

/// Into a guest and back, with two numbers and a sum.
#[divan::bench]
fn call(bencher: Bencher) {
    let mut guest = guest(Libraries::All);
    let add = function(&mut guest, "local a, b = ... return a + b");
    let args = [Value::Number(20.0), Value::Number(22.0)];
    bencher.bench_local(|| guest.call(&add, black_box(&args), FUEL));
}

/// Out of a guest to its host and back, a thousand times.
#[divan::bench]
fn hypercalls_1000(bencher: Bencher) {
    let host = |_: &Request| Answer::words([Word::Number(1.0)]);
    let built = Guest::builder().host(host).build();
    let mut guest = built.unwrap_or_else(|error| panic!("no guest: {error}"));
    let source = "local clock = os.clock for i = 1, 1000 do clock() end";
    let ask = function(&mut guest, source);
    bencher.bench_local(|| guest.call(&ask, &[], FUEL));
}

/// What guests hold that are saved and forked: nothing, a table of 1,000 numbers, a MiB of small tables.
const HELD: [&str; 3] = [
    "",
    "t = {} for i = 1, 1000 do t[i] = i end",
    "t = {} for i = 1, 12500 do t[i] = {i, i} end",
];

/// A guest in the middle of a loop, which holds something.
fn paused(held: &str) -> Guest {
    let mut guest = guest(Libraries::All);
    guest
        .eval::<Value>(format!("{held} collectgarbage()"), FUEL)
        .unwrap_or_else(|error| panic!("{error}"));
    guest.drain_fuel();
    let spin = function(&mut guest, "while true do n = (n or 0) + 1 end");
    guest
        .start(&spin, &[])
        .unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(guest.run(1000), Exit::OutOfFuel);
    guest
}

#[divan::bench(args = [0, 1, 2])]
fn snapshot(bencher: Bencher, held: usize) {
    let mut guest = paused(HELD[held]);
    bencher.bench_local(|| guest.snapshot());
}

#[divan::bench(args = [0, 1, 2], sample_size = 20)]
fn restore(bencher: Bencher, held: usize) {
    let snapshot = paused(HELD[held]).snapshot();
    let snapshot = snapshot.unwrap_or_else(|error| panic!("{error}"));
    bencher.bench_local(|| Guest::builder().restore(&snapshot));
}

#[divan::bench(args = [0, 1, 2], sample_size = 100)]
fn fork(bencher: Bencher, held: usize) {
    let image = paused(HELD[held]).image();
    let image = image.unwrap_or_else(|error| panic!("{error}"));
    bencher.bench_local(|| Guest::builder().fork(&image));
}

#[divan::bench(args = [0, 1, 2])]
fn image(bencher: Bencher, held: usize) {
    let mut guest = paused(HELD[held]);
    bencher.bench_local(|| guest.image());
}
