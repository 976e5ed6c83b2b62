//! `collectgarbage` and `gcinfo`: the program's view of the collector.

use crate::base::opt_int;
use bvm_vm::heap;
use bvm_vm::objects::root::{self, AT};
use bvm_vm::{Answer, Cpu, Next, Ring, Value};

/// Step of `collectgarbage` when the finalizers have run, but for those that a finalizer has to wait for.
const FINALIZED: u32 = 1;
/// Step of a collection that is done in portions.
const COLLECTING: u32 = 2;
/// The same for one step of the collector, of which slot 1 has the work that is left, and slot 2 all of it.
const STEPPING: u32 = 3;

pub(crate) fn collectgarbage(cpu: &mut Cpu<'_, '_>) -> Answer {
    match cpu.step_number() {
        FINALIZED => return finalize(cpu),
        COLLECTING => return collect_on(cpu),
        STEPPING => return step_on(cpu),
        _ => {}
    }
    let option = match cpu.opt_string(1)? {
        Some(s) => crate::base::c_name(cpu.bytes(s)).to_vec(),
        None => b"collect".to_vec(),
    };
    let known: [&[u8]; 7] = [
        b"stop",
        b"restart",
        b"collect",
        b"count",
        b"step",
        b"setpause",
        b"setstepmul",
    ];
    if !known.contains(&option.as_slice()) {
        let text = [b"invalid option '", option.as_slice(), b"'"].concat();
        return Err(cpu.arg_error(1, &text));
    }
    if option != b"count" {
        cpu.need_ring(Ring::Application, "this option of 'collectgarbage'")?;
    }
    let value = opt_int(cpu, 2, 0)?;
    match option.as_slice() {
        b"stop" => pause_collector(cpu, true),
        b"restart" => pause_collector(cpu, false),
        b"count" => number(cpu, heap::in_use(cpu.mem) as f64 / 1024.0),
        b"setpause" => exchange(cpu, true, value),
        b"setstepmul" => exchange(cpu, false, value),
        b"step" => step(cpu, value),
        _ => collect(cpu),
    }
}

fn number(cpu: &mut Cpu<'_, '_>, n: f64) -> Answer {
    cpu.push(Value::number(n));
    Ok(Next::Return(1))
}

fn pause_collector(cpu: &mut Cpu<'_, '_>, stop: bool) -> Answer {
    cpu.mem.set(AT, root::GC_STOPPED, u32::from(stop));
    heap::collect::set_threshold(cpu.mem);
    number(cpu, 0.0)
}

/// Sets the pause, or the step multiplier, and returns what it was.
fn exchange(cpu: &mut Cpu<'_, '_>, is_pause: bool, value: i32) -> Answer {
    let field = if is_pause {
        root::GC_PAUSE
    } else {
        root::GC_STEPMUL
    };
    let old = cpu.mem.get(AT, field) as i32;
    cpu.mem.set(AT, field, value as u32);
    heap::collect::set_threshold(cpu.mem);
    number(cpu, f64::from(old))
}

/// The least that a step asks for, in bytes.
const LEAST_STEP: u64 = 1024;

/// A step of `kilobytes`: tells whether a collection was finished with it.
fn step(cpu: &mut Cpu<'_, '_>, kilobytes: i32) -> Answer {
    cpu.mem.set(AT, root::GC_STOPPED, 0);
    let bytes = LEAST_STEP + u64::try_from(kilobytes).unwrap_or(0) * 1024;
    cpu.set_count(0);
    let work = cpu.begin_collection_step(bytes);
    cpu.push(Value::number(work as f64));
    cpu.push(Value::number(work as f64));
    cpu.set_step(STEPPING);
    step_on(cpu)
}

/// Goes on with a step. Nothing of the guest runs until it is over.
fn step_on(cpu: &mut Cpu<'_, '_>) -> Answer {
    let number = |cpu: &Cpu<'_, '_>, i| cpu.arg(i).as_number().unwrap_or(0.0) as u64;
    let (mut left, work) = (number(cpu, 1), number(cpu, 2));
    let ended = loop {
        let has_ended;
        (left, has_ended) = cpu.collect_step_on(work, left);
        if left == 0 {
            break has_ended;
        }
        if cpu.is_dry() {
            cpu.keep(1, Value::number(left as f64));
            return Err(cpu.pause());
        }
    };
    cpu.set_count(0);
    cpu.push(Value::boolean(ended));
    cpu.set_step(FINALIZED);
    Ok(Next::Again)
}

/// Collects; the finalizers that are due run before it returns. The result waits in slot 1.
fn collect(cpu: &mut Cpu<'_, '_>) -> Answer {
    // As in Lua 5.1, asking for a collection or a step ends what `stop` began.
    cpu.mem.set(AT, root::GC_STOPPED, 0);
    cpu.set_count(0);
    cpu.push(Value::number(0.0));
    cpu.begin_collection();
    cpu.set_step(COLLECTING);
    collect_on(cpu)
}

/// Goes on with a collection. Nothing of the guest runs until it is over.
fn collect_on(cpu: &mut Cpu<'_, '_>) -> Answer {
    while cpu.collect_on() {
        if cpu.is_dry() {
            return Err(cpu.pause());
        }
    }
    cpu.set_step(FINALIZED);
    Ok(Next::Again)
}

/// Returns the result in slot 1, from within a finalizer behind the others that are due: no safepoint runs them there.
fn finalize(cpu: &mut Cpu<'_, '_>) -> Answer {
    cpu.set_count(1);
    if !cpu.in_finalizer() {
        return Ok(Next::Return(1));
    }
    let Some((finalizer, object)) = cpu.next_finalizer() else {
        return Ok(Next::Return(1));
    };
    cpu.push(finalizer);
    cpu.push(object);
    let (func, step) = (2, FINALIZED);
    let rings = cpu.makers_rings(object);
    if rings == cpu.rings() {
        return Ok(Next::Call { func, step });
    }
    // The errors of strangers are none of this finalizer's.
    cpu.change_rings(rings, false);
    let handler = 0;
    Ok(Next::Protect {
        func,
        handler,
        step,
    })
}

pub(crate) fn gcinfo(cpu: &mut Cpu<'_, '_>) -> Answer {
    let used = heap::in_use(cpu.mem) / 1024;
    number(cpu, used as f64)
}
