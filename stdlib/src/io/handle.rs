//! Files as values: what their payload means, the checks of arguments, and the results of failures.

use crate::base::c_name;
use crate::define::CLASS_FILE;
use bvm_isa::hypercall::Hypercall;
use bvm_vm::data::table;
use bvm_vm::objects::{Str, Table, Userdata, root};
use bvm_vm::{Answer, Cpu, HostError, Next, Raise, Reply, Value, Word};

/// Name of the registry's metatable of files.
pub const META: &str = "FILE*";
/// Index of the default input file among the defaults.
pub const INPUT: u32 = 1;
/// Index of the default output file.
pub const OUTPUT: u32 = 2;

/// Payload of a closed file; other payloads are handles.
pub const CLOSED: u64 = u64::MAX;
/// Payload of a file whose host is no longer there: the guest was saved while it was open.
pub const DETACHED: u64 = u64::MAX - 1;
/// Error number of the host when an answer would be too large for the guest.
const ENOMEM: i32 = 12;

/// The file that a value is.
pub fn file_of(cpu: &Cpu<'_, '_>, v: Value) -> Option<Userdata> {
    let object = Userdata::of(v)?;
    if cpu.mem.get(object.0, Userdata::CLASS) == CLASS_FILE {
        Some(object)
    } else {
        None
    }
}

/// The payload of a file.
pub fn payload(cpu: &Cpu<'_, '_>, file: Userdata) -> u64 {
    cpu.mem.get(file.0, Userdata::PAYLOAD)
}

/// Sets the payload of a file.
pub fn set_payload(cpu: &mut Cpu<'_, '_>, file: Userdata, payload: u64) {
    cpu.mem.set(file.0, Userdata::PAYLOAD, payload);
}

/// Makes all open files but the standard ones detached: their handles are those of another host.
pub fn detach_files(cpu: &mut Cpu<'_, '_>) {
    for list in [root::USERDATA, root::FINALIZE] {
        let mut at = cpu.mem.get(root::AT, list);
        while at != 0 {
            let payload = cpu.mem.get(at, Userdata::PAYLOAD);
            let is_file = cpu.mem.get(at, Userdata::CLASS) == CLASS_FILE;
            if is_file && payload != CLOSED && !is_standard(payload) {
                cpu.mem.set(at, Userdata::PAYLOAD, DETACHED);
            }
            at = cpu.mem.get(at, Userdata::NEXT);
        }
    }
}

/// Whether a payload is one of the standard streams, which programs cannot close.
pub fn is_standard(payload: u64) -> bool {
    payload <= 2
}

/// The handle of an open file.
pub fn handle_of(payload: u64) -> Word {
    Word::Int(payload as i64)
}

/// A closed file, to be opened when the host has answered. It is made before the host is asked, so
/// that a lack of memory cannot lose an open file.
pub fn new_file(cpu: &mut Cpu<'_, '_>) -> Result<Userdata, Raise> {
    let registry = cpu.registry();
    let meta = Table::of(cpu.field(registry, META)?);
    cpu.new_userdata(CLASS_FILE, CLOSED, meta)
}

/// Argument `i` as a file, open or closed.
pub fn check_file(cpu: &mut Cpu<'_, '_>, i: u32) -> Result<Userdata, Raise> {
    match file_of(cpu, cpu.arg(i)) {
        Some(file) => Ok(file),
        None => Err(cpu.arg_type_error(i, META)),
    }
}

/// Argument `i` as an open file: its handle.
pub fn check_open(cpu: &mut Cpu<'_, '_>, i: u32) -> Result<Word, Raise> {
    let file = check_file(cpu, i)?;
    match payload(cpu, file) {
        CLOSED => Err(cpu.fail("attempt to use a closed file")),
        DETACHED => Err(cpu.fail("attempt to use a detached file")),
        payload => Ok(handle_of(payload)),
    }
}

/// One of the default files.
pub fn default_file(cpu: &Cpu<'_, '_>, which: u32) -> Value {
    match Table::of(cpu.upvalue(1)) {
        Some(defaults) => table::get_int(cpu.mem, defaults, which),
        None => Value::NIL,
    }
}

/// Makes a file one of the default files.
pub fn set_default_file(cpu: &mut Cpu<'_, '_>, which: u32, v: Value) -> Result<(), Raise> {
    if let Some(defaults) = Table::of(cpu.upvalue(1)) {
        table::set_int(cpu.mem, defaults, which, v)?;
    }
    Ok(())
}

/// The handle of a default file, which must be open.
pub fn open_default(cpu: &mut Cpu<'_, '_>, which: u32) -> Result<Word, Raise> {
    let file = file_of(cpu, default_file(cpu, which));
    match file.map(|file| payload(cpu, file)) {
        None | Some(CLOSED) => {
            let name = if which == INPUT { "input" } else { "output" };
            Err(cpu.fail(&format!("standard {name} file is closed")))
        }
        Some(DETACHED) => Err(cpu.fail("attempt to use a detached file")),
        Some(payload) => Ok(handle_of(payload)),
    }
}

/// Charges for asking: what the row of the hypercall says.
pub fn pay(cpu: &mut Cpu<'_, '_>, call: Hypercall) -> Result<(), Raise> {
    cpu.charge(call.row().fuel)
}

/// Asks the host and waits for the answer at `step`.
pub fn ask(cpu: &mut Cpu<'_, '_>, call: Hypercall, args: Vec<Word>, step: u32) -> Answer {
    cpu.ask(call, args);
    Ok(Next::Wait { step })
}

/// Takes the host's answer. A missing one, which no host gives, is a failure.
pub fn take(cpu: &mut Cpu<'_, '_>) -> Result<Reply, Raise> {
    match cpu.take_reply() {
        Some(Err(error)) if error.code == ENOMEM => Err(Raise::NoMemory),
        Some(reply) => Ok(reply),
        None => Ok(Err(HostError {
            message: "no answer".into(),
            code: 0,
        })),
    }
}

/// Takes the answer to what only errors of the guest's maker can make fail: others are left to the caller.
pub fn take_checked(cpu: &mut Cpu<'_, '_>) -> Result<Reply, Raise> {
    cpu.check_reply()?;
    take(cpu)
}

/// The bytes of a string, as an argument for the host.
pub fn bytes(cpu: &Cpu<'_, '_>, s: Str) -> Word {
    Word::Bytes(cpu.bytes(s).to_vec())
}

/// Longest path of the system, its NUL included.
pub const MAX_PATH: usize = 4096;
/// Longest command of the system, its NUL included.
const MAX_COMMAND: usize = 128 << 10;

/// Why the system would not take a path or a command of this length: it is not copied to the host.
pub fn too_long(cpu: &Cpu<'_, '_>, s: Str, call: Hypercall) -> Option<HostError> {
    let len = cpu.bytes(s).len();
    let (most, message, code) = match call {
        Hypercall::POpen | Hypercall::Execute => (MAX_COMMAND, "Argument list too long", 7),
        _ => (MAX_PATH, "File name too long", 36),
    };
    if len < most {
        None
    } else {
        Some(HostError {
            message: message.into(),
            code,
        })
    }
}

/// Returns nil, a message and an error number; the message begins with a name if there is one.
pub fn failure(cpu: &mut Cpu<'_, '_>, name: Option<Str>, error: &HostError) -> Answer {
    cpu.push(Value::NIL);
    let text = message(cpu, name, error);
    cpu.push_bytes(&text)?;
    cpu.push(Value::number(f64::from(error.code)));
    Ok(Next::Return(3))
}

/// The message of a failure.
pub fn message(cpu: &Cpu<'_, '_>, name: Option<Str>, error: &HostError) -> Vec<u8> {
    match name {
        // C's formats end at a NUL.
        Some(name) => {
            let name = c_name(cpu.bytes(name));
            let name = name.get(..MAX_PATH).unwrap_or(name);
            [name, b": ", error.message.as_bytes()].concat()
        }
        None => error.message.clone().into_bytes(),
    }
}

/// Returns true, or what [`failure`] returns.
pub fn success(cpu: &mut Cpu<'_, '_>, reply: &Reply, name: Option<Str>) -> Answer {
    match reply {
        Ok(_) => {
            cpu.push(Value::TRUE);
            Ok(Next::Return(1))
        }
        Err(error) => failure(cpu, name, error),
    }
}

/// Argument `i` as one of a list of words: its index.
pub fn check_option(
    cpu: &mut Cpu<'_, '_>,
    i: u32,
    default: Option<&str>,
    words: &[&str],
) -> Result<usize, Raise> {
    let text = match default {
        Some(default) if cpu.arg(i).is_nil() => default.as_bytes().to_vec(),
        _ => {
            let s = cpu.check_string(i)?;
            c_name(cpu.bytes(s)).to_vec()
        }
    };
    match words.iter().position(|word| word.as_bytes() == text) {
        Some(index) => Ok(index),
        None => {
            let text = [b"invalid option '".as_slice(), &text, b"'"].concat();
            Err(cpu.arg_error(i, &text))
        }
    }
}
