//! Back from the cage: the binary chunk of a loaded function, and its plain prototype.
//! Must not change anything in the cage.

use crate::data::{lines, string};
use crate::host::Mem;
use crate::objects::{Closure, Proto, Str};
use crate::value::{TAG_FALSE, TAG_STRING, TAG_TRUE, Value};
use bvm_cage::Field;
use bvm_isa::Proto as Plain;
use bvm_isa::Word;
use bvm_isa::chunk::{Constant, Head, List, Source, Step, Writer};
use bvm_isa::proto::{Bytes, Const, LocalVar};

/// Deepest nesting of functions: what the verifier lets in.
const MAX_DEPTH: u32 = 200;

/// The binary chunk of a Lua closure, unless it is longer than `most` bytes. Names and lines that it was loaded without stay
/// away. [`Dump`] does the same in portions.
pub fn chunk(mem: &Mem<'_>, closure: Closure, most: u64) -> Option<Vec<u8>> {
    let mut dump = Dump::new(mem, closure);
    let mut out = Vec::new();
    loop {
        match dump.step(mem, &mut out) {
            Step::More => (),
            Step::Text(s) => out.extend_from_slice(string::bytes(mem, s)),
            Step::Done => return Some(out),
        }
        if out.len() as u64 > most {
            return None;
        }
    }
}

/// How far the binary chunk of a closure is written.
#[derive(Debug)]
pub struct Dump(Writer<Proto, Str>);

impl Dump {
    /// Begins with a closure.
    pub fn new(mem: &Mem<'_>, closure: Closure) -> Dump {
        let main = Proto(mem.get(closure.0, Closure::PROTO));
        Dump(Writer::new(main, false))
    }

    /// Adds how far it is to `out`, for [`Dump::restore`].
    pub fn save(&self, out: &mut Vec<u8>) {
        self.0.save(out);
    }

    /// The one that was saved, of the same closure; `None` when the bytes are none of it.
    pub fn restore(mem: &Mem<'_>, closure: Closure, bytes: &[u8]) -> Option<Dump> {
        let main = Proto(mem.get(closure.0, Closure::PROTO));
        Writer::restore(main, false, &Caged(mem), bytes).map(Dump)
    }

    /// Adds the next bytes to `out`, some 250 at most, but for a text: that is the caller's to add.
    pub fn step(&mut self, mem: &Mem<'_>, out: &mut Vec<u8>) -> Step<Str> {
        self.0.step(&Caged(mem), out)
    }
}

/// A prototype, with what it inherits from no other one; `None` when it nests too deep.
pub(super) fn plain(mem: &Mem<'_>, proto: Proto) -> Option<Plain> {
    function(mem, proto, Str(0), 0)
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

/// Prototypes in a guest's memory.
struct Caged<'a, 'c>(&'a Mem<'c>);

impl Caged<'_, '_> {
    fn place(&self, proto: Proto, list: Field<u32>, i: usize, size: u32) -> u32 {
        let first = self.0.get(proto.0, list);
        first.wrapping_add((i as u32).wrapping_mul(size))
    }
}

impl Source for Caged<'_, '_> {
    type Proto = Proto;
    type Text = Str;

    fn text_len(&self, s: Str) -> usize {
        string::len(self.0, s) as usize
    }

    fn head(&self, Proto(at): Proto) -> Head<Str> {
        let mem = self.0;
        Head {
            source: Some(Str(mem.get(at, Proto::SOURCE))),
            lines: [Proto::LINE, Proto::LASTLINE].map(|field| mem.get(at, field)),
            sizes: [Proto::UPVALS, Proto::PARAMS, Proto::VARARG, Proto::MAXSTACK]
                .map(|field| mem.get(at, field)),
        }
    }

    fn count(&self, proto: Proto, list: List) -> usize {
        let field = match list {
            List::Code => Proto::NCODE,
            List::Constants => Proto::NCONSTS,
            List::Inner => Proto::NPROTOS,
            List::Lines => Proto::NLINES,
            List::Locals => Proto::NLOCALS,
            List::Names => Proto::NUPNAMES,
        };
        self.0.get(proto.0, field) as usize
    }

    fn word(&self, proto: Proto, i: usize) -> u32 {
        self.0.load(self.place(proto, Proto::WORDS, i, 4))
    }

    fn constant(&self, proto: Proto, i: usize) -> Constant<Str> {
        let v = Value(self.0.load(self.place(proto, Proto::CONSTS, i, 8)));
        match v.tag() {
            TAG_STRING => Constant::Text(Str(v.payload())),
            TAG_TRUE => Constant::Bool(true),
            TAG_FALSE => Constant::Bool(false),
            _ => v.as_number().map_or(Constant::Nil, Constant::Number),
        }
    }

    fn inner(&self, proto: Proto, i: usize) -> Proto {
        Proto(self.0.load(self.place(proto, Proto::PROTOS, i, 4)))
    }

    fn line(&self, proto: Proto, i: usize) -> u32 {
        lines::get(self.0, proto, i as u32).unwrap_or_default()
    }

    fn local(&self, proto: Proto, i: usize) -> (Str, u32, u32) {
        let at = self.place(proto, Proto::LOCALS, i, 12);
        (
            Str(self.0.load(at)),
            self.0.load(at + 4),
            self.0.load(at + 8),
        )
    }

    fn upvalue_name(&self, proto: Proto, i: usize) -> Str {
        Str(self.0.load(self.place(proto, Proto::UPNAMES, i, 4)))
    }
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
