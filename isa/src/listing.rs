//! Listings: the text that `luac -l` prints, made from the table's operand kinds.
//!
//! Only printing lives here; [`crate::asm`] reads full listings back.
//!
//! `list(proto, full, PointerStyle::Luac)` is `luac5.1 -l` (`-l -l` if full) byte for byte, apart
//! from the addresses. A full listing in [`PointerStyle::Path`] differs so that nothing is lost:
//!
//! - each function has a third header line: `source "@file", vararg 2, 9 lines` (`source -` if the
//!   prototype has none of its own; the number of lines is 0 when they were stripped);
//! - sources and names with bytes outside printable ASCII are escaped, such names also quoted;
//! - a number that `%.14g` does not show exactly is followed by its bits: `0.1\t; 3fb999999999999a`;
//! - the data word of SETLIST shows its line if that differs from the line of SETLIST.

use crate::lua51::{Field, Kind, Op};
use crate::number::{format_number, parse_number};
use crate::proto::{Bytes, Const, Proto};
use crate::verify::path_name;
use crate::word::{RK_CONST, Word};

/// What stands where `luac` prints an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PointerStyle {
    /// The stable path of the function: `@0` for the main function, `@0.1` for its second inner one.
    Path,
    /// The same made-up address everywhere.
    Luac,
}

/// The address in [`PointerStyle::Luac`].
const ADDRESS: &str = "0x000000000000";
/// Source of a main function that has none.
const UNNAMED: &[u8] = b"=?";
/// Source of the function that [`combine`] makes.
const COMBINED: &[u8] = b"=(luac)";

/// Lists a function and its inner functions; `full` adds constants, locals and upvalues.
pub fn list(proto: &Proto, full: bool, style: PointerStyle) -> Vec<u8> {
    let mut lister = Lister {
        out: Vec::with_capacity(64 * (proto.code.len() + 8)),
        full,
        style,
        lossless: full && style == PointerStyle::Path,
        path: Vec::new(),
    };
    lister.function(proto, UNNAMED);
    lister.out
}

/// The main function that `luac` makes for several files: it calls theirs one after the other.
///
/// A single prototype comes back as it is.
pub fn combine(mut protos: Vec<Proto>) -> Proto {
    if protos.len() == 1
        && let Some(only) = protos.pop()
    {
        return only;
    }
    let calls = (0..protos.len() as u32).flat_map(|index| {
        [
            Word::abx(Op::Closure, 0, index),
            Word::abc(Op::Call, 0, 1, 1),
        ]
    });
    let end = Word::abc(Op::Return, 0, 1, 0);
    Proto {
        source: Some(COMBINED.into()),
        max_stack: 1,
        code: calls.chain([end]).collect(),
        protos,
        ..Proto::default()
    }
}

/// Appends formatted text.
macro_rules! put {
    ($self:ident, $($piece:tt)*) => {
        $self.out.extend_from_slice(format!($($piece)*).as_bytes())
    };
}

struct Lister {
    out: Vec<u8>,
    full: bool,
    style: PointerStyle,
    lossless: bool,
    path: Vec<u32>,
}

impl Lister {
    /// Lists in preorder; the depth is that of the prototypes, which their makers bound.
    fn function(&mut self, proto: &Proto, outer_source: &[u8]) {
        let source = proto.source.as_deref().unwrap_or(outer_source);
        self.header(proto, source);
        self.code(proto);
        if self.full {
            self.constants(proto);
            self.locals(proto);
            self.upvalues(proto);
        }
        for (index, inner) in proto.protos.iter().enumerate() {
            self.path.push(index as u32);
            self.function(inner, source);
            self.path.pop();
        }
    }

    fn pointer(&self) -> String {
        match self.style {
            PointerStyle::Path => path_name(&self.path),
            PointerStyle::Luac => ADDRESS.into(),
        }
    }

    fn header(&mut self, proto: &Proto, source: &[u8]) {
        let kind = if proto.line_defined == 0 {
            "main"
        } else {
            "function"
        };
        put!(self, "\n{kind} <");
        self.text(source_name(source));
        put!(
            self,
            ":{},{}> ({}, {} bytes at {})\n",
            proto.line_defined,
            proto.last_line_defined,
            counted(proto.code.len(), "instruction"),
            proto.code.len() * 4,
            self.pointer(),
        );
        let plus = if proto.vararg == 0 { "" } else { "+" };
        let plural = if proto.param_count == 1 { "" } else { "s" };
        put!(self, "{}{plus} param{plural}, ", proto.param_count);
        let rest = [
            counted(proto.max_stack.into(), "slot"),
            counted(proto.upvalue_count.into(), "upvalue"),
            counted(proto.locals.len(), "local"),
            counted(proto.consts.len(), "constant"),
            counted(proto.protos.len(), "function"),
        ];
        put!(self, "{}\n", rest.join(", "));
        if self.lossless {
            self.lossless_header(proto);
        }
    }

    fn lossless_header(&mut self, proto: &Proto) {
        put!(self, "source ");
        match &proto.source {
            Some(source) => self.string(source),
            None => put!(self, "-"),
        }
        let lines = counted(proto.lines.len(), "line");
        put!(self, ", vararg {}, {lines}\n", proto.vararg);
    }

    fn code(&mut self, proto: &Proto) {
        let mut words = proto.code.iter().enumerate();
        while let Some((pc, &word)) = words.next() {
            put!(self, "\t{}\t", pc + 1);
            match proto.lines.get(pc) {
                Some(line) if *line > 0 => put!(self, "[{line}]\t"),
                _ => put!(self, "[-]\t"),
            }
            let Some(op) = word.op() else {
                put!(self, "{:<9}\t{:#010x}\n", "?", word.0);
                continue;
            };
            put!(self, "{:<9}\t", op.name());
            self.operands(op, word);
            if op == Op::SetList {
                let data = if word.c() == 0 { words.next() } else { None };
                self.batch(proto, word, data);
            } else {
                self.comment(proto, pc, op, word);
            }
            self.out.push(b'\n');
        }
    }

    fn operands(&mut self, op: Op, word: Word) {
        let mut separator = "";
        for &(field, kind) in op.fields() {
            if kind != Kind::Zero {
                put!(self, "{separator}{}", shown(field, kind, word));
                separator = " ";
            }
        }
    }

    /// The comment of SETLIST: the batch number, which may stand in the next word.
    fn batch(&mut self, proto: &Proto, word: Word, data: Option<(usize, &Word)>) {
        let Some((pc, data)) = data else {
            return put!(self, "\t; {}", word.c());
        };
        put!(self, "\t; {}", data.0 as i32);
        let (line, own) = (proto.lines.get(pc), proto.lines.get(pc - 1));
        if self.lossless && line != own {
            put!(self, " [{}]", line.copied().unwrap_or(0));
        }
    }

    fn comment(&mut self, proto: &Proto, pc: usize, op: Op, word: Word) {
        let mut constant_operands = [None, None];
        let mut rk_operands = 0;
        for &(field, kind) in op.fields() {
            let value = word.field(field);
            match kind {
                Kind::Kst => {
                    put!(self, "\t; ");
                    self.constant(proto, value as usize);
                }
                Kind::KStr => self.global_comment(proto, value as usize),
                Kind::Up => self.upvalue_comment(proto, value as usize),
                Kind::Jump => put!(self, "\t; to {}", i64::from(value) + pc as i64 + 2),
                Kind::Pro => self.closure_comment(value as u32),
                Kind::RegK => {
                    let index = value as u16;
                    let constant = (index >= RK_CONST).then(|| usize::from(index - RK_CONST));
                    if let Some(slot) = constant_operands.get_mut(rk_operands) {
                        *slot = constant;
                    }
                    rk_operands += 1;
                }
                _ => {}
            }
        }
        // print.c forgot MOD, and listings have to agree with it.
        if op != Op::Mod && constant_operands.iter().any(Option::is_some) {
            self.rk_comment(
                proto,
                constant_operands.get(..rk_operands).unwrap_or_default(),
            );
        }
    }

    /// The constants among the RK operands, `-` for registers.
    fn rk_comment(&mut self, proto: &Proto, operands: &[Option<usize>]) {
        let mut separator = "\t; ";
        for operand in operands {
            put!(self, "{separator}");
            separator = " ";
            match operand {
                Some(index) => self.constant(proto, *index),
                None => put!(self, "-"),
            }
        }
    }

    fn global_comment(&mut self, proto: &Proto, index: usize) {
        put!(self, "\t; ");
        match proto.consts.get(index) {
            Some(Const::Str(name)) => self.name(name),
            _ => put!(self, "?"),
        }
    }

    fn upvalue_comment(&mut self, proto: &Proto, index: usize) {
        put!(self, "\t; ");
        match proto.upvalue_names.get(index) {
            Some(name) => self.name(name),
            None => put!(self, "-"),
        }
    }

    fn closure_comment(&mut self, index: u32) {
        self.path.push(index);
        put!(self, "\t; {}", self.pointer());
        self.path.pop();
    }

    fn constants(&mut self, proto: &Proto) {
        put!(
            self,
            "constants ({}) for {}:\n",
            proto.consts.len(),
            self.pointer()
        );
        for (index, constant) in proto.consts.iter().enumerate() {
            put!(self, "\t{}\t", index + 1);
            self.constant(proto, index);
            if let Const::Number(n) = constant
                && self.lossless
                && !shows_exactly(*n)
            {
                put!(self, "\t; {:016x}", n.to_bits());
            }
            self.out.push(b'\n');
        }
    }

    fn locals(&mut self, proto: &Proto) {
        put!(
            self,
            "locals ({}) for {}:\n",
            proto.locals.len(),
            self.pointer()
        );
        for (index, local) in proto.locals.iter().enumerate() {
            put!(self, "\t{index}\t");
            self.name(&local.name);
            let (start, end) = (u64::from(local.start) + 1, u64::from(local.end) + 1);
            put!(self, "\t{start}\t{end}\n");
        }
    }

    fn upvalues(&mut self, proto: &Proto) {
        let names: &[Bytes] = &proto.upvalue_names;
        put!(self, "upvalues ({}) for {}:\n", names.len(), self.pointer());
        for (index, name) in names.iter().enumerate() {
            put!(self, "\t{index}\t");
            self.name(name);
            self.out.push(b'\n');
        }
    }

    fn constant(&mut self, proto: &Proto, index: usize) {
        match proto.consts.get(index) {
            Some(Const::Nil) => put!(self, "nil"),
            Some(Const::Bool(value)) => put!(self, "{value}"),
            Some(Const::Number(n)) => put!(self, "{}", format_number(*n)),
            Some(Const::Str(text)) => self.string(text),
            None => put!(self, "?"),
        }
    }

    /// A string in quotes.
    fn string(&mut self, text: &[u8]) {
        self.out.push(b'"');
        for &byte in text {
            self.escaped(byte);
        }
        self.out.push(b'"');
    }

    fn escaped(&mut self, byte: u8) {
        let letter = match byte {
            b'"' | b'\\' => byte,
            7 => b'a',
            8 => b'b',
            b'\t' => b't',
            b'\n' => b'n',
            11 => b'v',
            12 => b'f',
            b'\r' => b'r',
            b' '..=b'~' => return self.out.push(byte),
            _ => return put!(self, "\\{byte:03}"),
        };
        self.out.extend_from_slice(&[b'\\', letter]);
    }

    /// A name without quotes; `luac` prints names as C strings, which end at a NUL.
    fn name(&mut self, name: &[u8]) {
        if !self.lossless {
            self.out.extend_from_slice(c_string(name));
        } else if is_plain(name) {
            self.out.extend_from_slice(name);
        } else {
            self.string(name);
        }
    }

    /// The source between angle brackets.
    fn text(&mut self, text: &[u8]) {
        if !self.lossless {
            return self.out.extend_from_slice(text);
        }
        for &byte in text {
            self.escaped(byte);
        }
    }
}

/// How a source appears in a header.
fn source_name(source: &[u8]) -> &[u8] {
    match c_string(source) {
        [b'@' | b'=', name @ ..] => name,
        [crate::chunk::ESCAPE, ..] => b"(bstring)",
        _ => b"(string)",
    }
}

/// Everything before the first NUL.
fn c_string(text: &[u8]) -> &[u8] {
    text.split(|&byte| byte == 0).next().unwrap_or(text)
}

/// Whether a name can stand without quotes and be read back.
fn is_plain(name: &[u8]) -> bool {
    let printable = name.iter().all(|byte| (b' '..=b'~').contains(byte));
    printable && !matches!(name.first(), None | Some(b'"'))
}

/// Whether the listed text of a number gives the number back.
fn shows_exactly(n: f64) -> bool {
    let read_back = parse_number(format_number(n).as_bytes());
    read_back.is_some_and(|back| back.to_bits() == n.to_bits())
}

/// An operand as listings show it: constants count down from -1.
fn shown(field: Field, kind: Kind, word: Word) -> i32 {
    let value = word.field(field);
    match (field, kind) {
        // print.c looks at the bit alone, so large plain numbers look like constants too.
        (Field::B | Field::C, _) if value >= i32::from(RK_CONST) => i32::from(RK_CONST) - 1 - value,
        (_, Kind::Kst | Kind::KStr) => -1 - value,
        _ => value,
    }
}

/// `1 slot`, `2 slots`.
fn counted(count: usize, noun: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {noun}{plural}")
}
