//! The assembler: full listings back to prototypes.
//!
//! It reads what [`crate::listing::list`] prints with `full` and `PointerStyle::Path`, and nothing
//! that only repeats other parts of a listing: counts, word numbers and comments may be wrong or
//! missing, which makes listings pleasant to edit. Paths must be right, they carry the nesting.
//! What the words mean is not checked here.

use crate::chunk::MAX_NESTING;
use crate::lua51::{Field, Kind, Op};
use crate::number::parse_number;
use crate::proto::{Bytes, Const, LocalVar, Proto};
use crate::word::{MAX_BX, RK_CONST, SBX_BIAS, Word};

/// Why a listing could not be assembled.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {message}")]
pub struct AsmError {
    /// Line of the listing, counted from 1.
    pub line: usize,
    /// What is wrong with it.
    pub message: &'static str,
}

/// Assembles a full listing with paths.
pub fn assemble(text: &[u8]) -> Result<Proto, AsmError> {
    let mut assembler = Assembler::default();
    let mut number = 0;
    for line in text.split(|&byte| byte == b'\n') {
        number += 1;
        assembler.line(line).map_err(|message| AsmError {
            line: number,
            message,
        })?;
    }
    assembler.finish().map_err(|message| AsmError {
        line: number,
        message,
    })
}

type Part<T = ()> = Result<T, &'static str>;

/// What the next rows are about.
#[derive(Default, Clone, Copy, PartialEq)]
enum Section {
    #[default]
    Outside,
    Sizes,
    Source,
    Code,
    Constants,
    Locals,
    Upvalues,
}

#[derive(Default)]
struct Assembler {
    section: Section,
    /// The function being read, inside those around it.
    open: Vec<Proto>,
    /// Whether the function being read has line data.
    has_lines: bool,
}

impl Assembler {
    fn line(&mut self, line: &[u8]) -> Part {
        let mut text = Text(line);
        match self.section {
            _ if line.is_empty() => Ok(()),
            Section::Sizes => self.sizes(&mut text),
            Section::Source => self.source(&mut text),
            section if text.eat(b"\t") => self.row(section, &mut text),
            _ => self.heading(&mut text),
        }
    }

    fn row(&mut self, section: Section, text: &mut Text) -> Part {
        let _position = text.until(b'\t');
        text.expect(b"\t")?;
        let has_lines = self.has_lines;
        let proto = self.open.last_mut().ok_or("row outside of a function")?;
        match section {
            Section::Code => code_row(proto, has_lines, text),
            Section::Constants => {
                proto.consts.push(constant(text)?);
                Ok(())
            }
            Section::Locals => {
                proto.locals.push(local(text)?);
                Ok(())
            }
            Section::Upvalues => {
                proto.upvalue_names.push(text.name()?);
                Ok(())
            }
            Section::Outside | Section::Sizes | Section::Source => Err("row outside of a section"),
        }
    }

    fn heading(&mut self, text: &mut Text) -> Part {
        if text.eat(b"main <") || text.eat(b"function <") {
            return self.function(text.0);
        }
        self.section = if text.eat(b"constants (") {
            Section::Constants
        } else if text.eat(b"locals (") {
            Section::Locals
        } else if text.eat(b"upvalues (") {
            Section::Upvalues
        } else {
            return Err("unknown heading");
        };
        Ok(())
    }

    /// `src:1,2> (3 instructions, 12 bytes at @0.1)`, read from its end: the source may hold
    /// anything.
    fn function(&mut self, line: &[u8]) -> Part {
        let angle = line
            .iter()
            .rposition(|&byte| byte == b'>')
            .ok_or("'>' expected")?;
        let (place, rest) = line.split_at(angle);
        let colon = place
            .iter()
            .rposition(|&byte| byte == b':')
            .ok_or("':' expected")?;
        let mut lines = Text(place.get(colon + 1..).unwrap_or_default());
        let line_defined = lines.number()?;
        lines.expect(b",")?;
        let last_line_defined = lines.number()?;
        let at = rest
            .iter()
            .rposition(|&byte| byte == b'@')
            .ok_or("path expected")?;
        self.enter(&mut Text(rest.get(at..).unwrap_or_default()))?;
        self.open.push(Proto {
            line_defined,
            last_line_defined,
            ..Proto::default()
        });
        self.section = Section::Sizes;
        Ok(())
    }

    /// Closes functions until the next one, whose path is `@0.1)`, has its place.
    fn enter(&mut self, path: &mut Text) -> Part {
        path.expect(b"@0")?;
        let (mut depth, mut index) = (0, 0usize);
        while path.eat(b".") {
            depth += 1;
            index = path.number()?;
        }
        if depth >= MAX_NESTING as usize {
            return Err("functions nested too deep");
        }
        if depth > self.open.len() || (depth == 0 && !self.open.is_empty()) {
            return Err("function out of place");
        }
        self.close_down_to(depth);
        match self.open.last() {
            Some(parent) if parent.protos.len() != index => Err("function out of order"),
            _ => Ok(()),
        }
    }

    /// Moves finished functions into those around them.
    fn close_down_to(&mut self, depth: usize) {
        while self.open.len() > depth.max(1) {
            if let (Some(done), Some(parent)) = (self.open.pop(), self.open.last_mut()) {
                parent.protos.push(done);
            }
        }
    }

    /// `0+ params, 4 slots, 0 upvalues, ...`
    fn sizes(&mut self, text: &mut Text) -> Part {
        let proto = self.open.last_mut().ok_or("sizes outside of a function")?;
        proto.param_count = text.number()?;
        text.skip_past(b", ")?;
        proto.max_stack = text.number()?;
        text.skip_past(b", ")?;
        proto.upvalue_count = text.number()?;
        self.section = Section::Source;
        Ok(())
    }

    /// `source "@file", vararg 2, 9 lines`
    fn source(&mut self, text: &mut Text) -> Part {
        let proto = self.open.last_mut().ok_or("source outside of a function")?;
        text.expect(b"source ")?;
        proto.source = if text.eat(b"-") {
            None
        } else {
            Some(text.string()?)
        };
        text.expect(b", vararg ")?;
        proto.vararg = text.number()?;
        text.expect(b", ")?;
        self.has_lines = text.number::<u32>()? != 0;
        self.section = Section::Code;
        Ok(())
    }

    fn finish(mut self) -> Part<Proto> {
        if matches!(self.section, Section::Sizes | Section::Source) {
            return Err("header ends too early");
        }
        self.close_down_to(1);
        self.open.pop().ok_or("no function")
    }
}

/// `[4]\tCLOSURE  \t0 0\t; @0.0`, after the word's number.
fn code_row(proto: &mut Proto, has_lines: bool, text: &mut Text) -> Part {
    let line = line_number(text)?;
    text.expect(b"\t")?;
    let op = Op::from_name(text.until(b'\t').trim_ascii_end()).ok_or("unknown instruction")?;
    text.expect(b"\t")?;
    let word = operands(op, text)?;
    proto.code.push(word);
    let mut lines = vec![line];
    if op == Op::SetList && word.c() == 0 {
        text.expect(b"\t; ")?;
        // Listings show the data word as a C int.
        proto.code.push(Word(text.number::<i32>()? as u32));
        let own_line = text.eat(b" ");
        lines.push(if own_line { line_number(text)? } else { line });
    }
    if has_lines {
        proto.lines.extend(lines);
    }
    Ok(())
}

/// `[4]` or `[-]`, which stands for 0.
fn line_number(text: &mut Text) -> Part<u32> {
    text.expect(b"[")?;
    let line = if text.eat(b"-") { 0 } else { text.number()? };
    text.expect(b"]")?;
    Ok(line)
}

fn operands(op: Op, text: &mut Text) -> Part<Word> {
    let mut bits = op as u32;
    for (position, &(field, kind)) in listed_fields(op).enumerate() {
        if position > 0 {
            text.expect(b" ")?;
        }
        bits |= encode(field, kind, text.number()?).ok_or("operand out of range")?;
    }
    // JMP leaves A out, and its A is 0.
    Ok(Word(bits))
}

fn listed_fields(op: Op) -> impl Iterator<Item = &'static (Field, Kind)> {
    op.fields().iter().filter(|(_, kind)| *kind != Kind::Zero)
}

/// The bits of one operand, in their place.
fn encode(field: Field, kind: Kind, shown: i32) -> Option<u32> {
    let shown = i64::from(shown);
    let (value, limit, shift) = match field {
        Field::A => (shown, 255, 6),
        Field::B | Field::C => {
            let constant = i64::from(RK_CONST) - 1 - shown;
            let value = if shown < 0 { constant } else { shown };
            (value, 511, if field == Field::B { 23 } else { 14 })
        }
        Field::Bx => {
            let constant = matches!(kind, Kind::Kst | Kind::KStr);
            (if constant { -1 - shown } else { shown }, MAX_BX, 14)
        }
        Field::Sbx => (shown + i64::from(SBX_BIAS), MAX_BX, 14),
    };
    let value = u32::try_from(value).ok().filter(|value| *value <= limit)?;
    Some(value << shift)
}

/// `"text"`, `nil`, `true` or a number, with its bits if the text is not exact.
fn constant(text: &mut Text) -> Part<Const> {
    if text.0.first() == Some(&b'"') {
        return Ok(Const::Str(text.string()?));
    }
    Ok(match text.until(b'\t') {
        b"nil" => Const::Nil,
        b"true" => Const::Bool(true),
        b"false" => Const::Bool(false),
        number if text.eat(b"\t; ") => {
            let bits = std::str::from_utf8(text.0).unwrap_or_default();
            let bits = u64::from_str_radix(bits, 16).map_err(|_| "bits expected")?;
            parse_number(number).ok_or("constant expected")?;
            Const::Number(f64::from_bits(bits))
        }
        number => Const::Number(parse_number(number).ok_or("constant expected")?),
    })
}

/// `name\t3\t9`; the listing counts words from 1.
fn local(text: &mut Text) -> Part<LocalVar> {
    let name = text.name()?;
    let mut word = || {
        text.expect(b"\t")?;
        let shown: u64 = text.number()?;
        let pc = shown.checked_sub(1).and_then(|pc| u32::try_from(pc).ok());
        pc.ok_or("word number out of range")
    };
    let (start, end) = (word()?, word()?);
    Ok(LocalVar { name, start, end })
}

/// The rest of a line.
struct Text<'a>(&'a [u8]);

impl<'a> Text<'a> {
    fn eat(&mut self, prefix: &[u8]) -> bool {
        match self.0.strip_prefix(prefix) {
            Some(rest) => {
                self.0 = rest;
                true
            }
            None => false,
        }
    }

    fn expect(&mut self, prefix: &[u8]) -> Part {
        if self.eat(prefix) {
            return Ok(());
        }
        Err("line has another form than listings have")
    }

    /// Takes what stands before the byte, or everything.
    fn until(&mut self, end: u8) -> &'a [u8] {
        let length = self.0.iter().position(|&byte| byte == end);
        let (taken, rest) = self.0.split_at(length.unwrap_or(self.0.len()));
        self.0 = rest;
        taken
    }

    fn skip_past(&mut self, mark: &[u8]) -> Part {
        let at = self.0.windows(mark.len()).position(|window| window == mark);
        let rest = at.and_then(|at| self.0.get(at + mark.len()..));
        self.0 = rest.ok_or("line ends too early")?;
        Ok(())
    }

    fn number<N: std::str::FromStr>(&mut self) -> Part<N> {
        let is_part = |byte: &&u8| byte.is_ascii_digit() || **byte == b'-';
        let length = self.0.iter().take_while(is_part).count();
        let (digits, rest) = self.0.split_at(length);
        self.0 = rest;
        let digits = std::str::from_utf8(digits).unwrap_or_default();
        digits.parse().map_err(|_| "number expected")
    }

    /// A name, in quotes or up to the next tab.
    fn name(&mut self) -> Part<Bytes> {
        if self.0.first() == Some(&b'"') {
            return self.string();
        }
        match self.until(b'\t') {
            [] => Err("name expected"),
            name => Ok(name.into()),
        }
    }

    /// A string in quotes.
    fn string(&mut self) -> Part<Bytes> {
        self.expect(b"\"")?;
        let mut value = Vec::new();
        loop {
            let (&byte, rest) = self.0.split_first().ok_or("unfinished string")?;
            self.0 = rest;
            match byte {
                b'"' => return Ok(value.into()),
                b'\\' => value.push(self.escape()?),
                _ => value.push(byte),
            }
        }
    }

    /// The byte behind a backslash.
    fn escape(&mut self) -> Part<u8> {
        if let Some((digits, rest)) = self.0.split_first_chunk::<3>()
            && digits.iter().all(u8::is_ascii_digit)
        {
            self.0 = rest;
            let value = digits
                .iter()
                .fold(0u32, |sum, digit| sum * 10 + u32::from(digit - b'0'));
            return u8::try_from(value).map_err(|_| "escape out of range");
        }
        let (&letter, rest) = self.0.split_first().ok_or("unfinished string")?;
        self.0 = rest;
        Ok(match letter {
            b'a' => 7,
            b'b' => 8,
            b't' => b'\t',
            b'n' => b'\n',
            b'v' => 11,
            b'f' => 12,
            b'r' => b'\r',
            b'"' | b'\\' => letter,
            _ => return Err("unknown escape"),
        })
    }
}
