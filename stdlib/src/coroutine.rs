//! `coroutine`: create, resume, running, status, wrap, yield, and the additions close and isyieldable.
//! The switching itself is the machine's.

use crate::define::{self, Library};
use crate::functions;
use bvm_vm::data::closure::{Function, function_of};
use bvm_vm::data::{string, thread};
use bvm_vm::exec::coroutine::{STATUS_NAMES, refusal};
use bvm_vm::native::{RETURNS_ALL, RETURNS_REST};
use bvm_vm::objects::{Str, Table, Thread};
use bvm_vm::{Answer, Cpu, Next, Raise, Ring, Type, Value, debug};

/// The library.
pub const LIBRARY: Library = Library {
    name: "coroutine",
    functions: functions! { "coroutine":
        /// `coroutine.create(f)`: a coroutine with body `f`, a Lua function.
        "create" = create, leaf;
        /// `coroutine.resume(co, …)`: starts or continues a coroutine.
        "resume" = resume, Resume;
        /// `coroutine.running()`: the running coroutine, nil in the main thread; as an addition, whether that is it.
        "running" = running, leaf;
        /// `coroutine.status(co)`: `suspended`, `running`, `normal` or `dead`.
        "status" = status, leaf;
        /// `coroutine.wrap(f)`: a function that resumes a new coroutine at each call.
        "wrap" = wrap, leaf;
        /// `coroutine.yield(…)`: suspends the running coroutine.
        "yield" = yield_values, Yield;
        /// What `coroutine.wrap` returns.
        ("wrapped") = wrapped, Wrapped;
    },
    additions: functions! { "coroutine":
        /// `coroutine.close(co)`: ends a suspended coroutine; `true`, or `false` and the error that it has died of.
        "close" = close;
        /// `coroutine.isyieldable()`: whether the running function may yield.
        "isyieldable" = isyieldable, leaf;
    },
    outermost: Ring::Plugin,
    open: Some(open),
};

fn open(cpu: &mut Cpu<'_, '_>, table: Table) -> Result<(), Raise> {
    // The hidden native, so that `wrap` need not search it by name.
    let wrapped = define::native(cpu, "coroutine.wrapped", &[])?;
    let wrap = define::native(cpu, "coroutine.wrap", &[wrapped])?;
    cpu.set_field(table, "wrap", wrap)
}

fn new_coroutine(cpu: &mut Cpu<'_, '_>) -> Result<Thread, Raise> {
    let f = cpu.arg(1);
    match function_of(cpu.mem, f) {
        Some(Function::Lua(_)) => cpu.new_coroutine(f),
        _ => Err(cpu.arg_error(1, b"Lua function expected")),
    }
}

fn check_coroutine(cpu: &mut Cpu<'_, '_>) -> Result<Thread, Raise> {
    match Thread::of(cpu.arg(1)) {
        Some(t) => Ok(t),
        None => Err(cpu.arg_error(1, b"coroutine expected")),
    }
}

/// Units for a coroutine with its two stacks.
const NEW_COROUTINE: u64 = 40;
/// Units for a switch of threads.
const SWITCH: u64 = 4;

fn create(cpu: &mut Cpu<'_, '_>) -> Answer {
    cpu.charge(NEW_COROUTINE)?;
    let made = new_coroutine(cpu)?;
    cpu.push(made.into());
    Ok(Next::Return(1))
}

fn wrap(cpu: &mut Cpu<'_, '_>) -> Answer {
    cpu.charge(NEW_COROUTINE)?;
    let made = new_coroutine(cpu)?;
    let wrapped = cpu.upvalue(1);
    let function = cpu.new_native_like(wrapped, &[made.into()])?;
    cpu.push(function);
    Ok(Next::Return(1))
}

fn resume(cpu: &mut Cpu<'_, '_>) -> Answer {
    if cpu.step_number() == 1 {
        return Ok(Next::Return(cpu.count()));
    }
    let t = check_coroutine(cpu)?;
    cpu.charge(SWITCH + u64::from(cpu.count()) / 16)?;
    if let Some(message) = refusal(cpu.coroutine_status(t)) {
        cpu.push(Value::FALSE);
        cpu.push_bytes(message)?;
        return Ok(Next::Return(2));
    }
    Ok(Next::Resume {
        thread: 1,
        step: 1 | RETURNS_ALL,
    })
}

fn wrapped(cpu: &mut Cpu<'_, '_>) -> Answer {
    if cpu.step_number() == 0 {
        cpu.charge(SWITCH + u64::from(cpu.count()) / 16)?;
        let thread = cpu.upvalue(1);
        cpu.insert(1, thread);
        return Ok(Next::Resume {
            thread: 1,
            step: 1 | RETURNS_REST,
        });
    }
    if !cpu.arg(1).is_falsy() {
        return Ok(Next::Return(cpu.count() - 1));
    }
    let error = cpu.arg(2);
    if !matches!(error.type_of(), Type::String | Type::Number) {
        return Err(Raise::Error(error));
    }
    // Texts get the position of whoever called the function.
    let len = Str::of(error).map_or(0, |s| string::len(cpu.mem, s));
    cpu.pay(u64::from(len) / 64);
    let mut text = debug::position(cpu, 1);
    text.extend(cpu.display(error));
    Err(Raise::Error(cpu.new_str(&text)?))
}

fn running(cpu: &mut Cpu<'_, '_>) -> Answer {
    let is_main = cpu.in_main_thread();
    let v = match is_main {
        true => Value::NIL,
        false => cpu.thread().into(),
    };
    cpu.push(v);
    if !cpu.dialect().has_additions() {
        return Ok(Next::Return(1));
    }
    cpu.push(Value::boolean(is_main));
    Ok(Next::Return(2))
}

fn isyieldable(cpu: &mut Cpu<'_, '_>) -> Answer {
    let may = cpu.may_yield();
    cpu.push(Value::boolean(may));
    Ok(Next::Return(1))
}

/// The step of `coroutine.close` that goes on, with a slot behind the coroutine that says whether that had failed.
const CLOSES: u32 = 1;
const FAILED: u32 = 2;

/// Variables that are closed between looks at the fuel, and for a unit.
const PORTION: u32 = 256;
const VARIABLES: u32 = 8;

fn close(cpu: &mut Cpu<'_, '_>) -> Answer {
    let t = check_coroutine(cpu)?;
    let status = cpu.coroutine_status(t);
    if matches!(status, thread::RUNNING | thread::NORMAL) {
        let name = STATUS_NAMES.get(usize::from(status)).unwrap_or(&"");
        return Err(cpu.fail(&format!("cannot close a {name} coroutine")));
    }
    let (ring, own) = (cpu.ring_of_coroutine(t), cpu.ring());
    if ring < own {
        return Err(cpu.fail(&format!("cannot close a coroutine of {ring} from {own}")));
    }
    let failed = match cpu.step_number() {
        CLOSES => !cpu.arg(FAILED).is_falsy(),
        _ => {
            cpu.charge(SWITCH)?;
            cpu.has_failed(t)
        }
    };
    loop {
        let closed = cpu.close_variables(t, PORTION);
        cpu.pay(u64::from(closed / VARIABLES));
        if closed < PORTION {
            break;
        }
        if cpu.is_dry() {
            cpu.set_count(FAILED);
            cpu.set_arg(FAILED, Value::boolean(failed));
            cpu.set_step(CLOSES);
            return Err(cpu.pause());
        }
    }
    let error = cpu.close_coroutine(t, failed);
    cpu.push(Value::boolean(error.is_none()));
    match error {
        None => Ok(Next::Return(1)),
        Some(error) => {
            cpu.push(error);
            Ok(Next::Return(2))
        }
    }
}

fn status(cpu: &mut Cpu<'_, '_>) -> Answer {
    let t = check_coroutine(cpu)?;
    let status = cpu.coroutine_status(t);
    let name = STATUS_NAMES
        .get(usize::from(status))
        .copied()
        .unwrap_or("dead");
    cpu.push_bytes(name.as_bytes())?;
    Ok(Next::Return(1))
}

fn yield_values(cpu: &mut Cpu<'_, '_>) -> Answer {
    Ok(Next::Yield(cpu.count()))
}
