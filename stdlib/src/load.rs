//! `load`, `loadstring`, `loadfile`, `dofile`: where chunks come from. Must not know what becomes of them.

use crate::base::{MAX_NAME, c_name, c_string};
use crate::compile::{Beginning, Compiled, Named, Wanted, compile, compile_beginning};
use crate::io::handle;
use crate::rope;
use bvm_apart::Refused;
use bvm_isa::chunk;
use bvm_isa::hypercall::Hypercall;
use bvm_vm::data::string;
use bvm_vm::native::HANDLER_BELOW;
use bvm_vm::objects::Str;
use bvm_vm::{Answer, Cpu, HostError, Next, Raise, Reply, Type, Value, Word};

/// Checks the mode in slot `first` and the environment in the next one, which 5.1 does not look at.
/// A nil environment is none.
fn check_wanted(cpu: &mut Cpu<'_, '_>, first: u32) -> Result<(), Raise> {
    if !cpu.dialect().has_additions() {
        cpu.set_count(first - 1);
    }
    cpu.set_count(first + 1);
    cpu.opt_string(first)?;
    if !cpu.arg(first + 1).is_nil() {
        cpu.check_table(first + 1)?;
    }
    Ok(())
}

/// `errno` of reading a directory: it can be opened, but not read.
const EISDIR: i32 = 21;

/// Answers a function, or nil and a message.
fn answer(cpu: &mut Cpu<'_, '_>, compiled: Compiled) -> Answer {
    match compiled {
        Ok(function) => {
            cpu.push(function);
            Ok(Next::Return(1))
        }
        Err(refused) if refused.is_raised => Err(raise(cpu, &refused)?),
        Err(refused) => {
            cpu.push(Value::NIL);
            cpu.push_bytes(&refused.message)?;
            Ok(Next::Return(2))
        }
    }
}

/// The step at which a function goes on that has raised what the compiler says, and the slot in front of what the message
/// handler has made of it.
pub(crate) const RAISED: u32 = 99;
const CAUGHT: u32 = 10;

/// An error of the compiler that Lua 5.1 raises: what is raised now comes back at the step [`RAISED`].
///
/// # Errors
/// No memory.
pub(crate) fn raise(cpu: &mut Cpu<'_, '_>, refused: &Refused) -> Result<Raise, Raise> {
    let message = cpu.new_str(&refused.message)?;
    cpu.set_count(CAUGHT);
    cpu.catch_own(CAUGHT, RAISED);
    Ok(Raise::Error(message))
}

/// What the message handler has made of an error that the step before has raised.
pub(crate) fn raised(cpu: &Cpu<'_, '_>) -> Value {
    cpu.arg(CAUGHT + 1)
}

/// Answers nil, and that.
fn answer_raised(cpu: &mut Cpu<'_, '_>) -> Answer {
    let message = raised(cpu);
    cpu.push(Value::NIL);
    cpu.push(message);
    Ok(Next::Return(2))
}

/// The slots of `load` and `loadstring` from this one on: the mode, and the environment.
const WANTED: u32 = 3;

pub(crate) fn loadstring(cpu: &mut Cpu<'_, '_>) -> Answer {
    if cpu.step_number() == RAISED {
        return answer_raised(cpu);
    }
    let s = cpu.check_string(1)?;
    let name = cpu.opt_string(2)?.unwrap_or(s);
    check_wanted(cpu, WANTED)?;
    let wanted = Wanted::in_slots(cpu, WANTED);
    let shown = string::len(cpu.mem, name).min(MAX_NAME as u32);
    cpu.charge(u64::from(shown) / 64)?;
    let compiled = compile(cpu, s, 0, Named::By(name), wanted)?;
    answer(cpu, compiled)
}

/// Slots of `load` between the calls of the reader function, which is in slot 1.
mod reading {
    /// Name of the chunk.
    pub const NAME: u32 = 2;
    /// The rope of the pieces, three slots; in the end their joined text.
    pub const PIECES: u32 = 5;
    /// How much of it has been searched for an error.
    pub const TRIED: u32 = 8;
    /// What the reader is called in, and the first of its results.
    pub const CALL: u32 = 9;
    /// The second: the piece, or the error.
    pub const PIECE: u32 = 10;

    /// Step: the reader has returned.
    pub const RETURNED: u32 = 1;
    /// Step: all pieces are there.
    pub const JOIN: u32 = 2;
    /// Step: the text is there.
    pub const COMPILE: u32 = 3;
    /// Step: the text so far is joined, because it may have an error.
    pub const TRY: u32 = 4;
    /// Step: that is seen.
    pub const TRY_JOINED: u32 = 5;
}

pub(crate) fn load(cpu: &mut Cpu<'_, '_>) -> Answer {
    match cpu.step_number() {
        0 => {
            let is_text = matches!(cpu.arg(1).type_of(), Type::String | Type::Number);
            if is_text && cpu.dialect().has_additions() {
                return loadstring(cpu);
            }
            let name = match cpu.opt_string(2)? {
                Some(s) => s.into(),
                None => cpu.new_str(b"=(load)")?,
            };
            cpu.check_function(1)?;
            check_wanted(cpu, WANTED)?;
            cpu.set_arg(reading::NAME, name);
            cpu.set_count(reading::TRIED);
            cpu.set_arg(reading::TRIED, Value::number(0.0));
            read_more(cpu)
        }
        reading::RETURNED => take_piece(cpu),
        reading::TRY => try_pieces(cpu),
        reading::TRY_JOINED => try_joined(cpu),
        reading::JOIN => join_pieces(cpu),
        RAISED => answer_raised(cpu),
        _ => compile_pieces(cpu),
    }
}

fn read_more(cpu: &mut Cpu<'_, '_>) -> Answer {
    cpu.set_count(reading::TRIED);
    let reader = cpu.arg(1);
    cpu.push(reader);
    Ok(Next::Protect {
        func: reading::CALL,
        handler: HANDLER_BELOW,
        step: reading::RETURNED,
    })
}

fn number_in(cpu: &Cpu<'_, '_>, slot: u32) -> u64 {
    let n = cpu.arg(slot).as_number().map_or(0, |n| n as u64);
    n.min(string::MAX_LEN)
}

fn take_piece(cpu: &mut Cpu<'_, '_>) -> Answer {
    let v = cpu.arg(reading::PIECE);
    if cpu.arg(reading::CALL).is_falsy() {
        cpu.push(Value::NIL);
        cpu.push(v);
        return Ok(Next::Return(2));
    }
    if v.is_nil() {
        return end_of_pieces(cpu);
    }
    if !matches!(v.type_of(), Type::String | Type::Number) {
        // The handler below sees this error as well; then it comes back as one of the reader's.
        cpu.catch_own(reading::CALL, reading::RETURNED);
        return Err(cpu.fail("reader function must return a string"));
    }
    let Some(piece) = cpu
        .to_str(v)?
        .filter(|piece| string::len(cpu.mem, *piece) > 0)
    else {
        return end_of_pieces(cpu);
    };
    // The step may begin again.
    cpu.set_arg(reading::PIECE, piece.into());
    rope::push(cpu, reading::PIECES, piece)?;
    let (count, total) = rope::size(cpu, reading::PIECES);
    if is_time_to_try(count.into(), total.into(), number_in(cpu, reading::TRIED)) {
        try_pieces(cpu)
    } else {
        read_more(cpu)
    }
}

/// The reader has nothing more. When it had nothing at all, 5.1 calls it once again: its first look at
/// the text is for the mark of a binary chunk, and what it finds is not remembered.
fn end_of_pieces(cpu: &mut Cpu<'_, '_>) -> Answer {
    if rope::size(cpu, reading::PIECES).0 == 0 && number_in(cpu, reading::TRIED) == 0 {
        cpu.set_arg(reading::TRIED, Value::number(1.0));
        return read_more(cpu);
    }
    join_pieces(cpu)
}

/// 5.1 compiles while it reads, and calls the reader no more after an error or a binary chunk. Here the text so far is
/// compiled now and then: at every piece at first, then at sizes that grow, so that it takes linear time.
fn is_time_to_try(count: u64, total: u64, tried: u64) -> bool {
    match total {
        0..256 => true,
        256..4096 => total >= tried + tried / 4,
        _ => count > 1 && total >= tried * 2,
    }
}

/// Compiles the text so far, to see whether the reader is to be called again. It is joined first.
fn try_pieces(cpu: &mut Cpu<'_, '_>) -> Answer {
    cpu.set_step(reading::TRY);
    let joined = rope::go_on(cpu, reading::PIECES, reading::TRY)?;
    cpu.set_arg(reading::PIECES, Value::NIL);
    if let Some(joined) = Str::of(joined) {
        rope::push(cpu, reading::PIECES, joined)?;
    }
    try_joined(cpu)
}

fn try_joined(cpu: &mut Cpu<'_, '_>) -> Answer {
    cpu.set_step(reading::TRY_JOINED);
    let Some(text) = rope::first(cpu, reading::PIECES) else {
        return Err(cpu.fail("damaged activation"));
    };
    let name = Named::By(cpu.check_string(reading::NAME)?);
    let wanted = Wanted::in_slots(cpu, WANTED);
    let seen = compile_beginning(cpu, text, name, wanted)?;
    let (_, total) = rope::size(cpu, reading::PIECES);
    cpu.set_arg(reading::TRIED, Value::number(f64::from(total)));
    match seen {
        Beginning::Refused(refused) => answer(cpu, Err(refused)),
        Beginning::Whole => join_pieces(cpu),
        Beginning::GoesOn => read_more(cpu),
    }
}

fn join_pieces(cpu: &mut Cpu<'_, '_>) -> Answer {
    cpu.set_step(reading::JOIN);
    let joined = match rope::size(cpu, reading::PIECES) {
        (0, _) => cpu.new_str(b"")?,
        _ => rope::go_on(cpu, reading::PIECES, reading::JOIN)?,
    };
    cpu.set_arg(reading::PIECES, joined);
    compile_pieces(cpu)
}

fn compile_pieces(cpu: &mut Cpu<'_, '_>) -> Answer {
    cpu.set_step(reading::COMPILE);
    cpu.set_count(reading::TRIED);
    let source = cpu.check_string(reading::PIECES)?;
    let name = cpu.check_string(reading::NAME)?;
    let wanted = Wanted::in_slots(cpu, WANTED);
    let compiled = compile(cpu, source, 0, Named::By(name), wanted)?;
    answer(cpu, compiled)
}

/// The message of a file that cannot be read.
fn file_error(error: &HostError, name: &[u8]) -> Vec<u8> {
    let what: &[u8] = if error.code == EISDIR {
        b"cannot read "
    } else {
        b"cannot open "
    };
    let name = name.get(..MAX_NAME).unwrap_or(name);
    [what, name, b": ", error.message.as_bytes()].concat()
}

/// Asks for the file called `name`, or for all of standard input.
pub(crate) fn ask_for_file(cpu: &mut Cpu<'_, '_>, name: Option<&[u8]>) {
    match name {
        Some(name) => cpu.ask(Hypercall::ReadFile, vec![Word::Bytes(name.to_vec())]),
        None => cpu.ask(Hypercall::ReadAll, vec![Word::Int(0)]),
    }
}

/// Makes a string of what the host answered, or a message.
pub(crate) fn file_text(
    cpu: &mut Cpu<'_, '_>,
    reply: Option<Reply>,
    name: Option<&[u8]>,
) -> Result<Result<Str, Vec<u8>>, Raise> {
    match reply {
        Some(Ok(words)) => {
            let bytes = match words.first() {
                Some(Word::Bytes(bytes)) => bytes.as_slice(),
                _ => b"",
            };
            Ok(Ok(string::intern(cpu.mem, bytes)?))
        }
        Some(Err(error)) => Ok(Err(file_error(&error, name.unwrap_or(b"stdin")))),
        None => Ok(Err(file_error(
            &HostError {
                message: "Input/output error".into(),
                code: 5,
            },
            name.unwrap_or(b"stdin"),
        ))),
    }
}

/// Compiles the text of a file; a first line that begins with `#` is skipped, but counted.
pub(crate) fn compile_file(
    cpu: &mut Cpu<'_, '_>,
    s: Str,
    name: Option<&[u8]>,
    wanted: Wanted,
) -> Result<Compiled, Raise> {
    let chunk_name = match name {
        Some(name) => [b"@", name].concat(),
        None => b"=stdin".to_vec(),
    };
    cpu.charge(u64::from(string::len(cpu.mem, s)) / 64)?;
    let bytes = cpu.bytes(s);
    let skip = match bytes.first() {
        Some(b'#') => {
            let line = bytes
                .iter()
                .position(|&b| b == b'\n')
                .unwrap_or(bytes.len());
            let after = bytes.get(line + 1..).unwrap_or_default();
            if chunk::is_chunk(after) {
                line + 1
            } else {
                line
            }
        }
        _ => 0,
    };
    compile(cpu, s, skip, Named::As(&chunk_name), wanted)
}

/// Slots and steps of `loadfile` and `dofile`. Slot 1: the name or nil.
mod file {
    /// The mode, and in the next slot the environment.
    pub const WANTED: u32 = 2;
    /// The text.
    pub const TEXT: u32 = 4;

    /// The host has answered.
    pub const READ: u32 = 1;
    /// The text is there.
    pub const COMPILE: u32 = 2;
    /// `dofile`: the chunk has returned.
    pub const DONE: u32 = 3;
}

fn file_name(cpu: &Cpu<'_, '_>) -> Option<Vec<u8>> {
    Str::of(cpu.arg(1)).map(|s| c_string(cpu.bytes(s)).to_vec())
}

/// The steps that `loadfile` and `dofile` share: `None` while the host is asked.
fn read_and_compile(cpu: &mut Cpu<'_, '_>) -> Result<Option<Compiled>, Raise> {
    if cpu.step_number() == 0 {
        if let Some(name) = Str::of(cpu.arg(1))
            && let Some(error) = handle::too_long(cpu, name, Hypercall::ReadFile)
        {
            let message = file_error(&error, c_name(cpu.bytes(name)));
            return Ok(Some(Err(Refused::with(message))));
        }
        let name = file_name(cpu);
        ask_for_file(cpu, name.as_deref());
        return Ok(None);
    }
    let name = file_name(cpu);
    if cpu.step_number() == file::READ {
        let reply = cpu.take_reply();
        match file_text(cpu, reply, name.as_deref())? {
            Ok(text) => cpu.push(text.into()),
            Err(message) => return Ok(Some(Err(Refused::with(message)))),
        }
        cpu.set_step(file::COMPILE);
    }
    let source = cpu.check_string(file::TEXT)?;
    let wanted = Wanted::in_slots(cpu, file::WANTED);
    compile_file(cpu, source, name.as_deref(), wanted).map(Some)
}

pub(crate) fn loadfile(cpu: &mut Cpu<'_, '_>) -> Answer {
    if cpu.step_number() == RAISED {
        return answer_raised(cpu);
    }
    if cpu.step_number() == 0 {
        cpu.opt_string(1)?;
        check_wanted(cpu, file::WANTED)?;
    }
    match read_and_compile(cpu)? {
        Some(compiled) => answer(cpu, compiled),
        None => Ok(Next::Wait { step: file::READ }),
    }
}

pub(crate) fn dofile(cpu: &mut Cpu<'_, '_>) -> Answer {
    match cpu.step_number() {
        0 => {
            cpu.opt_string(1)?;
            cpu.set_count(1);
            cpu.set_count(file::TEXT - 1);
        }
        file::DONE => return Ok(Next::Return(cpu.count() - 1)),
        RAISED => return Err(Raise::Error(raised(cpu))),
        _ => {}
    }
    match read_and_compile(cpu)? {
        None => Ok(Next::Wait { step: file::READ }),
        Some(Err(refused)) if refused.is_raised => Err(raise(cpu, &refused)?),
        Some(Err(refused)) => Err(Raise::Error(cpu.new_str(&refused.message)?)),
        Some(Ok(function)) => {
            cpu.set_count(1);
            cpu.push(function);
            Ok(Next::Call {
                func: 2,
                step: file::DONE,
            })
        }
    }
}
