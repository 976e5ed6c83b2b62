//! The natives that stand for every function of the host. They know no such function: they take what is in their
//! window out of the guest, and what comes back into it.

use crate::define::Library;
use crate::functions;
use bvm_vm::callout::{SETTLED, Verdict};
use bvm_vm::objects::Userdata;
use bvm_vm::{Answer, Cpu, Next, Raise, Ring};

/// The library, which has no table in any guest.
pub const LIBRARY: Library = Library {
    name: "host",
    functions: functions! { "host":
        /// A function of the host; its number is in the userdata that is the first upvalue.
        ("call") = call;
        /// The same for a function that mostly is called without leaving the engine.
        ("leaf") = compute, leaf;
    },
    additions: &[],
    outermost: Ring::Plugin,
    open: None,
};

/// Full name of the native of most functions.
pub const CALL: &str = "host.call";

/// Full name of the native of functions that only compute.
pub const LEAF: &str = "host.leaf";

/// Units for leaving the guest and coming back.
const CROSSING: u64 = 16;

/// The step after a call back.
const CALLED_BACK: u32 = 2;

/// What calling the function costs, however that is done.
fn pay(cpu: &mut Cpu<'_, '_>) -> Result<(), Raise> {
    cpu.charge(CROSSING + u64::from(cpu.count()) / 8)
}

fn compute(cpu: &mut Cpu<'_, '_>) -> Answer {
    if cpu.step_number() != 0 {
        return call(cpu);
    }
    pay(cpu)?;
    let number = number(cpu)?;
    if let Some(results) = cpu.call_leaf(number) {
        return Ok(Next::Return(results));
    }
    // A leaf that does not return begins again with a record, which waits for the host.
    if !cpu.is_leaf() {
        cpu.call_out(number);
    }
    Ok(Next::Wait { step: SETTLED })
}

fn call(cpu: &mut Cpu<'_, '_>) -> Answer {
    match cpu.step_number() {
        SETTLED => settled(cpu),
        CALLED_BACK => {
            cpu.called_back();
            Ok(Next::Wait { step: SETTLED })
        }
        _ => {
            pay(cpu)?;
            ask(cpu)
        }
    }
}

fn ask(cpu: &mut Cpu<'_, '_>) -> Answer {
    let number = number(cpu)?;
    cpu.call_out(number);
    Ok(Next::Wait { step: SETTLED })
}

fn number(cpu: &mut Cpu<'_, '_>) -> Result<u64, Raise> {
    match Userdata::of(cpu.upvalue(1)) {
        Some(held) => Ok(cpu.mem.get(held.0, Userdata::PAYLOAD)),
        None => Err(cpu.fail("a function of the host without its number")),
    }
}

fn settled(cpu: &mut Cpu<'_, '_>) -> Answer {
    match cpu.take_verdict() {
        Some(Verdict::Return) => Ok(Next::Return(cpu.count())),
        Some(Verdict::Raise) => Err(Raise::Error(cpu.arg(1))),
        Some(Verdict::Call) => {
            cpu.call_back();
            Ok(Next::Protect {
                func: 1,
                handler: 0,
                step: CALLED_BACK,
            })
        }
        // The guest was saved while it waited: whoever has it now is asked.
        None => ask(cpu),
    }
}
