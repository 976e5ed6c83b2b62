//! Binary chunks from prototypes, wherever those lie: in steps, so that whoever writes one can pause in between.
//! Must not know what becomes of the bytes.

use super::{ORDER_AND_INT, SIGNATURE, TAG_BOOL, TAG_NIL, TAG_NUMBER, TAG_STRING, WORD_AND_NUMBER};
use crate::proto::{Const, Proto};
use std::marker::PhantomData;

/// Words or lines that a step writes.
const PORTION: usize = 64;

/// What a saved writer has in the place of a list, before the head is there.
const NO_LIST: u8 = u8::MAX;

/// Most bytes that come next at a place: what is behind a source name, or before all.
const MOST_AHEAD: usize = 64;

/// More functions are in each other in no verified function.
const MOST_LEVELS: u32 = 256;

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
#[derive(Debug, PartialEq)]
pub struct Writer<P, T> {
    /// The functions around, outermost first.
    levels: Vec<Level<P, T>>,
    /// What comes next: after a text, or at the beginning.
    ahead: Vec<u8>,
    strip: bool,
}

/// How far a function is written.
#[derive(Debug, PartialEq)]
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

    /// Adds how far it is to `out`: a few bytes for each function around, and what comes next.
    ///
    /// ```text
    ///   levels 4 | for each: list 1, elements done 4 | what comes next
    /// ```
    pub fn save(&self, out: &mut Vec<u8>) {
        put_words(out, &[self.levels.len() as u32]);
        for level in &self.levels {
            out.push(level.list.map_or(NO_LIST, |number| number as u8));
            put_words(out, &[level.done as u32]);
        }
        out.extend_from_slice(&self.ahead);
    }

    /// The writer of a main function that [`Writer::save`] wrote, which writes the same from there on; `None` when the bytes
    /// are none of this function. It looks at the functions that it is in, and not at what is written.
    pub fn restore<S: Source<Proto = P, Text = T>>(
        main: P,
        strip: bool,
        from: &S,
        bytes: &[u8],
    ) -> Option<Writer<P, T>> {
        let (count, mut rest) = bytes.split_first_chunk()?;
        let count = u32::from_le_bytes(*count);
        if count > MOST_LEVELS {
            return None;
        }
        let mut levels: Vec<Level<P, T>> = Vec::new();
        for _ in 0..count {
            let (&[list, done @ ..], behind) = rest.split_first_chunk::<5>()?;
            rest = behind;
            let mut level = match levels.last() {
                None => Level::new(main, None),
                Some(around) => around.innermost(from)?,
            };
            level.put(from, list, u32::from_le_bytes(done), strip)?;
            levels.push(level);
        }
        (rest.len() <= MOST_AHEAD).then(|| Writer {
            levels,
            ahead: rest.to_vec(),
            strip,
        })
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
        self.done = 0;
        self.count = self.length(from, number, strip);
        if number < List::ALL.len() {
            // A prototype in memory cannot hold 2^32 elements of anything.
            put_words(out, &[self.count as u32]);
        }
    }

    /// How many elements of a list are written: none behind the last one.
    fn length<S: Source<Proto = P>>(&self, from: &S, number: usize, strip: bool) -> usize {
        match List::ALL.get(number) {
            Some(list) if !(strip && list.is_debug_data()) => from.count(self.proto, *list),
            _ => 0,
        }
    }

    /// The function that is being written, which is the last one that has been counted.
    fn innermost<S: Source<Proto = P, Text = T>>(&self, from: &S) -> Option<Level<P, T>> {
        let is_inside = self.list.and_then(|number| List::ALL.get(number)) == Some(&List::Inner);
        let i = self.done.checked_sub(1).filter(|_| is_inside)?;
        Some(Level::new(from.inner(self.proto, i), self.source))
    }

    /// Goes to a place among the lists.
    fn put<S: Source<Proto = P, Text = T>>(
        &mut self,
        from: &S,
        list: u8,
        done: u32,
        strip: bool,
    ) -> Option<()> {
        let (number, done) = (usize::from(list), done as usize);
        if list == NO_LIST {
            return (done == 0).then_some(());
        }
        self.source = from.head(self.proto).source.or(self.outer);
        self.list = Some(number).filter(|&number| number <= List::ALL.len());
        self.count = self.length(from, self.list?, strip);
        self.done = done;
        (done <= self.count).then_some(())
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::proto::LocalVar;
    use crate::word::Word;
    use proptest::prelude::*;

    /// A function that has some of everything, with others in it.
    fn function(depth: u32) -> Proto {
        let name = |text: &str| text.as_bytes().into();
        Proto {
            source: (depth % 2 == 1).then(|| name("=source")),
            code: vec![Word(7); 100 * depth as usize],
            consts: vec![Const::Nil, Const::Str(name("text")), Const::Number(1.0)],
            protos: (0..depth).map(function).collect(),
            lines: vec![3; 100 * depth as usize],
            locals: vec![LocalVar {
                name: name("x"),
                start: 0,
                end: 1,
            }],
            upvalue_names: vec![name("up"), name("value")],
            ..Proto::default()
        }
    }

    #[test]
    fn a_restored_writer_is_the_one_that_was_saved() {
        let (main, from) = (function(3), Plain(PhantomData));
        for strip in [false, true] {
            let mut writer = Writer::new(&main, strip);
            loop {
                let mut saved = Vec::new();
                writer.save(&mut saved);
                assert!(saved.len() <= 4 + 5 * 4 + MOST_AHEAD);
                let restored = Writer::restore(&main, strip, &from, &saved);
                assert_eq!(restored.as_ref(), Some(&writer));
                if writer.step(&from, &mut Vec::new()) == Step::Done {
                    break;
                }
            }
        }
    }

    proptest! {
        #[test]
        fn a_made_up_writer_is_harmless(
            levels in 0u32..6,
            places in prop::collection::vec((0u8..8, 0u8..4), 0..6),
            more in prop::collection::vec(any::<u8>(), 0..80),
        ) {
            let (main, from) = (function(3), Plain(PhantomData));
            let mut bytes = levels.to_le_bytes().to_vec();
            for (list, done) in places {
                bytes.extend_from_slice(&[list, done, 0, 0, 0]);
            }
            bytes.extend_from_slice(&more);
            if let Some(mut writer) = Writer::restore(&main, false, &from, &bytes) {
                while writer.step(&from, &mut Vec::new()) != Step::Done {}
            }
        }
    }
}
