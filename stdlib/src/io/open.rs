//! Opening and closing files, the default files, and what files say about themselves.

use super::handle::{self, CLOSED, DETACHED, INPUT, OUTPUT};
use bvm_isa::hypercall::Hypercall;
use bvm_vm::objects::{Str, Userdata};
use bvm_vm::{Answer, Cpu, Next, Raise, Type, Value, Word};

/// `io.open(name[, mode])`
pub fn open(cpu: &mut Cpu<'_, '_>) -> Answer {
    open_by_name(cpu, Hypercall::Open)
}

/// `io.popen(command[, mode])`
pub fn popen(cpu: &mut Cpu<'_, '_>) -> Answer {
    open_by_name(cpu, Hypercall::POpen)
}

fn open_by_name(cpu: &mut Cpu<'_, '_>, call: Hypercall) -> Answer {
    if cpu.step_number() == 1 {
        let name = Str::of(cpu.arg(1));
        return opened(cpu, name);
    }
    handle::pay(cpu, call)?;
    let name = cpu.check_string(1)?;
    let mode = cpu.opt_string(2)?;
    let mode = match mode {
        // No mode is longer; what follows would not count.
        Some(mode) => cpu.bytes(mode).iter().copied().take(8).collect(),
        None => b"r".to_vec(),
    };
    if let Some(error) = handle::too_long(cpu, name, call) {
        return handle::failure(cpu, Some(name), &error);
    }
    cpu.set_count(1);
    let file = handle::new_file(cpu)?;
    cpu.push(file.into());
    let args = vec![handle::bytes(cpu, name), Word::Bytes(mode)];
    handle::ask(cpu, call, args, 1)
}

/// `io.tmpfile()`
pub fn tmpfile(cpu: &mut Cpu<'_, '_>) -> Answer {
    if cpu.step_number() == 1 {
        return opened(cpu, None);
    }
    handle::pay(cpu, Hypercall::TmpFile)?;
    cpu.set_count(0);
    let file = handle::new_file(cpu)?;
    cpu.push(Value::NIL);
    cpu.push(file.into());
    handle::ask(cpu, Hypercall::TmpFile, Vec::new(), 1)
}

/// Gives the file in slot 2 the handle that the host answers with, and returns it.
fn opened(cpu: &mut Cpu<'_, '_>, name: Option<Str>) -> Answer {
    let reply = handle::take(cpu)?;
    match set_open(cpu, 2, &reply) {
        Ok(()) => Ok(Next::Return(1)),
        Err(error) => handle::failure(cpu, name, &error),
    }
}

/// Makes the file in a slot an open one.
pub fn set_open(
    cpu: &mut Cpu<'_, '_>,
    slot: u32,
    reply: &bvm_vm::Reply,
) -> Result<(), bvm_vm::HostError> {
    let words = reply.as_ref().map_err(Clone::clone)?;
    let file = handle::file_of(cpu, cpu.arg(slot));
    if let (Some(Word::Int(handle)), Some(file)) = (words.first(), file) {
        handle::set_payload(cpu, file, *handle as u64);
    }
    Ok(())
}

/// `io.close([file])` and `file:close()`
pub fn close(cpu: &mut Cpu<'_, '_>) -> Answer {
    if cpu.step_number() == 1 {
        let reply = handle::take(cpu)?;
        return handle::success(cpu, &reply, None);
    }
    handle::pay(cpu, Hypercall::Close)?;
    if !cpu.has(1) {
        let file = handle::default_file(cpu, OUTPUT);
        cpu.push(file);
    }
    handle::check_open(cpu, 1)?;
    let file = handle::check_file(cpu, 1)?;
    if handle::is_standard(handle::payload(cpu, file)) {
        cpu.push(Value::NIL);
        cpu.push_bytes(b"cannot close standard file")?;
        return Ok(Next::Return(2));
    }
    start_closing(cpu, file, 1)
}

/// Closes an open file: for the program at once, at the host by a hypercall.
pub fn start_closing(cpu: &mut Cpu<'_, '_>, file: Userdata, step: u32) -> Answer {
    let handle = handle::handle_of(handle::payload(cpu, file));
    handle::set_payload(cpu, file, CLOSED);
    handle::ask(cpu, Hypercall::Close, vec![handle], step)
}

/// `__gc`: closes a file that is still open.
pub fn collect(cpu: &mut Cpu<'_, '_>) -> Answer {
    if cpu.step_number() == 1 {
        cpu.take_reply();
        return Ok(Next::Return(0));
    }
    cpu.charge(4)?;
    let file = handle::check_file(cpu, 1)?;
    let payload = handle::payload(cpu, file);
    if matches!(payload, CLOSED | DETACHED) || handle::is_standard(payload) {
        return Ok(Next::Return(0));
    }
    start_closing(cpu, file, 1)
}

/// `tostring(file)`
pub fn describe(cpu: &mut Cpu<'_, '_>) -> Answer {
    cpu.charge(4)?;
    let file = handle::check_file(cpu, 1)?;
    match handle::payload(cpu, file) {
        CLOSED => cpu.push_bytes(b"file (closed)")?,
        DETACHED => cpu.push_bytes(b"file (detached)")?,
        _ => cpu.push_bytes(format!("file (0x{:08x})", file.0).as_bytes())?,
    }
    Ok(Next::Return(1))
}

/// `io.type(v)`
pub fn file_type(cpu: &mut Cpu<'_, '_>) -> Answer {
    cpu.charge(2)?;
    let v = cpu.check_any(1)?;
    let file = handle::file_of(cpu, v);
    match file.map(|file| handle::payload(cpu, file)) {
        None => cpu.push(Value::NIL),
        Some(CLOSED | DETACHED) => cpu.push_bytes(b"closed file")?,
        Some(_) => cpu.push_bytes(b"file")?,
    }
    Ok(Next::Return(1))
}

/// `io.input([file])`
pub fn input(cpu: &mut Cpu<'_, '_>) -> Answer {
    default(cpu, INPUT, b"r")
}

/// `io.output([file])`
pub fn output(cpu: &mut Cpu<'_, '_>) -> Answer {
    default(cpu, OUTPUT, b"w")
}

fn default(cpu: &mut Cpu<'_, '_>, which: u32, mode: &[u8]) -> Answer {
    if cpu.step_number() == 1 {
        let reply = handle::take(cpu)?;
        if let Err(error) = set_open(cpu, 2, &reply) {
            let name = Str::of(cpu.arg(1));
            let text = handle::message(cpu, name, &error);
            return Err(cpu.arg_error(1, &text));
        }
        let file = cpu.arg(2);
        handle::set_default_file(cpu, which, file)?;
        return Ok(Next::Return(1));
    }
    cpu.charge(8)?;
    let given = cpu.arg(1);
    match given.type_of() {
        Type::Nil => {}
        Type::String | Type::Number => return open_default(cpu, mode),
        _ => {
            handle::check_open(cpu, 1)?;
            handle::set_default_file(cpu, which, given)?;
        }
    }
    let file = handle::default_file(cpu, which);
    cpu.push(file);
    Ok(Next::Return(1))
}

fn open_default(cpu: &mut Cpu<'_, '_>, mode: &[u8]) -> Answer {
    ask_for_file(cpu, mode, 1)
}

/// Asks for the file that argument 1 names, with a closed file for it in slot 2.
pub fn ask_for_file(cpu: &mut Cpu<'_, '_>, mode: &[u8], step: u32) -> Result<Next, Raise> {
    let name = cpu.check_string(1)?;
    if let Some(error) = handle::too_long(cpu, name, Hypercall::Open) {
        let text = handle::message(cpu, Some(name), &error);
        return Err(cpu.arg_error(1, &text));
    }
    cpu.set_count(1);
    let file = handle::new_file(cpu)?;
    cpu.push(file.into());
    let args = vec![handle::bytes(cpu, name), Word::Bytes(mode.to_vec())];
    handle::ask(cpu, Hypercall::Open, args, step)
}
