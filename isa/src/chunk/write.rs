//! Binary chunks from prototypes, wherever those lie: in steps, so that whoever writes one can pause in between.
//! Must not know what becomes of the bytes.

use super::{ORDER_AND_INT, SIGNATURE, TAG_BOOL, TAG_NIL, TAG_NUMBER, TAG_STRING, WORD_AND_NUMBER};
use crate::proto::{Const, Proto};
use std::marker::PhantomData;

/// Words or lines that a step writes.
const PORTION: usize = 64;

/// Prototypes that chunks can be written of.
pub trait Source {
    /// One prototype.
    type Proto: Copy;
    /// A name or a string constant.
    type Text: Copy + PartialEq;

    /// Bytes of a text.
    fn text_len(&self, text: Self::Text) -> usize;
    /// What stands before the lists.
    fn head(&self, proto: Self::Proto) -> Head<Self::Text>;
    /// Elements of a list.
    fn count(&self, proto: Self::Proto, list: List) -> usize;
    /// An instruction.
    fn word(&self, proto: Self::Proto, i: usize) -> u32;
    /// A constant.
    fn constant(&self, proto: Self::Proto, i: usize) -> Constant<Self::Text>;
    /// An inner function.
    fn inner(&self, proto: Self::Proto, i: usize) -> Self::Proto;
    /// The line of an instruction.
    fn line(&self, proto: Self::Proto, i: usize) -> u32;
    /// A local variable: its name, and the instructions where it begins and ends.
    fn local(&self, proto: Self::Proto, i: usize) -> (Self::Text, u32, u32);
    /// The name of an upvalue.
    fn upvalue_name(&self, proto: Self::Proto, i: usize) -> Self::Text;
}

/// What stands before a prototype's lists.
#[derive(Debug, Clone, Copy)]
pub struct Head<T> {
    /// The source name, if it has one.
    pub source: Option<T>,
    /// The lines where it begins and ends.
    pub lines: [u32; 2],
    /// How many upvalues and parameters it has, its varargs flags, and registers.
    pub sizes: [u8; 4],
}

/// A constant.
#[derive(Debug, Clone, Copy)]
pub enum Constant<T> {
    /// `nil`.
    Nil,
    /// `true` or `false`.
    Bool(bool),
    /// A number.
    Number(f64),
    /// A string.
    Text(T),
}

/// The lists of a prototype, in the order in which a chunk has them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum List {
    /// Instructions.
    Code,
    /// Constants.
    Constants,
    /// Inner functions.
    Inner,
    /// A line for each instruction.
    Lines,
    /// Local variables.
    Locals,
    /// Names of upvalues.
    Names,
}

impl List {
    const ALL: [List; 6] = [
        List::Code,
        List::Constants,
        List::Inner,
        List::Lines,
        List::Locals,
        List::Names,
    ];

    fn is_debug_data(self) -> bool {
        matches!(self, List::Lines | List::Locals | List::Names)
    }
}

/// What a step has come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step<T> {
    /// There is more to come.
    More,
    /// What follows is this text, for the caller to add.
    Text(T),
    /// The chunk is whole.
    Done,
}

/// How far a chunk is written.
#[derive(Debug)]
pub struct Writer<P, T> {
    /// The functions around, outermost first.
    levels: Vec<Level<P, T>>,
    /// What comes next: after a text, or at the beginning.
    ahead: Vec<u8>,
    strip: bool,
}

/// How far a function is written.
#[derive(Debug)]
struct Level<P, T> {
    proto: P,
    /// The source name of the function around: the same name is not written twice.
    outer: Option<T>,
    /// Its own or the one around.
    source: Option<T>,
    /// The list, by number, once the head is there.
    list: Option<usize>,
    count: usize,
    done: usize,
}

impl<P: Copy, T: Copy + PartialEq> Writer<P, T> {
    /// Of a main function; without debug data when `strip`.
    pub fn new(main: P, strip: bool) -> Writer<P, T> {
        let parts = [&SIGNATURE[..], &ORDER_AND_INT, &[8], &WORD_AND_NUMBER];
        Writer {
            levels: vec![Level::new(main, None)],
            ahead: parts.concat(),
            strip,
        }
    }

    /// Adds the next bytes to `out`, some 250 at most, but for a text: that is the caller's to add. Functions are in
    /// each other as deep as the verifier lets them; strange ones deeper than `usize` can count would not end.
    pub fn step<S: Source<Proto = P, Text = T>>(&mut self, from: &S, out: &mut Vec<u8>) -> Step<T> {
        out.append(&mut self.ahead);
        let Some(level) = self.levels.last_mut() else {
            return Step::Done;
        };
        let Some(number) = level.list else {
            return self.head(from, out);
        };
        let Some(&list) = List::ALL.get(number) else {
            self.levels.pop();
            return Step::More;
        };
        if level.done == level.count {
            level.begin(from, number + 1, self.strip, out);
            return Step::More;
        }
        let (proto, i) = (level.proto, level.done);
        level.done += 1;
        match list {
            List::Code => level.words(out, |i| from.word(proto, i)),
            List::Lines => level.words(out, |i| from.line(proto, i)),
            List::Inner => {
                let inner = Level::new(from.inner(proto, i), level.source);
                self.levels.push(inner);
            }
            List::Constants => return self.constant(from, from.constant(proto, i), out),
            List::Locals => {
                let (name, start, end) = from.local(proto, i);
                return self.text(from, name, &[start, end], &[], out);
            }
            List::Names => return self.text(from, from.upvalue_name(proto, i), &[], &[], out),
        }
        Step::More
    }

    fn head<S: Source<Proto = P, Text = T>>(&mut self, from: &S, out: &mut Vec<u8>) -> Step<T> {
        let Some(level) = self.levels.last_mut() else {
            return Step::Done;
        };
        let head = from.head(level.proto);
        let shown = head
            .source
            .filter(|_| !self.strip && head.source != level.outer);
        level.source = head.source.or(level.outer);
        let proto = level.proto;
        let count = from.count(proto, List::Code);
        level.list = Some(0);
        level.count = count;
        match shown {
            Some(name) => {
                let step = self.text(from, name, &head.lines, &head.sizes, out);
                self.ahead.extend_from_slice(&(count as u32).to_le_bytes());
                step
            }
            None => {
                out.extend_from_slice(&[0; 8]);
                put_words(out, &head.lines);
                out.extend_from_slice(&head.sizes);
                put_words(out, &[count as u32]);
                Step::More
            }
        }
    }

    fn constant<S: Source<Proto = P, Text = T>>(
        &mut self,
        from: &S,
        constant: Constant<T>,
        out: &mut Vec<u8>,
    ) -> Step<T> {
        match constant {
            Constant::Nil => out.push(TAG_NIL),
            Constant::Bool(value) => out.extend_from_slice(&[TAG_BOOL, u8::from(value)]),
            Constant::Number(n) => {
                out.push(TAG_NUMBER);
                out.extend_from_slice(&n.to_le_bytes());
            }
            Constant::Text(text) => {
                out.push(TAG_STRING);
                return self.text(from, text, &[], &[], out);
            }
        }
        Step::More
    }

    /// A text with its length before it and a zero behind it, and what follows that.
    fn text<S: Source<Proto = P, Text = T>>(
        &mut self,
        from: &S,
        text: T,
        words: &[u32],
        bytes: &[u8],
        out: &mut Vec<u8>,
    ) -> Step<T> {
        let size = from.text_len(text) as u64 + 1;
        out.extend_from_slice(&size.to_le_bytes());
        self.ahead.push(0);
        put_words(&mut self.ahead, words);
        self.ahead.extend_from_slice(bytes);
        Step::Text(text)
    }
}

impl<P: Copy, T: Copy> Level<P, T> {
    fn new(proto: P, outer: Option<T>) -> Level<P, T> {
        Level {
            proto,
            outer,
            source: None,
            list: None,
            count: 0,
            done: 0,
        }
    }

    /// Goes on to a list, which begins with its length.
    fn begin<S: Source<Proto = P>>(
        &mut self,
        from: &S,
        number: usize,
        strip: bool,
        out: &mut Vec<u8>,
    ) {
        self.list = Some(number);
        let Some(&list) = List::ALL.get(number) else {
            return;
        };
        self.done = 0;
        self.count = match strip && list.is_debug_data() {
            true => 0,
            false => from.count(self.proto, list),
        };
        // A prototype in memory cannot hold 2^32 elements of anything.
        put_words(out, &[self.count as u32]);
    }

    /// The next words of a list, of which one has been counted.
    fn words(&mut self, out: &mut Vec<u8>, word: impl Fn(usize) -> u32) {
        let first = self.done - 1;
        self.done = self.count.min(first + PORTION);
        out.extend((first..self.done).flat_map(|i| word(i).to_le_bytes()));
    }
}

fn put_words(out: &mut Vec<u8>, words: &[u32]) {
    out.extend(words.iter().flat_map(|word| word.to_le_bytes()));
}

/// The binary chunk of a main function, as `luac5.1 -o` writes it on 64-bit Linux.
///
/// With `strip` it carries no source names, lines, locals or upvalue names, as with `luac5.1 -s`.
pub fn write_chunk(proto: &Proto, strip: bool) -> Vec<u8> {
    let mut out = Vec::with_capacity(64 + proto.code.len() * 16);
    let mut writer = Writer::new(proto, strip);
    loop {
        match writer.step(&Plain(PhantomData), &mut out) {
            Step::More => (),
            Step::Text(text) => out.extend_from_slice(text),
            Step::Done => return out,
        }
    }
}

/// Prototypes in the host's memory.
struct Plain<'a>(PhantomData<&'a Proto>);

// Indices are below the counts, so the defaults here are for nobody.
impl<'a> Source for Plain<'a> {
    type Proto = &'a Proto;
    type Text = &'a [u8];

    fn text_len(&self, text: &'a [u8]) -> usize {
        text.len()
    }

    fn head(&self, proto: &'a Proto) -> Head<&'a [u8]> {
        Head {
            source: proto.source.as_deref(),
            lines: [proto.line_defined, proto.last_line_defined],
            sizes: [
                proto.upvalue_count,
                proto.param_count,
                proto.vararg,
                proto.max_stack,
            ],
        }
    }

    fn count(&self, proto: &'a Proto, list: List) -> usize {
        match list {
            List::Code => proto.code.len(),
            List::Constants => proto.consts.len(),
            List::Inner => proto.protos.len(),
            List::Lines => proto.lines.len(),
            List::Locals => proto.locals.len(),
            List::Names => proto.upvalue_names.len(),
        }
    }

    fn word(&self, proto: &'a Proto, i: usize) -> u32 {
        proto.code.get(i).map_or(0, |word| word.0)
    }

    fn constant(&self, proto: &'a Proto, i: usize) -> Constant<&'a [u8]> {
        match proto.consts.get(i) {
            None | Some(Const::Nil) => Constant::Nil,
            Some(Const::Bool(value)) => Constant::Bool(*value),
            Some(Const::Number(n)) => Constant::Number(*n),
            Some(Const::Str(text)) => Constant::Text(text),
        }
    }

    fn inner(&self, proto: &'a Proto, i: usize) -> &'a Proto {
        proto.protos.get(i).unwrap_or(proto)
    }

    fn line(&self, proto: &'a Proto, i: usize) -> u32 {
        proto.lines.get(i).copied().unwrap_or_default()
    }

    fn local(&self, proto: &'a Proto, i: usize) -> (&'a [u8], u32, u32) {
        let local = proto.locals.get(i);
        local.map_or((&[], 0, 0), |local| (&*local.name, local.start, local.end))
    }

    fn upvalue_name(&self, proto: &'a Proto, i: usize) -> &'a [u8] {
        proto.upvalue_names.get(i).map_or(&[], |name| &**name)
    }
}
