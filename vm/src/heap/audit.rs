//! For tests: walks everything that a program can reach, in its own way, and looks whether the cycle keeps it.
//! Must not change anything.

use super::mark::{LISTS, is_among_open, is_marked, node_count};
use super::{BLOCK, LINE, line, phase, state, weak};
use crate::data::closure::is_open;
use crate::data::{heights, lines, userdata};
use crate::host::Mem;
use crate::objects::root::{self, AT};
use crate::objects::{
    Closure, KIND, NativeClosure, Proto, Str, Table, Thread, Upval, Userdata, frame, node,
};
use crate::value::Value;
use bvm_cage::Field;
use std::collections::HashSet;

/// Looks through the heap; tells whether a cycle is under way.
///
/// # Errors
/// During marking, an object that has been scanned, or is new, refers to one that is not marked. After it, an
/// object that can be reached is not marked, or its memory is about to become free. Between cycles, it is free.
pub fn audit(mem: &Mem<'_>) -> Result<bool, String> {
    let phase = mem.get(AT, root::PHASE);
    let (is_idle, is_over) = (phase == phase::IDLE, phase == phase::SWEEP);
    let mut walk = Walk {
        mem,
        seen: HashSet::new(),
        todo: vec![],
        is_idle,
        is_over,
        is_scanned: is_over,
        complaint: None,
    };
    let gray = walk.gray();
    walk.roots();
    while let Some(at) = walk.todo.pop() {
        let kind = mem.get(at, KIND);
        // Stacks have no barrier.
        let open = kind == Upval::KIND && is_open(mem, Upval(at));
        let waits = gray.contains(&at) || kind == Thread::KIND || open;
        walk.is_scanned = is_over || !is_idle && is_marked(mem, at) && !waits;
        walk.visit(at, kind);
        if let Some(complaint) = walk.complaint {
            return Err(complaint);
        }
    }
    Ok(!is_idle)
}

/// The kind of the block that has `at`.
fn kind_of_block(mem: &Mem<'_>, at: u32) -> u8 {
    state::kind(mem.load(mem.get(AT, root::STATES) + at / BLOCK))
}

/// Whether the memory at `at` is kept at the end of the cycle.
fn is_kept(mem: &Mem<'_>, at: u32) -> bool {
    match kind_of_block(mem, at) {
        state::LARGE_MARKED | state::LARGE_NEW => true,
        state::SMALL => mem.load::<u8>(mem.get(AT, root::LINES) + at / LINE) == line::KEPT,
        _ => false,
    }
}

struct Walk<'a, 'c> {
    mem: &'a Mem<'c>,
    seen: HashSet<u32>,
    todo: Vec<u32>,
    /// No cycle is under way.
    is_idle: bool,
    /// Marking is over: everything reachable is kept.
    is_over: bool,
    /// What is visited now may refer to marked objects only.
    is_scanned: bool,
    complaint: Option<String>,
}

impl Walk<'_, '_> {
    fn roots(&mut self) {
        for field in [root::THREAD, root::MAIN, root::GLOBALS, root::REGISTRY] {
            self.field(AT, field);
        }
        for i in 0..16 {
            self.word(AT, AT + u32::from(root::TYPE_META) + i * 4);
        }
    }

    /// The objects that are still to be scanned, weak tables whose mode has changed among them.
    fn gray(&self) -> HashSet<u32> {
        let mut gray = HashSet::new();
        let mut table = self.mem.get(AT, root::WEAK);
        while !self.is_over && table != 0 {
            if weak::has_changed(self.mem, table) {
                gray.insert(table);
            }
            table = self.mem.get(table, Table::GRAY);
        }
        let mut at = self.mem.get(AT, root::GRAY);
        while at != 0 {
            gray.insert(at);
            let link = match self.mem.get(at, KIND) {
                Table::KIND => Table::GRAY,
                Closure::KIND => Closure::GRAY,
                NativeClosure::KIND => NativeClosure::GRAY,
                Proto::KIND => Proto::GRAY,
                Thread::KIND => Thread::GRAY,
                _ => Userdata::GRAY,
            };
            at = self.mem.get(at, link);
        }
        gray
    }

    fn object(&mut self, from: u32, at: u32) {
        if at == 0 {
            return;
        }
        if self.is_scanned && !is_marked(self.mem, at) {
            let (kind, of) = (self.mem.get(from, KIND), self.mem.get(at, KIND));
            let text = format!("{from:#x} of kind {kind} holds {at:#x} of kind {of}, not marked");
            self.complaint = Some(text);
        }
        self.part(from, at, 1);
        if self.seen.insert(at) {
            self.todo.push(at);
        }
    }

    /// A part of an object that lies at `at`.
    fn part(&mut self, from: u32, at: u32, size: u64) {
        let is_lost = match self.is_idle {
            true => kind_of_block(self.mem, at) == state::FREE,
            false => self.is_over && !is_kept(self.mem, at),
        };
        if is_lost && size > 0 {
            let kind = self.mem.get(from, KIND);
            let text =
                format!("{from:#x} of kind {kind} has {size} bytes at {at:#x} that are not kept");
            self.complaint = Some(text);
        }
    }

    fn field(&mut self, at: u32, field: Field<u32>) {
        self.object(at, self.mem.get(at, field));
    }

    fn word(&mut self, from: u32, place: u32) {
        self.object(from, self.mem.load(place));
    }

    fn value(&mut self, from: u32, place: u32) {
        let v = Value(self.mem.load(place));
        if v.is_object() {
            self.object(from, v.payload());
        }
    }

    /// Goes on to what an object refers to.
    fn visit(&mut self, at: u32, kind: u8) {
        match kind {
            Str::KIND => {}
            Table::KIND => self.table(at),
            Closure::KIND => {
                self.field(at, Closure::ENV);
                self.field(at, Closure::PROTO);
                for i in 0..u32::from(self.mem.get(at, Closure::UPVALS)) {
                    self.word(at, at + Closure::SIZE + i * 4);
                }
            }
            NativeClosure::KIND => {
                self.field(at, NativeClosure::ENV);
                for i in 0..u32::from(self.mem.get(at, NativeClosure::UPVALS)) {
                    self.value(at, at + NativeClosure::SIZE + i * 8);
                }
            }
            Upval::KIND => self.value(at, self.mem.get(at, Upval::AT)),
            Proto::KIND => self.proto(at),
            Thread::KIND => self.thread(at),
            Userdata::KIND => {
                self.part(at, at, userdata::size(self.mem, at));
                self.field(at, Userdata::META);
                self.field(at, Userdata::ENV);
            }
            _ => self.complaint = Some(format!("{at:#x} is no object")),
        }
    }

    fn table(&mut self, at: u32) {
        self.field(at, Table::META);
        let weakness = weak::mode(self.mem, self.mem.get(at, Table::META));
        let size = self.mem.get(at, Table::ASIZE);
        let array = self.mem.get(at, Table::ARRAY).wrapping_add(8);
        let reached = self.reached(at);
        let is_scanned = self.is_scanned;
        for i in 0..size {
            self.is_scanned = is_scanned && i < reached;
            if weakness & weak::VALUES == 0 {
                self.value(at, array + i * 8);
            }
        }
        let count = node_count(self.mem, at);
        let nodes = self.mem.get(at, Table::NODE);
        for i in 0..count {
            let n = nodes + i * node::SIZE;
            self.is_scanned = is_scanned && size + i < reached;
            if Value(self.mem.get(n, node::VALUE)).is_nil() {
                continue;
            }
            if weakness & weak::KEYS == 0 {
                self.value(at, n);
            }
            if weakness & weak::VALUES == 0 {
                self.value(at, n + 8);
            }
        }
        self.part(at, array, u64::from(size) * 8);
        self.part(at, nodes, u64::from(count * node::SIZE));
    }

    /// Of what is being scanned in pieces: as far as it has been. All else has been scanned as a whole.
    fn reached(&self, at: u32) -> u32 {
        match self.mem.get(AT, root::PARTIAL) == at && !self.is_over {
            true => self.mem.get(AT, root::PARTIAL_AT),
            false => u32::MAX,
        }
    }

    fn proto(&mut self, at: u32) {
        self.field(at, Proto::SOURCE);
        let words = self.mem.get(at, Proto::WORDS);
        self.part(at, words, u64::from(self.mem.get(at, Proto::NCODE)));
        for (part, size) in [
            heights::part(self.mem, Proto(at)),
            lines::part(self.mem, Proto(at)),
        ] {
            self.part(at, part, size);
        }
        for list in &LISTS {
            let part = self.mem.get(at, list.place);
            self.part(at, part, u64::from(self.mem.get(at, list.len)));
        }
        let (mut reached, is_scanned) = (self.reached(at), self.is_scanned);
        for list in &LISTS {
            let (first, count) = (self.mem.get(at, list.place), self.mem.get(at, list.len));
            for i in 0..count {
                self.is_scanned = is_scanned && i < reached;
                match list.step {
                    8 => self.value(at, first + i * 8),
                    step => self.word(at, first + i * step),
                }
            }
            reached = match reached {
                u32::MAX => u32::MAX,
                reached => reached.saturating_sub(count),
            };
        }
        self.is_scanned = is_scanned;
    }

    /// What lies above a stack's live part must not be lost either: it may become live again.
    fn thread(&mut self, at: u32) {
        self.field(at, Thread::ENV);
        self.field(at, Thread::RESUMER);
        self.value(at, at + u32::from(Thread::HOOK.disp()));
        let (stack, size) = (
            self.mem.get(at, Thread::STACK),
            self.mem.get(at, Thread::STACKSIZE),
        );
        let (reached, is_scanned) = (self.reached(at), self.is_scanned);
        for slot in (0..size).step_by(8) {
            self.is_scanned = is_scanned && slot < reached;
            self.value(at, stack + slot);
        }
        let among_open = !self.is_over && is_among_open(self.mem, at);
        self.is_scanned = is_scanned && reached == u32::MAX && !among_open;
        let running = self.mem.get(AT, root::THREAD) == at;
        let mut open = match running {
            true => self.mem.get(AT, root::OPEN),
            false => self.mem.get(at, Thread::OPEN),
        };
        while open != 0 {
            self.object(at, open);
            open = self.mem.get(open, Upval::NEXT);
        }
        self.part(at, stack, u64::from(size));
        let frames = self.mem.get(at, Thread::FRAMES);
        let records = u64::from(self.mem.get(at, Thread::CAPACITY));
        self.part(at, frames, records * u64::from(frame::SIZE));
    }
}
