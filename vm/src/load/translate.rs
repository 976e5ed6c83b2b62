//! Translation: one engine slot for each guest word, behind one header slot, and the heights before it.

use super::select;
use crate::data::heights;
use crate::exec::code::{Code, slot};
use crate::heap::{NoMemory, alloc};
use crate::host::Mem;
use crate::objects::Proto;
use crate::ring::Ring;
use bvm_isa::proto::{VARARG_HASARG, VARARG_ISVARARG};
use bvm_isa::verify::Facts;
use bvm_isa::{Op, Proto as Plain, Word};
use std::ops::Range;

/// `is_vararg` of a function that declares `arg` and does not need it.
const UNUSED_ARG: u8 = VARARG_HASARG | VARARG_ISVARARG;

/// Makes room for the engine's code of `from`, with its header; its constants are there already.
pub(super) fn begin(
    mem: &mut Mem<'_>,
    to: Proto,
    from: &Plain,
    facts: &Facts,
) -> Result<(), NoMemory> {
    let count = from.code.len() as u32;
    let room = heights::room(count);
    let at = alloc::alloc(mem, u64::from(room) + (u64::from(count) + 1) * 8)?;
    mem.set(to.0, Proto::CODE, at + room);
    write_header(mem, to, from, facts);
    Ok(())
}

/// Writes the engine's code where there is a place for it already.
pub(super) fn write(mem: &mut Mem<'_>, to: Proto, from: &Plain, facts: &Facts) {
    write_header(mem, to, from, facts);
    slots(mem, to, from, facts, 0..from.code.len());
}

fn write_header(mem: &mut Mem<'_>, to: Proto, from: &Plain, facts: &Facts) {
    let head = header(mem, to, from, facts);
    mem.store(mem.get(to.0, Proto::CODE), head);
}

/// Writes the slots of some words, and their heights.
pub(super) fn slots(
    mem: &mut Mem<'_>,
    to: Proto,
    from: &Plain,
    facts: &Facts,
    words: Range<usize>,
) {
    let at = mem.get(to.0, Proto::CODE);
    let source = select::Source {
        plain: from,
        consts: mem.get(to.0, Proto::CONSTS),
        facts,
        plain_header: match ring_of(mem, to) {
            // Whatever it calls may have to change rings.
            Ring::Library => Code::Stub,
            Ring::Application => Code::Function,
            Ring::Plugin => Code::PluginFunction,
        },
    };
    for pc in words {
        let code = match facts.is_start(pc) {
            true if facts.is_rest(pc) => slot(Code::Rest, 0, 0, 0, 0),
            true => select::select(mem, &source, pc),
            false => from.code.get(pc).map_or(0, |&word| capture(word)),
        };
        mem.store(at + 8 + 8 * pc as u32, code);
        heights::write(mem, at, pc as u32, facts.height(pc));
    }
}

/// The slot of a word that is no instruction but names what a closure captures: b, an upvalue if a is
/// not 0, else a register. Other words of data look like that, too, and nobody reads them.
fn capture(word: Word) -> u64 {
    let is_upvalue = word.op() == Some(Op::GetUpval);
    slot(Code::Cold, u8::from(is_upvalue), word.b() as u8, 0, 0)
}

/// The ring of a prototype.
fn ring_of(mem: &Mem<'_>, proto: Proto) -> Ring {
    Ring::new(mem.get(proto.0, Proto::RING)).unwrap_or(Ring::Plugin)
}

fn header(mem: &Mem<'_>, to: Proto, from: &Plain, facts: &Facts) -> u64 {
    let mut nils = facts.entry_nils.max(from.param_count);
    let code = match from.vararg {
        0 if nils == from.param_count => Code::Function,
        0 => Code::NilEntry,
        VARARG_ISVARARG => Code::VarargEntry,
        UNUSED_ARG => {
            // The local `arg` of a function that uses `...` is nil.
            nils = nils.max(from.param_count.saturating_add(1));
            Code::VarargEntry
        }
        _ => Code::Entry,
    };
    let code = match (ring_of(mem, to), code) {
        (Ring::Plugin, Code::Function) => Code::PluginFunction,
        (Ring::Plugin, Code::NilEntry) => Code::PluginNilEntry,
        (Ring::Plugin, Code::VarargEntry) => Code::PluginVarargEntry,
        (_, code) => code,
    };
    let consts = mem.get(to.0, Proto::CONSTS);
    slot(code, from.param_count, from.max_stack, nils, consts)
}
