//! Loading: a verified prototype becomes objects in the cage, with the engine's code beside the 5.1 words.

pub mod dump;
pub(crate) mod renew;
mod select;
mod translate;

use crate::data::{closure, string};
use crate::heap::{NoMemory, alloc};
use crate::host::Mem;
use crate::objects::root::{self, AT};
use crate::objects::{Closure, Proto, Table};
use crate::ring::Ring;
use crate::value::Value;
use bvm_cage::Field;
use bvm_isa::verify::{Facts, Verified};
use bvm_isa::{Const, Proto as Plain};

/// A function of `ring` over the verified main prototype, with fresh upvalues.
pub fn load(
    mem: &mut Mem<'_>,
    verified: Verified,
    env: Table,
    ring: Ring,
) -> Result<Closure, NoMemory> {
    let (plain, facts) = verified.into_parts();
    let source = string::intern(mem, plain.source.as_deref().unwrap_or(b"=?"))?;
    let made = Proto(alloc::alloc_object(
        mem,
        u64::from(Proto::SIZE),
        Proto::KIND,
    )?);
    clear(mem, made);
    mem.set(AT, root::ANCHOR, made.0);
    mem.set(made.0, Proto::SOURCE, source.0);
    mem.set(made.0, Proto::RING, ring.number());
    let result = fill(mem, made, &plain, &facts, source.0);
    let closure = result.and_then(|()| closure::new_lua(mem, made, env));
    mem.set(AT, root::ANCHOR, 0);
    let closure = closure?;
    for i in 0..plain.upvalue_count {
        let upval = closure::new_closed_upval(mem, Value::NIL)?;
        closure::set_upval(mem, closure, i, upval);
    }
    Ok(closure)
}

fn clear(mem: &mut Mem<'_>, proto: Proto) {
    mem.bytes_mut(proto.0 + 1, Proto::SIZE - 1).fill(0);
}

/// Fills the cleared object `to`, which something reachable holds, and loads its inner prototypes.
/// The depth is that of the source's functions, which the verifier bounds by 200.
fn fill(
    mem: &mut Mem<'_>,
    to: Proto,
    from: &Plain,
    facts: &Facts,
    source: u32,
) -> Result<(), NoMemory> {
    mem.set(to.0, Proto::PARAMS, from.param_count);
    mem.set(to.0, Proto::VARARG, from.vararg);
    mem.set(to.0, Proto::MAXSTACK, from.max_stack);
    mem.set(to.0, Proto::UPVALS, from.upvalue_count);
    mem.set(to.0, Proto::NILS, facts.entry_nils);
    mem.set(to.0, Proto::CAPTURES, u8::from(facts.captures_locals));
    mem.set(to.0, Proto::LINE, from.line_defined);
    mem.set(to.0, Proto::LASTLINE, from.last_line_defined);
    let source = match &from.source {
        Some(own) => string::intern(mem, own)?.0,
        None => source,
    };
    mem.set(to.0, Proto::SOURCE, source);
    consts(mem, to, from)?;
    words(mem, to, from)?;
    debug_data(mem, to, from)?;
    translate::translate(mem, to, from, facts)?;
    let count = from.protos.len() as u32;
    let list = list(mem, to, Proto::PROTOS, Proto::NPROTOS, count, 4)?;
    for (i, (inner, facts)) in from.protos.iter().zip(&facts.children).enumerate() {
        let made = Proto(alloc::alloc_object(
            mem,
            u64::from(Proto::SIZE),
            Proto::KIND,
        )?);
        clear(mem, made);
        let ring = mem.get(to.0, Proto::RING);
        mem.set(made.0, Proto::RING, ring);
        mem.store(list + 4 * i as u32, made.0);
        fill(mem, made, inner, facts, source)?;
    }
    Ok(())
}

/// A zeroed list of `count` entries of `size` bytes, put into its fields at once.
fn list(
    mem: &mut Mem<'_>,
    to: Proto,
    field: Field<u32>,
    len: Field<u32>,
    count: u32,
    size: u32,
) -> Result<u32, NoMemory> {
    if count == 0 {
        return Ok(0);
    }
    let at = alloc::alloc(mem, u64::from(count) * u64::from(size))?;
    mem.bytes_mut(at, count * size).fill(0);
    mem.set(to.0, field, at);
    mem.set(to.0, len, count);
    Ok(at)
}

fn consts(mem: &mut Mem<'_>, to: Proto, from: &Plain) -> Result<(), NoMemory> {
    let count = from.consts.len() as u32;
    let at = list(mem, to, Proto::CONSTS, Proto::NCONSTS, count, 8)?;
    for (i, constant) in from.consts.iter().enumerate() {
        let v = match constant {
            Const::Nil => Value::NIL,
            Const::Bool(b) => Value::boolean(*b),
            Const::Number(n) => Value::number(*n),
            Const::Str(s) => string::intern(mem, s)?.into(),
        };
        mem.store(at + 8 * i as u32, v.0);
    }
    Ok(())
}

fn words(mem: &mut Mem<'_>, to: Proto, from: &Plain) -> Result<(), NoMemory> {
    let count = from.code.len() as u32;
    let at = list(mem, to, Proto::WORDS, Proto::NCODE, count, 4)?;
    for (i, word) in from.code.iter().enumerate() {
        mem.store(at + 4 * i as u32, word.0);
    }
    Ok(())
}

fn debug_data(mem: &mut Mem<'_>, to: Proto, from: &Plain) -> Result<(), NoMemory> {
    let at = list(
        mem,
        to,
        Proto::LINES,
        Proto::NLINES,
        from.lines.len() as u32,
        4,
    )?;
    for (i, &line) in from.lines.iter().enumerate() {
        mem.store(at + 4 * i as u32, line);
    }
    let at = list(
        mem,
        to,
        Proto::LOCALS,
        Proto::NLOCALS,
        from.locals.len() as u32,
        12,
    )?;
    for (i, local) in from.locals.iter().enumerate() {
        let name = string::intern(mem, &local.name)?;
        let entry = at + 12 * i as u32;
        mem.store(entry, name.0);
        mem.store(entry + 4, local.start);
        mem.store(entry + 8, local.end);
    }
    let count = from.upvalue_names.len() as u32;
    let at = list(mem, to, Proto::UPNAMES, Proto::NUPNAMES, count, 4)?;
    for (i, name) in from.upvalue_names.iter().enumerate() {
        let name = string::intern(mem, name)?;
        mem.store(at + 4 * i as u32, name.0);
    }
    Ok(())
}
