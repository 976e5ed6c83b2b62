//! Machines made from an image: equal to the one it was taken of, and strangers to each other.

use bvm_stdlib::{install, natives};
use bvm_vm::vm::Config;
use bvm_vm::{Exit, Image, Value, Vm};

/// The smallest span that holds all of a guest, so that all its bytes can be looked at.
const SPAN: u32 = 22;

fn step_by_step(span_bits: Option<u32>) -> Vm {
    let config = Config {
        natives: natives(),
        span_bits,
        ..Config::default()
    };
    let mut vm = Vm::new(&config).expect("address space");
    install(&mut vm).expect("memory");
    vm.drain_fuel();
    vm
}

fn from(image: &Image) -> Vm {
    Vm::from_image(image, u64::MAX).expect("address space")
}

/// All bytes of a guest.
fn bytes(vm: &mut Vm) -> Vec<u8> {
    vm.access(|cpu| cpu.mem.bytes(0, u32::MAX).to_vec())
}

/// Runs a source; gives what it returns, as text, and the fuel it takes.
fn run(vm: &mut Vm, source: &str) -> (String, i64) {
    const FUEL: u64 = 1 << 40;
    let proto = bvm_compiler::compile(source.as_bytes(), b"=image").expect("a correct source");
    let verified = bvm_isa::verify::verify(proto).expect("correct code");
    let function = vm.load(verified).expect("memory");
    vm.start(function, &[]).expect("memory");
    let exit = vm.run(FUEL);
    assert_eq!(exit, Exit::Done);
    let value = vm.results().first().copied().unwrap_or(Value::NIL);
    let shown = String::from_utf8_lossy(&vm.display(value)).into_owned();
    (shown, FUEL as i64 - vm.fuel_left())
}

#[test]
fn machines_from_an_image_have_the_bytes_of_the_first() {
    let mut first = step_by_step(Some(SPAN));
    let before = bytes(&mut first);
    let image = first.image();
    let mut second = from(&image);
    assert!(bytes(&mut second) == before);
    assert_eq!(second.memory_used(), first.memory_used());
}

#[test]
fn nothing_of_a_guest_is_left_for_the_next() {
    let mut first = step_by_step(Some(SPAN));
    let before = bytes(&mut first);
    let image = first.image();
    for _ in 0..3 {
        let mut guest = from(&image);
        let source =
            "secret = {} for i = 1, 2000 do secret[i] = 'secret' .. i end collectgarbage()";
        run(&mut guest, source);
        assert!(bytes(&mut guest) != before);
        drop(guest);
        assert!(bytes(&mut from(&image)) == before);
    }
}

#[test]
fn programs_see_no_difference() {
    let source = "local t, out = {}, {}
        for k in pairs(_G) do out[#out + 1] = k end
        for i = 1, 3000 do t[i] = ('x'):rep(i % 50) .. i end
        out[#out + 1] = collectgarbage('count')
        collectgarbage()
        out[#out + 1] = collectgarbage('count')
        out[#out + 1] = tostring(t) .. tostring(print) .. tostring(coroutine.create(function() end))
        return table.concat(out, ' ')";
    for span_bits in [Some(SPAN), Some(28), None] {
        let mut first = step_by_step(span_bits);
        let image = first.image();
        let expected = run(&mut first, source);
        // The image is of the moment before that run.
        assert_eq!(run(&mut from(&image), source), expected);
        assert_eq!(run(&mut from(&image), source), expected);
    }
}

#[test]
fn images_hold_what_has_run() {
    let mut first = step_by_step(None);
    run(
        &mut first,
        "t = {} for i = 1, 10000 do t[i] = {i} end collectgarbage()",
    );
    let image = first.image();
    let sum = "local n = 0 for i, v in ipairs(t) do n = n + v[1] end collectgarbage() return n";
    assert_eq!(run(&mut from(&image), sum).0, "50005000");
    assert_eq!(run(&mut from(&image), sum), run(&mut first, sum));
}

#[test]
fn a_machine_from_an_image_has_its_own_limit() {
    let image = step_by_step(None).image();
    assert!(Vm::from_image(&image, 32 << 10).is_err());
    let mut small = Vm::from_image(&image, 1 << 20).expect("address space");
    let source = "local ok, e = pcall(string.rep, 'x', 2^20) return e";
    assert_eq!(run(&mut small, source).0, "not enough memory");
    let source = "return #string.rep('x', 2^20)";
    assert_eq!(run(&mut from(&image), source).0, "1048576");
}
