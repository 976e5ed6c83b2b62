//! `math`: a placeholder that shows the form of a library. Must not know tables or strings.

use crate::define::Library;
use crate::functions;
use bvm_vm::{Answer, Cpu, Next, Raise, Value};

/// The library.
pub const LIBRARY: Library = Library {
    name: "math",
    functions: functions! { "math":
        /// `math.floor(x)`: the largest whole number not above x.
        "floor" = floor;
    },
    open: Some(open),
};

fn open(cpu: &mut Cpu<'_, '_>, table: bvm_vm::objects::Table) -> Result<(), Raise> {
    cpu.set_field(table, "pi", Value::number(std::f64::consts::PI))
}

fn floor(cpu: &mut Cpu<'_, '_>) -> Answer {
    let n = cpu.check_number(1)?;
    cpu.push(Value::number(n.floor()));
    Ok(Next::Return(1))
}
