//! The walk over all that a guest can ever reach: what is to be saved, and what a restored memory must be.
//! Both take the same steps, so what is not well formed cannot be saved either. Must not change anything.
//!
//! Every string is found in the string table, which keeps also those that nothing refers to. References that
//! the collector takes for weak count like others: until it has run, the program can follow them.

use super::granules::Granules;
use super::space::Space;
use super::{Flaw, cycle, tables, threads};
use crate::data::closure::is_open;
use crate::data::{growth, heights, interned, lines, string, unfinished, userdata};
use crate::heap::mark::is_marked;
use crate::heap::{phase, used_blocks};
use crate::host::Mem;
use crate::load::portions::Verdict;
use crate::objects::root::{self, AT};
use crate::objects::{Closure, KIND, NativeClosure, Proto, Str, Table, Thread, Upval, Userdata};
use crate::value::{
    TAG_FALSE, TAG_FUNCTION, TAG_LIGHT, TAG_MIN, TAG_NIL, TAG_STRING, TAG_TABLE, TAG_THREAD,
    TAG_TRUE, TAG_USERDATA, Value,
};
use bvm_cage::Field;

pub(super) type Check<T = ()> = Result<T, Flaw>;

/// What the walk has found.
pub(super) struct Walk<'a, 'c> {
    pub mem: &'a Mem<'c>,
    pub space: Space<'a, 'c>,
    /// Whether the memory comes from strangers.
    pub is_strict: bool,
    /// No cycle of the collector is under way: its links mean nothing.
    pub is_idle: bool,
    /// What the cycle has linked, if one is.
    pub lists: cycle::Lists,
    /// What is referred to must be marked.
    pub must_be_marked: bool,
    /// Where objects begin.
    heads: Granules,
    todo: Vec<u32>,
    /// Bytes that mean nothing, as offset and length: they are zeros in a snapshot.
    pub blanks: Vec<(u32, u32)>,
    /// Slots of stacks that are nil, as offset and end.
    pub slack: Vec<(u32, u32)>,
    pub protos: Vec<u32>,
    pub natives: Vec<u32>,
    pub threads: Vec<u32>,
    pub tables: Vec<u32>,
    /// Upvalues that are open.
    pub open: Vec<u32>,
    /// How many userdata there are, and how many of them are listed.
    pub userdata: u32,
    pub listed: u32,
    pub scratch: tables::Scratch,
}

impl<'a, 'c> Walk<'a, 'c> {
    pub fn new(mem: &'a Mem<'c>, is_strict: bool) -> Walk<'a, 'c> {
        let space = Space::new(mem, is_strict);
        let (begin, size) = used_blocks(mem);
        Walk {
            mem,
            space,
            is_strict,
            is_idle: mem.get(AT, root::PHASE) == phase::IDLE,
            lists: cycle::Lists::default(),
            must_be_marked: false,
            heads: Granules::new(begin, size),
            todo: Vec::with_capacity(256),
            blanks: Vec::with_capacity(if is_strict { 0 } else { 1024 }),
            slack: vec![],
            protos: vec![],
            natives: vec![],
            threads: vec![],
            tables: vec![],
            open: vec![],
            userdata: 0,
            listed: 0,
            scratch: tables::Scratch::default(),
        }
    }

    /// Goes through everything.
    pub fn all(&mut self) -> Check {
        self.lists = cycle::lists(self.mem)?;
        self.strings()?;
        self.must_be_marked = self.mem.get(AT, root::PHASE) == phase::SWEEP;
        self.roots()?;
        while let Some(at) = self.todo.pop() {
            let kind = self.mem.get(at, KIND);
            if !self.is_idle {
                let duty = cycle::duty(self, at, kind);
                self.space.must_be_kept = duty.parts;
                self.must_be_marked = duty.references;
            }
            match kind {
                Table::KIND => tables::visit(self, at)?,
                Closure::KIND => self.closure(at)?,
                NativeClosure::KIND => self.native(at)?,
                Upval::KIND => self.upval(at)?,
                Proto::KIND => self.proto(at)?,
                Thread::KIND => threads::visit(self, at)?,
                _ => self.userdata(at)?,
            }
        }
        Ok(())
    }

    fn roots(&mut self) -> Check {
        self.field(AT, root::MAIN, Thread::KIND)?;
        self.field(AT, root::THREAD, Thread::KIND)?;
        self.field(AT, root::GLOBALS, Table::KIND)?;
        self.field(AT, root::REGISTRY, Table::KIND)?;
        self.field(AT, root::MEMORY_MESSAGE, Str::KIND)?;
        for i in 0..16 {
            let at = self.mem.load(AT + u32::from(root::TYPE_META) + i * 4);
            self.optional(at, Table::KIND)?;
        }
        for i in 0..32 {
            let at = self.mem.load(AT + u32::from(root::EVENTS) + i * 4);
            self.optional(at, Str::KIND)?;
        }
        for byte in 0..=255u8 {
            let at: u32 = self.mem.load(root::single(byte));
            self.optional(at, Str::KIND)?;
            if at != 0 && string::bytes(self.mem, Str(at)) != [byte] {
                return Err(Flaw::new("a string of one byte that is another one", at));
            }
        }
        self.unfinished()?;
        self.loaded()?;
        self.growing()?;
        for list in [root::USERDATA, root::FINALIZE] {
            self.list_of_userdata(list)?;
        }
        // What the collector is going to look at may be out of reach by now.
        for at in self.lists.all() {
            self.object(at, self.mem.get(at, KIND))?;
        }
        Ok(())
    }

    /// What has come of the chunk that a paused native makes a function of.
    fn loaded(&mut self) -> Check {
        match Verdict::of(self.mem) {
            Some(Verdict::Function) => self.field(AT, root::LOADED, Closure::KIND),
            Some(Verdict::Refused | Verdict::Raised) => self.field(AT, root::LOADED, Str::KIND),
            Some(_) if self.mem.get(AT, root::LOADED) == 0 => Ok(()),
            _ => Err(Flaw::new("a chunk that nothing has come of", AT)),
        }
    }

    /// The string that a paused native makes in portions. Nothing refers to it, and of its bytes those count that are
    /// there.
    fn unfinished(&mut self) -> Check {
        let at = self.mem.get(AT, root::UNFINISHED);
        let Some((done, len)) = unfinished::progress(self.mem) else {
            return Ok(());
        };
        let is_kept = !self.must_be_marked || is_marked(self.mem, at);
        let is_one = self.space.is_place(at) && self.mem.get(at, KIND) == Str::KIND;
        let waits = self.mem.get(AT, root::PAUSED) != 0 || self.mem.get(AT, root::GROWN_WHEN) != 0;
        if !is_one || !is_kept || done > len || !waits {
            return Err(Flaw::new("an unfinished string that is none", at));
        }
        let [size, content] = [len, done].map(|bytes| u64::from(Str::SIZE) + u64::from(bytes));
        self.space.must_be_kept = !self.is_idle && is_marked(self.mem, at);
        self.space.take(at, size, content)?;
        self.space.must_be_kept = false;
        self.blank_tail(at, content);
        match !self.is_strict || unfinished::is_sound(self.mem) {
            true => Ok(()),
            false => Err(Flaw::new("an unfinished string that is another one", at)),
        }
    }

    /// The new parts of a table that grows: nothing refers to them, and what they hold follows from the old ones. Nothing
    /// need refer to a table that is being made, either.
    fn growing(&mut self) -> Check {
        let t = self.mem.get(AT, root::GROWING);
        if self.space.is_place(t) && growth::in_the_making(self.mem).is_some() {
            self.object(t, Table::KIND)?;
        }
        let Some(new) = growth::new_parts(self.mem) else {
            return Ok(());
        };
        self.space.must_be_kept = !self.is_idle;
        for (at, size) in new.places() {
            self.space.take(at, size, 0)?;
        }
        self.space.must_be_kept = false;
        Ok(())
    }

    /// Each userdata is in one of the two lists, once.
    fn list_of_userdata(&mut self, list: Field<u32>) -> Check {
        let mut at = self.mem.get(AT, list);
        while at != 0 {
            if self.is_known(at) {
                return Err(Flaw::new("a userdata listed twice", at));
            }
            self.object(at, Userdata::KIND)?;
            self.listed += 1;
            at = self.mem.get(at, Userdata::NEXT);
        }
        Ok(())
    }

    /// The string table with its chains.
    fn strings(&mut self) -> Check {
        let (buckets, mask) = (
            self.mem.get(AT, root::STRINGS),
            self.mem.get(AT, root::STRING_MASK),
        );
        if !mask.wrapping_add(1).is_power_of_two() || !(255..1 << 28).contains(&mask) {
            return Err(Flaw::new("a string table of no size", buckets));
        }
        let (used, swept) = (
            self.mem.get(AT, root::STRING_LIMIT),
            self.mem.get(AT, root::SWEEP_END),
        );
        let is_swept = self.mem.get(AT, root::PHASE) == phase::SWEEP;
        if !(mask / 2 + 1..=mask + 1).contains(&used) || is_swept && swept > used {
            return Err(Flaw::new("a string table beside its buckets", buckets));
        }
        let [size, content] = [mask + 1, used].map(|count| u64::from(count) * 4);
        self.space.must_be_kept = is_swept;
        self.space.take(buckets, size, content)?;
        self.blank_tail(buckets, content);
        self.old_buckets(mask / 2 + 1, used)?;
        self.space.must_be_kept = false;
        let mut count = 0;
        for bucket in 0..used {
            let mut at: u32 = self.mem.load(interned::place(self.mem, bucket));
            let first = at;
            while at != 0 {
                self.string(at)?;
                if self.is_strict {
                    self.check_string(at, bucket, first)?;
                }
                count += 1;
                at = self.mem.get(at, Str::CHAIN);
            }
        }
        self.space.must_be_kept = false;
        match count == self.mem.get(AT, root::STRING_COUNT) {
            true => Ok(()),
            false => Err(Flaw::new("a string table that counts wrongly", buckets)),
        }
    }

    /// The buckets before a growth under way, of which there were `count`. Each counts in one of the two places.
    fn old_buckets(&mut self, count: u32, used: u32) -> Check {
        let Some((at, size)) = interned::old_buckets(self.mem) else {
            return match used == 2 * count {
                true => Ok(()),
                false => Err(Flaw::new("a string table that lacks buckets", AT)),
            };
        };
        if used == 2 * count {
            return Err(Flaw::new("a string table with buckets of none", at));
        }
        let divided = used - count;
        self.space.take(at, size, size)?;
        if !self.is_strict {
            let new = self.mem.get(AT, root::STRINGS);
            self.blanks.push((at, divided * 4));
            self.blanks.push((new + divided * 4, (count - divided) * 4));
        }
        Ok(())
    }

    /// A string that nobody has come to yet.
    fn string(&mut self, at: u32) -> Check {
        if !self.space.is_place(at) || self.mem.get(at, KIND) != Str::KIND {
            return Err(Flaw::new("something among the strings that is none", at));
        }
        let size = u64::from(Str::SIZE) + u64::from(self.mem.get(at, Str::LEN));
        self.space.must_be_kept = !self.is_idle && is_marked(self.mem, at);
        self.space.take(at, size, size)?;
        self.blank_tail(at, size);
        self.heads.insert(at);
        Ok(())
    }

    /// Whether a string has the hashes of its bytes and no equal one before it in its chain.
    fn check_string(&self, at: u32, bucket: u32, first: u32) -> Check {
        let s = Str(at);
        let is_left = self.mem.get(AT, root::SWEEP_AT)..self.mem.get(AT, root::SWEEP_END);
        let swept = self.mem.get(AT, root::PHASE) == phase::SWEEP && !is_left.contains(&bucket);
        if swept && !is_marked(self.mem, at) {
            return Err(Flaw::new("a dead string that is not dead", at));
        }
        if !string::is_hashed(self.mem, s)
            || interned::number(self.mem, self.mem.get(at, Str::MARK)) != bucket
        {
            return Err(Flaw::new("a string with a wrong hash", at));
        }
        let key = (self.mem.get(at, Str::MARK), self.mem.get(at, Str::LEN));
        let mut other = first;
        // Chains get longer only when strings are made to collide; those may hold equal ones.
        for _ in 0..64 {
            if other == at {
                break;
            }
            let other_key = (
                self.mem.get(other, Str::MARK),
                self.mem.get(other, Str::LEN),
            );
            if other_key == key && string::bytes(self.mem, s) == string::bytes(self.mem, Str(other))
            {
                return Err(Flaw::new("two strings with the same bytes", at));
            }
            other = self.mem.get(other, Str::CHAIN);
        }
        Ok(())
    }

    /// Whether there is an object at an offset that the walk has come to.
    pub fn is_known(&self, at: u32) -> bool {
        self.heads.contains(at) && self.space.is_place(at)
    }

    /// A reference to an object of a kind.
    #[inline]
    pub fn object(&mut self, at: u32, kind: u8) -> Check {
        if !self.space.is_place(at) || self.mem.get(at, KIND) != kind {
            return Err(Flaw::new("a reference to something else", at));
        }
        if self.must_be_marked && !is_marked(self.mem, at) {
            return Err(Flaw::new("something that the collector has not seen", at));
        }
        match self.heads.contains(at) {
            true => Ok(()),
            false => self.discover(at, kind),
        }
    }

    /// The same, or 0 for none.
    pub fn optional(&mut self, at: u32, kind: u8) -> Check {
        match at {
            0 => Ok(()),
            _ => self.object(at, kind),
        }
    }

    pub fn field(&mut self, at: u32, field: Field<u32>, kind: u8) -> Check {
        let target = self.mem.get(at, field);
        self.object(target, kind)
    }

    /// A value, which must be one.
    #[inline]
    pub fn value(&mut self, v: Value) -> Check {
        let tag = v.tag();
        if tag < TAG_MIN {
            let is_canonical = v.0 & (u64::MAX >> 1) == 0x7FF8_0000_0000_0000;
            let is_nan = v.0 << 1 > 0xFFE0_0000_0000_0000;
            return match is_nan && !is_canonical {
                true => Err(Flaw::new("a number that is none", v.payload())),
                false => Ok(()),
            };
        }
        let at = v.payload();
        match tag {
            TAG_STRING => self.object(at, Str::KIND),
            TAG_TABLE => self.object(at, Table::KIND),
            TAG_FUNCTION => self.function(at),
            TAG_USERDATA => self.object(at, Userdata::KIND),
            TAG_THREAD => self.object(at, Thread::KIND),
            TAG_LIGHT => Ok(()),
            TAG_NIL if v == Value::NIL => Ok(()),
            TAG_TRUE | TAG_FALSE if at == 0 => Ok(()),
            _ => Err(Flaw::new("a value of no type", at)),
        }
    }

    /// The values in `count` words from `first` on.
    pub fn values(&mut self, first: u32, count: u32) -> Check {
        for i in 0..count {
            let v = Value(self.mem.load(first.wrapping_add(i.wrapping_mul(8))));
            self.value(v)?;
        }
        Ok(())
    }

    pub fn function(&mut self, at: u32) -> Check {
        let is_lua = self.space.is_place(at) && self.mem.get(at, KIND) == Closure::KIND;
        self.object(
            at,
            if is_lua {
                Closure::KIND
            } else {
                NativeClosure::KIND
            },
        )
    }

    /// An object that nobody has come to yet: its place is taken, and it waits for its visit.
    fn discover(&mut self, at: u32, kind: u8) -> Check {
        let upvals = u32::from(self.mem.get(at, Closure::UPVALS));
        let (size, gray) = match kind {
            Table::KIND => (Table::SIZE, Table::GRAY),
            Closure::KIND => (Closure::SIZE + 4 * upvals, Closure::GRAY),
            NativeClosure::KIND => (NativeClosure::SIZE + 8 * upvals, NativeClosure::GRAY),
            Upval::KIND => (Upval::SIZE, Upval::OPENED),
            Proto::KIND => (Proto::SIZE, Proto::GRAY),
            Thread::KIND => (Thread::SIZE, Thread::GRAY),
            Userdata::KIND => (Userdata::SIZE, Userdata::GRAY),
            _ => return Err(Flaw::new("a string that is not among the strings", at)),
        };
        let must_be_kept = self.space.must_be_kept;
        self.space.must_be_kept = !self.is_idle && is_marked(self.mem, at);
        let whole = match kind {
            Userdata::KIND => userdata::size(self.mem, at),
            _ => u64::from(size),
        };
        self.space.take(at, whole, u64::from(size))?;
        self.space.must_be_kept = must_be_kept;
        self.blank_tail(at, u64::from(size));
        if self.is_idle || !self.lists.has(at) {
            self.blank(at, gray, 4);
        }
        self.heads.insert(at);
        self.todo.push(at);
        Ok(())
    }

    /// Bytes of an object that mean nothing.
    #[inline]
    pub fn blank<T: bvm_cage::Plain>(&mut self, at: u32, field: Field<T>, len: u32) {
        self.blank_at(at + u32::from(field.disp()), len);
    }

    /// The same by its place. Only who saves wants to know.
    #[inline]
    pub fn blank_at(&mut self, at: u32, len: u32) {
        if !self.is_strict {
            self.blanks.push((at, len));
        }
    }

    /// What a thing of `size` bytes at `at` leaves of its last granule.
    #[inline]
    pub fn blank_tail(&mut self, at: u32, size: u64) {
        let over = size as u32 % super::granules::GRANULE;
        if over != 0 {
            let end = at + size as u32;
            self.blank_at(end, super::granules::GRANULE - over);
        }
    }

    /// A part of an object: `count` entries of `size` bytes at `at`; nothing when there are none.
    pub fn part(&mut self, at: u32, count: u32, size: u32) -> Check {
        if count == 0 {
            return Ok(());
        }
        let bytes = u64::from(count) * u64::from(size);
        self.space.take(at, bytes, bytes)?;
        self.blank_tail(at, bytes);
        Ok(())
    }

    fn closure(&mut self, at: u32) -> Check {
        self.field(at, Closure::ENV, Table::KIND)?;
        self.field(at, Closure::PROTO, Proto::KIND)?;
        let proto = self.mem.get(at, Closure::PROTO);
        let count = self.mem.get(at, Closure::UPVALS);
        if count != self.mem.get(proto, Proto::UPVALS)
            || self.mem.get(at, Closure::ENTRY) != self.mem.get(proto, Proto::CODE)
        {
            return Err(Flaw::new("a closure that does not fit its function", at));
        }
        for i in 0..u32::from(count) {
            let upval = self.mem.load(at + Closure::SIZE + i * 4);
            self.object(upval, Upval::KIND)?;
        }
        Ok(())
    }

    fn native(&mut self, at: u32) -> Check {
        // Behind the link there are four bytes that nobody uses.
        self.blank_at(at + 20, 4);
        self.field(at, NativeClosure::ENV, Table::KIND)?;
        self.natives.push(at);
        let count = u32::from(self.mem.get(at, NativeClosure::UPVALS));
        self.values(at + NativeClosure::SIZE, count)
    }

    fn upval(&mut self, at: u32) -> Check {
        if !is_open(self.mem, Upval(at)) {
            self.blank(at, Upval::NEXT, 4);
            return self.values(at + u32::from(Upval::VALUE.disp()), 1);
        }
        self.blank_at(at + 20, 4);
        self.open.push(at);
        // Its thread knows it, and has the value.
        self.field(at, Upval::OWNER, Thread::KIND)
    }

    fn proto(&mut self, at: u32) -> Check {
        self.protos.push(at);
        // The engine's code is made anew.
        let (code, size) = heights::part(self.mem, Proto(at));
        self.space.take(code, size, 0)?;
        let width = self.mem.get(at, Proto::LINE_WIDTH);
        if !lines::is_width(width) {
            return Err(Flaw::new("lines that take no whole bytes", at));
        }
        let lists = [
            (Proto::WORDS, Proto::NCODE, 4),
            (Proto::CONSTS, Proto::NCONSTS, 8),
            (Proto::PROTOS, Proto::NPROTOS, 4),
            (Proto::LINES, Proto::NLINES, width),
            (Proto::LOCALS, Proto::NLOCALS, 12),
            (Proto::UPNAMES, Proto::NUPNAMES, 4),
        ];
        for (list, len, size) in lists {
            let (list, len) = (self.mem.get(at, list), self.mem.get(at, len));
            self.part(list, len, size)?;
        }
        self.field(at, Proto::SOURCE, Str::KIND)?;
        let consts = self.mem.get(at, Proto::CONSTS);
        self.values(consts, self.mem.get(at, Proto::NCONSTS))?;
        self.references(at, (Proto::PROTOS, Proto::NPROTOS, 4), Proto::KIND)?;
        self.references(at, (Proto::LOCALS, Proto::NLOCALS, 12), Str::KIND)?;
        self.references(at, (Proto::UPNAMES, Proto::NUPNAMES, 4), Str::KIND)
    }

    fn references(
        &mut self,
        at: u32,
        (list, len, step): (Field<u32>, Field<u32>, u32),
        kind: u8,
    ) -> Check {
        let list = self.mem.get(at, list);
        for i in 0..self.mem.get(at, len) {
            let target = self.mem.load(list + i * step);
            self.object(target, kind)?;
        }
        Ok(())
    }

    fn userdata(&mut self, at: u32) -> Check {
        self.userdata += 1;
        self.optional(self.mem.get(at, Userdata::META), Table::KIND)?;
        self.field(at, Userdata::ENV, Table::KIND)
    }
}
