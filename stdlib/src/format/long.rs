//! `string.format` in portions, where it would take long. Must not know what a directive's text is.
//!
//! ```text
//!   1 format | 2… arguments | behind them the rope of what is written
//! ```

use super::{PER_ARGUMENT, directive, exponent, price_of_digits, scan};
use crate::portions;
use crate::rope::{self, Rope};
use bvm_text::{Chunk, Conversion, Spec};
use bvm_vm::data::string;
use bvm_vm::objects::Str;
use bvm_vm::{Answer, Cpu, Next, Raise, Value};

/// Steps: all is written, and goes together; goes on writing.
const JOINED: u32 = 1;
const WRITES: u32 = 2;

/// Slots of the rope.
const ROPE: u32 = 3;

/// Bytes of the format, or of a string that is quoted, at a time.
const PIECE: usize = 4096;

/// Units that are paid together: those of a number of many digits are more.
const TOGETHER: u32 = 200;

/// Bytes of texts for a unit.
const BYTES: u32 = 32;

/// Bytes that go for the work of each text between directives.
const PER_TEXT: u32 = 8;

/// Begins with what `string.format` has been given.
#[cold]
pub(super) fn begin(cpu: &mut Cpu<'_, '_>) -> Answer {
    if cpu.is_leaf() {
        return Ok(Next::Again);
    }
    cpu.pay(1);
    for _ in 0..ROPE {
        cpu.push(Value::NIL);
    }
    let mut writer = Writer {
        at: 0,
        arg: 1,
        quoted: 0,
        bytes: 0,
        owed: None,
    };
    let text = Rope::new(cpu, slot(cpu));
    writer.go_on(cpu, text)
}

/// Goes on behind a pause.
#[cold]
pub(super) fn resume(cpu: &mut Cpu<'_, '_>) -> Answer {
    if cpu.step_number() == JOINED {
        let whole = rope::go_on(cpu, slot(cpu), JOINED)?;
        cpu.push(whole);
        return Ok(Next::Return(1));
    }
    let Some((tail, [at, arg, quoted, bytes, is_priced, owed])) = portions::take_text(cpu) else {
        return Err(cpu.fail("damaged activation"));
    };
    let mut writer = Writer {
        at: at as usize,
        arg,
        quoted: quoted as usize,
        bytes,
        owed: (is_priced != 0).then_some(owed),
    };
    let mut text = Rope::new(cpu, slot(cpu));
    text.take_up(cpu, tail);
    writer.go_on(cpu, text)
}

/// The first slot of the rope.
fn slot(cpu: &Cpu<'_, '_>) -> u32 {
    cpu.count().saturating_sub(ROPE - 1)
}

/// How far the text is written.
struct Writer {
    /// The next byte of the format.
    at: usize,
    /// The argument of the last directive.
    arg: u32,
    /// How much of that is quoted, when it is not all.
    quoted: usize,
    /// Bytes of texts that a unit is still to be paid for.
    bytes: u32,
    /// Units that are still to be paid for what comes next, once that is known.
    owed: Option<u32>,
}

/// What comes next.
enum Piece {
    /// Bytes of the format from one to another, which stand for themselves, and the byte behind them.
    Text(usize, usize, usize),
    /// A directive, and the byte behind it.
    Directive(Spec, usize),
    /// More of a string that is quoted.
    Quoted(Str),
    /// Nothing.
    End,
}

impl Writer {
    /// Writes piece after piece, each after it has been paid for.
    fn go_on(&mut self, cpu: &mut Cpu<'_, '_>, mut text: Rope) -> Answer {
        let format = cpu.check_string(1)?;
        loop {
            let piece = self.next(cpu, format)?;
            let mut owed = match self.owed {
                Some(owed) => owed,
                None => self.price(cpu, &piece),
            };
            while owed > 0 {
                let units = owed.min(TOGETHER);
                cpu.pay(units.into());
                owed -= units;
                if cpu.is_dry() {
                    self.owed = Some(owed);
                    return Err(self.pause(cpu, text));
                }
            }
            self.owed = None;
            match piece {
                Piece::Text(from, to, behind) => {
                    self.at = behind;
                    text.add(cpu, format, from, to)?;
                }
                Piece::Directive(spec, behind) => {
                    (self.at, self.arg) = (behind, self.next_arg());
                    self.write(cpu, &spec, &mut text)?;
                }
                Piece::Quoted(s) => self.quote(cpu, s, &mut text)?,
                Piece::End => break,
            }
        }
        Ok(match text.finish(cpu, JOINED)? {
            Some(whole) => {
                cpu.push(whole);
                Next::Return(1)
            }
            None => Next::Again,
        })
    }

    fn pause(&self, cpu: &mut Cpu<'_, '_>, text: Rope) -> Raise {
        let numbers = [
            self.at as u32,
            self.arg,
            self.quoted as u32,
            self.bytes,
            u32::from(self.owed.is_some()),
            self.owed.unwrap_or_default(),
        ];
        portions::keep_text(cpu, text.put_off(), numbers);
        cpu.set_step(WRITES);
        cpu.pause()
    }

    /// The argument of the next directive. A strange snapshot may have any before it.
    fn next_arg(&self) -> u32 {
        self.arg.saturating_add(1)
    }

    /// What comes next.
    fn next(&self, cpu: &mut Cpu<'_, '_>, format: Str) -> Result<Piece, Raise> {
        if self.quoted != 0
            && let Some(s) = Str::of(cpu.arg(self.arg))
        {
            return Ok(Piece::Quoted(s));
        }
        let text = string::bytes(cpu.mem, format);
        let most = text.len().min(self.at.saturating_add(PIECE));
        let mut behind = self.at;
        Ok(
            match bvm_text::chunks(text.get(..most).unwrap_or_default(), &mut behind) {
                None => Piece::End,
                Some(Chunk::Text(plain)) => Piece::Text(self.at, self.at + plain.len(), behind),
                Some(Chunk::Directive) => {
                    let count = slot(cpu).saturating_sub(1);
                    let spec = scan(cpu, format, &mut behind, self.next_arg(), count)?;
                    Piece::Directive(spec, behind)
                }
            },
        )
    }

    /// Units for a piece.
    fn price(&mut self, cpu: &Cpu<'_, '_>, piece: &Piece) -> u32 {
        let (units, bytes) = match piece {
            Piece::Text(from, to, _) => (0, PER_TEXT + (to - from) as u32),
            Piece::Quoted(s) => (0, piece_of(cpu, *s, self.quoted).len() as u32),
            Piece::Directive(spec, _) => {
                let arg = self.next_arg();
                let v = cpu.arg(arg);
                let units = PER_ARGUMENT + exponent(v) / 8;
                match (Str::of(v), spec.conversion) {
                    (Some(s), Conversion::String | Conversion::Quoted) => {
                        (units, piece_of(cpu, s, 0).len() as u32)
                    }
                    _ => (units + price_of_digits(cpu, spec, arg), 0),
                }
            }
            Piece::End => (0, 0),
        };
        let bytes = self.bytes.saturating_add(bytes);
        self.bytes = bytes % BYTES;
        // The digits of a number are some thousands of units at most.
        units as u32 + bytes / BYTES
    }

    /// Adds what the directive gives that has just been passed.
    fn write(&mut self, cpu: &mut Cpu<'_, '_>, spec: &Spec, text: &mut Rope) -> Result<(), Raise> {
        let s = Str::of(cpu.arg(self.arg)).filter(|&s| string::len(cpu.mem, s) as usize > PIECE);
        match (s, spec.conversion) {
            (Some(s), Conversion::String) if spec.precision.is_none() => {
                let len = string::len(cpu.mem, s) as usize;
                text.add(cpu, s, 0, len)
            }
            (Some(s), Conversion::Quoted) => {
                text.tail.push(b'"');
                self.quote(cpu, s, text)
            }
            _ => {
                directive(cpu, spec, self.arg, &mut text.tail)?;
                text.flush_if_full(cpu)
            }
        }
    }

    /// Quotes the next piece of a string.
    fn quote(&mut self, cpu: &mut Cpu<'_, '_>, s: Str, text: &mut Rope) -> Result<(), Raise> {
        let piece = piece_of(cpu, s, self.quoted);
        bvm_text::quoted_part(piece, &mut text.tail);
        self.quoted = self.quoted.saturating_add(PIECE);
        if self.quoted >= string::len(cpu.mem, s) as usize {
            self.quoted = 0;
            text.tail.push(b'"');
        }
        text.flush_if_full(cpu)
    }
}

/// The bytes of a string from one on, if there are not too many for a piece.
fn piece_of<'a>(cpu: &'a Cpu<'_, '_>, s: Str, from: usize) -> &'a [u8] {
    let bytes = string::bytes(cpu.mem, s).get(from..).unwrap_or_default();
    bytes.get(..PIECE).unwrap_or(bytes)
}
