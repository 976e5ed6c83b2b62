//! Userdata that stand for something of the host, and take as much of the guest's memory: the collector and snapshots
//! know how large they are.

use bvm_isa::verify::verify;
use bvm_stdlib::{define, host, install, natives};
use bvm_vm::callout::{Callout, Verdict};
use bvm_vm::data::userdata::{HELD_FUNCTION, HELD_VALUE};
use bvm_vm::heap::stress;
use bvm_vm::vm::Config;
use bvm_vm::{Cpu, Exit, Raise, Vm};

/// Some in a line, some of several lines, some in blocks of their own.
const SIZES: [u64; 8] = [0, 1, 64, 65, 1_000, 16_300, 100_000, 3_000_000];

fn config() -> Config {
    Config {
        natives: natives(),
        memory: 32 << 20,
        ..Config::default()
    }
}

fn give_function(cpu: &mut Cpu<'_, '_>) -> Result<(), Raise> {
    let stands = cpu.new_stand_in(HELD_FUNCTION, 1, None, 300)?;
    let function = define::native(cpu, host::CALL, &[stands.into()])?;
    let globals = cpu.globals();
    cpu.set_field(globals, "new", function)
}

/// Answers a call with a new userdata.
fn serve(vm: &mut Vm, number: u64) {
    assert_eq!(vm.take_callout(), Some(Callout::Called(1)));
    let verdict = vm.access(|cpu| {
        let size = SIZES[number as usize % SIZES.len()];
        cpu.set_count(0);
        match cpu.new_stand_in(HELD_VALUE, 1_000 + number, None, size) {
            Ok(made) => {
                cpu.push(made.into());
                Verdict::Return
            }
            Err(raise) => {
                let error = cpu.error_value(raise);
                cpu.push(error);
                Verdict::Raise
            }
        }
    });
    vm.settle(verdict);
}

fn started(source: &str, how: u32) -> Vm {
    let mut vm = Vm::new(&config()).expect("address space");
    install(&mut vm).expect("memory");
    vm.access(give_function).expect("memory");
    vm.set_gc_stress(how);
    let proto = bvm_compiler::compile(source.as_bytes(), b"=stand").expect("correct");
    let function = vm.load(verify(proto).expect("correct")).expect("memory");
    vm.start(function, &[]).expect("memory");
    vm
}

/// Runs to the end, looking through the heap on the way. Gives how many were made, and the numbers of those that are
/// gone.
fn run(vm: &mut Vm, mut made: u64) -> (u64, Vec<u64>) {
    let mut gone = Vec::new();
    loop {
        let exit = vm.run(100);
        vm.audit_heap().expect("a heap that is well formed");
        gone.extend(vm.take_released());
        match exit {
            Exit::OutOfFuel | Exit::Collecting => {}
            Exit::HostCall => {
                serve(vm, made);
                made += 1;
            }
            Exit::Done => return (made, gone),
            other => panic!("{other:?}"),
        }
    }
}

const CHURN: &str = "
    local kept = {}
    for i = 1, 200 do kept[i % 10] = new() end
    kept = nil
    collectgarbage() collectgarbage()
    local last = {}
    for i = 1, 40 do last[i] = { i } end
    return #last";

#[test]
fn they_are_collected_whatever_their_size() {
    for how in [0, stress::STEPS] {
        let mut vm = started(CHURN, how);
        let before = vm.memory_used();
        let (made, mut gone) = run(&mut vm, 0);
        assert_eq!(made, 200);
        gone.sort_unstable();
        let all: Vec<u64> = (1_000..1_200).collect();
        assert_eq!(gone, all);
        assert!(vm.memory_used() < before + 100_000, "{how}");
    }
}

#[test]
fn they_count_what_they_stand_for() {
    for (number, size) in (0..).zip(SIZES) {
        let mut vm = started("kept = new()", 0);
        let before = vm.memory_used();
        let fill = |vm: &mut Vm| match vm.run(1_000) {
            Exit::HostCall => serve(vm, number),
            other => panic!("{other:?}"),
        };
        fill(&mut vm);
        let grown = vm.memory_used() - before;
        let taken = 32 + size.next_multiple_of(64);
        assert!((taken..taken + 256).contains(&grown), "{size}: {grown}");
    }
}

#[test]
fn they_are_in_snapshots_without_what_is_not_theirs() {
    let source = "local kept = {} for i = 1, 64 do kept[i] = new() end kept[7] = nil collectgarbage() while true do end";
    let mut vm = started(source, 0);
    let mut made = 0;
    while vm.run(10_000) == Exit::HostCall {
        serve(&mut vm, made);
        made += 1;
    }
    vm.drain_fuel();
    let saved = vm.snapshot().expect("well formed");
    assert!(saved.len() < 400_000, "{}", saved.len());
    let mut restored = Vm::restore(&saved, &config()).expect("a snapshot");
    assert!(restored.memory_used() > 8 * 3_000_000);
    restored.audit_heap().expect("a heap that is well formed");
    assert_eq!(restored.snapshot().expect("well formed"), saved);
}
