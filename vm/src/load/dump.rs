//! Back from the cage: the plain prototype of a loaded function, as `string.dump` writes it.
//! Must not change anything in the cage.

use crate::data::{lines, string};
use crate::host::Mem;
use crate::objects::{Closure, Proto, Str};
use crate::value::{TAG_FALSE, TAG_STRING, TAG_TRUE, Value};
use bvm_cage::Field;
use bvm_isa::Proto as Plain;
use bvm_isa::Word;
use bvm_isa::proto::{Bytes, Const, LocalVar};

/// Deepest nesting of functions: what the verifier lets in.
const MAX_DEPTH: u32 = 200;

/// The prototype of a Lua closure. Names and lines that it was loaded without stay away.
///
/// `None` for what is larger than `most` bytes, and for what no loader makes: a damaged image whose
/// parts reach beyond the cage or contain themselves. [`size`] tells the bytes.
pub fn dump(mem: &Mem<'_>, closure: Closure, most: u64) -> Option<Plain> {
    if size(mem, closure, most) > most {
        return None;
    }
    function(mem, Proto(mem.get(closure.0, Closure::PROTO)), Str(0), 0)
}

/// A prototype, with what it inherits from no other one; `None` when it nests too deep.
pub(super) fn plain(mem: &Mem<'_>, proto: Proto) -> Option<Plain> {
    function(mem, proto, Str(0), 0)
}

/// Bytes of everything that a dump of the closure holds: what it costs. Stops counting above `most`.
pub fn size(mem: &Mem<'_>, closure: Closure, most: u64) -> u64 {
    let mut total = 0;
    measure(
        mem,
        Proto(mem.get(closure.0, Closure::PROTO)),
        0,
        most,
        &mut total,
    );
    total
}

/// Adds up the sizes of a prototype and its inner ones, until they exceed `most`.
fn measure(mem: &Mem<'_>, proto: Proto, depth: u32, most: u64, total: &mut u64) {
    let row = |len: Field<u32>, size: u64| u64::from(mem.get(proto.0, len)) * size;
    *total += u64::from(Proto::SIZE)
        + row(Proto::NCODE, 4)
        + row(Proto::NCONSTS, 16)
        + row(Proto::NPROTOS, 4)
        + row(Proto::NLINES, 4)
        + row(Proto::NLOCALS, 24)
        + row(Proto::NUPNAMES, 16);
    if depth >= MAX_DEPTH || *total > most {
        return;
    }
    *total += u64::from(string::len(mem, Str(mem.get(proto.0, Proto::SOURCE))));
    for at in list(mem, proto, Proto::CONSTS, Proto::NCONSTS, 8) {
        *total += string::bytes_of(mem, Value(mem.load(at))).map_or(0, |text| text.len() as u64);
    }
    let names = list(mem, proto, Proto::LOCALS, Proto::NLOCALS, 12);
    for at in names.chain(list(mem, proto, Proto::UPNAMES, Proto::NUPNAMES, 4)) {
        *total += u64::from(string::len(mem, Str(mem.load(at))));
    }
    for at in list(mem, proto, Proto::PROTOS, Proto::NPROTOS, 4) {
        if *total > most {
            return;
        }
        measure(mem, Proto(mem.load(at)), depth + 1, most, total);
    }
}

/// `outer` is the source name of the function around; the same name is not repeated.
fn function(mem: &Mem<'_>, from: Proto, outer: Str, depth: u32) -> Option<Plain> {
    if depth >= MAX_DEPTH {
        return None;
    }
    let source = Str(mem.get(from.0, Proto::SOURCE));
    let mut protos = Vec::new();
    for at in list(mem, from, Proto::PROTOS, Proto::NPROTOS, 4) {
        protos.push(function(mem, Proto(mem.load(at)), source, depth + 1)?);
    }
    Some(Plain {
        source: (source != outer).then(|| text(mem, source)),
        line_defined: mem.get(from.0, Proto::LINE),
        last_line_defined: mem.get(from.0, Proto::LASTLINE),
        upvalue_count: mem.get(from.0, Proto::UPVALS),
        param_count: mem.get(from.0, Proto::PARAMS),
        vararg: mem.get(from.0, Proto::VARARG),
        max_stack: mem.get(from.0, Proto::MAXSTACK),
        code: each(mem, from, Proto::WORDS, Proto::NCODE, 4, |at| {
            Word(mem.load(at))
        }),
        consts: each(mem, from, Proto::CONSTS, Proto::NCONSTS, 8, |at| {
            constant(mem, Value(mem.load(at)))
        }),
        protos,
        lines: (0..).map_while(|pc| lines::get(mem, from, pc)).collect(),
        locals: each(mem, from, Proto::LOCALS, Proto::NLOCALS, 12, |at| {
            LocalVar {
                name: text(mem, Str(mem.load(at))),
                start: mem.load(at + 4),
                end: mem.load(at + 8),
            }
        }),
        upvalue_names: each(mem, from, Proto::UPNAMES, Proto::NUPNAMES, 4, |at| {
            text(mem, Str(mem.load(at)))
        }),
    })
}

/// Where the entries of one of a prototype's lists are.
pub(super) fn list(
    mem: &Mem<'_>,
    from: Proto,
    list: Field<u32>,
    len: Field<u32>,
    size: u32,
) -> impl Iterator<Item = u32> + use<> {
    let first = mem.get(from.0, list);
    (0..mem.get(from.0, len)).map(move |i| first.wrapping_add(i.wrapping_mul(size)))
}

fn each<T>(
    mem: &Mem<'_>,
    from: Proto,
    field: Field<u32>,
    len: Field<u32>,
    size: u32,
    read: impl Fn(u32) -> T,
) -> Vec<T> {
    list(mem, from, field, len, size).map(read).collect()
}

fn text(mem: &Mem<'_>, s: Str) -> Bytes {
    string::bytes(mem, s).into()
}

fn constant(mem: &Mem<'_>, v: Value) -> Const {
    match v.tag() {
        TAG_STRING => Const::Str(text(mem, Str(v.payload()))),
        TAG_TRUE => Const::Bool(true),
        TAG_FALSE => Const::Bool(false),
        _ => v.as_number().map_or(Const::Nil, Const::Number),
    }
}
