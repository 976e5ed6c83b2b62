//! Natives under everything that the command runs: the protected call with a traceback, and the end of
//! the guest. Must not know files.

use bvm_stdlib::base::thread_globals;
use bvm_vm::exec::Got;
use bvm_vm::native::Calling;
use bvm_vm::objects::{Str, Table};
use bvm_vm::{Answer, Cpu, Native, Next, Raise, Ring, Type, Value};

/// The driver's natives; they follow those of the libraries.
pub static NATIVES: [Native; 4] = [
    Native {
        name: "command.call",
        run: call,
        calling: Calling::Record,
        outermost: Ring::Application,
    },
    Native {
        name: "command.traceback",
        run: traceback,
        calling: Calling::Record,
        outermost: Ring::Application,
    },
    Native {
        name: "command.close",
        run: close,
        calling: Calling::Record,
        outermost: Ring::Application,
    },
    Native {
        name: "command.print",
        run: call_and_print,
        calling: Calling::Record,
        outermost: Ring::Application,
    },
];

/// The values that the session keeps in the registry, under these names.
pub const CALL: &str = "command.call";
/// The native that calls a function and prints its results.
pub const PRINT: &str = "command.print";
/// The native that runs the remaining finalizers.
pub const CLOSE: &str = "command.close";

/// Puts the driver's functions into the registry. `first` is the number of the first of them.
///
/// # Errors
/// No memory.
pub fn install(cpu: &mut Cpu<'_, '_>, first: u32) -> Result<(), Raise> {
    let registry = cpu.registry();
    // The level below everything, which the debug library would add, is the driver's own.
    cpu.set_field(registry, "_HOST", Value::NIL)?;
    let handler = cpu.new_native(first + 1, &[])?;
    let call = cpu.new_native(first, &[handler])?;
    cpu.set_field(registry, CALL, call)?;
    let print = cpu.new_native(first + 3, &[handler])?;
    cpu.set_field(registry, PRINT, print)?;
    let close = cpu.new_native(first + 2, &[])?;
    cpu.set_field(registry, CLOSE, close)
}

/// Where a protected call puts whether it went well, before its results or its error.
const VERDICT: u32 = 4;

/// `call(f, arguments, count)`: calls `f` with the elements of a table, and raises its error with a traceback. The
/// call is protected, and the error raised again, as the handler alone sees the stack.
fn call(cpu: &mut Cpu<'_, '_>) -> Answer {
    if cpu.step_number() == 1 {
        return match cpu.arg(VERDICT) {
            Value::TRUE => Ok(Next::Return(cpu.count().saturating_sub(VERDICT))),
            _ => Err(Raise::Error(cpu.arg(VERDICT + 1))),
        };
    }
    let count = cpu.arg(3).as_number().unwrap_or(0.0) as u32;
    if !cpu.reserve(count.saturating_add(4))? {
        return Err(cpu.fail("too many arguments to script"));
    }
    let function = cpu.arg(1);
    let handler = cpu.upvalue(1);
    cpu.set_arg(3, handler);
    cpu.push(function);
    if let Some(arguments) = Table::of(cpu.arg(2)) {
        for i in 1..=count {
            let v = bvm_vm::data::table::get_int(cpu.mem, arguments, i);
            cpu.push(v);
        }
    }
    Ok(Next::Protect {
        func: VERDICT,
        handler: 3,
        step: 1,
    })
}

/// `call_and_print(f, arguments, count)`: [`call`], then `print` with the results.
fn call_and_print(cpu: &mut Cpu<'_, '_>) -> Answer {
    match cpu.step_number() {
        1 if cpu.arg(VERDICT) == Value::TRUE && cpu.count() > VERDICT => {
            let globals = thread_globals(cpu);
            let print = cpu.field(globals, "print")?;
            cpu.set_arg(VERDICT, print);
            Ok(Next::Protect {
                func: VERDICT,
                handler: 0,
                step: 2,
            })
        }
        0 | 1 => call(cpu),
        _ if cpu.arg(VERDICT) == Value::TRUE => Ok(Next::Return(0)),
        _ => {
            let error = cpu.display(cpu.arg(VERDICT + 1));
            let text = [b"error calling 'print' (", error.as_slice(), b")"].concat();
            Err(Raise::Error(cpu.new_str(&text)?))
        }
    }
}

/// Steps of the message handler, whose message is in slot 1.
mod handling {
    /// A metamethod has given `debug`.
    pub const LIBRARY: u32 = 1;
    /// A metamethod has given `debug.traceback`.
    pub const FUNCTION: u32 = 2;
    /// The traceback is there.
    pub const DONE: u32 = 3;
}

/// Slot of what the message handler looks up and calls.
const FOUND: u32 = 2;

/// The message handler: adds a traceback to a message, by the debug library of the guest, as `lua` finds it.
fn traceback(cpu: &mut Cpu<'_, '_>) -> Answer {
    match cpu.step_number() {
        0 => {}
        handling::DONE => return Ok(Next::Return(cpu.count().saturating_sub(1))),
        step => return found(cpu, step),
    }
    let message = cpu.arg(1);
    cpu.set_count(1);
    let is_text = matches!(message.type_of(), Type::String | Type::Number);
    // Where memory has run out, a traceback would only ask for more.
    let out_of_memory = Str::of(message).is_some_and(|s| cpu.bytes(s) == b"not enough memory");
    if !is_text || out_of_memory {
        return Ok(Next::Return(1));
    }
    let globals = thread_globals(cpu).into();
    look_up(cpu, globals, "debug", handling::LIBRARY)
}

/// Looks up a field, by a metamethod if there is one; then that step follows.
fn look_up(cpu: &mut Cpu<'_, '_>, object: Value, name: &str, step: u32) -> Answer {
    let key = cpu.new_str(name.as_bytes())?;
    let got = cpu.index(object, key)?;
    cpu.set_count(1);
    match got {
        Got::Value(v) => {
            cpu.push(v);
            found(cpu, step)
        }
        Got::Call(handler, object) => {
            cpu.push(handler);
            cpu.push(object);
            cpu.push(key);
            Ok(Next::Call { func: FOUND, step })
        }
        Got::Not(_) => Ok(Next::Return(1)),
    }
}

/// The library or its function has been looked up. Without them the message stays as it is.
fn found(cpu: &mut Cpu<'_, '_>, step: u32) -> Answer {
    let v = cpu.arg(FOUND);
    match (step, v.type_of()) {
        (handling::LIBRARY, Type::Table) => look_up(cpu, v, "traceback", handling::FUNCTION),
        (handling::FUNCTION, Type::Function) => {
            let message = cpu.arg(1);
            cpu.set_count(FOUND);
            cpu.push(message);
            // Level 2: neither `debug.traceback` nor this function is of interest.
            cpu.push(Value::number(2.0));
            Ok(Next::Call {
                func: FOUND,
                step: handling::DONE,
            })
        }
        _ => {
            cpu.set_count(1);
            Ok(Next::Return(1))
        }
    }
}

/// Calls all finalizers that are due, one after the other; their errors are nobody's.
fn close(cpu: &mut Cpu<'_, '_>) -> Answer {
    cpu.set_count(0);
    match cpu.next_finalizer() {
        Some((finalizer, object)) => {
            cpu.push(finalizer);
            cpu.push(object);
            cpu.change_rings(cpu.makers_rings(object), false);
            Ok(Next::Protect {
                func: 1,
                handler: 0,
                step: 1,
            })
        }
        None => Ok(Next::Return(0)),
    }
}
