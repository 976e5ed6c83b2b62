//! From source to loaded code, stage by stage: speed in bytes of source, and memory.
//!
//! `BVM_SOURCE=big.lua cargo bench -p bvm-compiler` measures that file; without the variable it is
//! a text made here. `cargo bench -p bvm-compiler -- --test all` runs one round, for a profiler.
#![allow(clippy::unwrap_used, missing_docs)]

use bvm_isa::Proto;
use bvm_isa::verify::{Verified, verify};
use bvm_vm::vm::{Config, Vm};
use divan::counter::BytesCount;
use divan::{AllocProfiler, Bencher};
use std::fmt::Write;

#[global_allocator]
static ALLOCATOR: AllocProfiler = AllocProfiler::system();

fn main() {
    divan::main();
}

/// The source to measure.
fn source() -> Vec<u8> {
    match std::env::var_os("BVM_SOURCE") {
        Some(path) => std::fs::read(path).unwrap(),
        None => made_source(1_000_000).into_bytes(),
    }
}

/// Functions that use locals, upvalues, globals, fields, methods, loops and tables.
fn made_source(size: usize) -> String {
    let mut text = String::new();
    for n in 0.. {
        if text.len() >= size {
            break;
        }
        let m = n % 150;
        writeln!(
            text,
            "-- Class {n}: it keeps items and their total.
Class_{m} = {{ name = \"class {n}\", limit = {n} }}
function Class_{m}:insert_{n}(item, amount)
  local total, count = self.total or 0, #self.items
  for index, value in ipairs(self.items) do
    if value.key == item.key and amount > {m}.5 then
      self.items[index] = {{ item, value, left = index - 1, right = index + 1 }}
      total = total + value.amount * (amount - {n})
    elseif not value.hidden then
      log.write(string.format(\"%s: %d of %d\\n\", item.name, index, count), \"plain\")
    end
  end
  self.each = function(visit) for i = 1, count do visit(self.items[i], total, i ^ 2) end end
  while total >= self.limit do total = total - self:step_{m}(total, \"down\", {{}}) end
  return total, self.name .. \" \" .. tostring(count)
end
"
        )
        .unwrap();
    }
    text
}

fn compiled(source: &[u8]) -> Proto {
    bvm_compiler::compile(source, b"@source.lua").unwrap()
}

fn checked(source: &[u8]) -> Verified {
    verify(compiled(source)).unwrap()
}

fn machine() -> Vm {
    Vm::new(&Config::default()).unwrap()
}

#[divan::bench]
fn compile(bencher: Bencher) {
    let source = source();
    let bencher = bencher.counter(BytesCount::of_slice(&source));
    bencher.bench(|| compiled(&source));
}

#[divan::bench]
fn check(bencher: Bencher) {
    let source = source();
    let bencher = bencher.counter(BytesCount::of_slice(&source));
    bencher
        .with_inputs(|| compiled(&source))
        .bench_values(|proto| verify(proto).unwrap());
}

#[divan::bench]
fn load(bencher: Bencher) {
    let source = source();
    let bencher = bencher.counter(BytesCount::of_slice(&source));
    bencher
        .with_inputs(|| (machine(), checked(&source)))
        .bench_values(|(mut vm, verified)| {
            vm.load(verified).unwrap();
            vm
        });
}

#[divan::bench]
fn all(bencher: Bencher) {
    let source = source();
    let bencher = bencher.counter(BytesCount::of_slice(&source));
    bencher.with_inputs(machine).bench_values(|mut vm| {
        vm.load(checked(&source)).unwrap();
        vm
    });
}
