//! Errors: making them with their position, and unwinding to whoever catches them.

use super::cpu::Cpu;
use super::frame::Return;
use super::slow::takes_open_list;
use super::stubs;
use crate::data::records::{self, Marks, Seen};
use crate::data::string;
use crate::debug;
use crate::error::Raise;
use crate::exit::Exit;
use crate::heap::limit;
use crate::native::HANDLER_BELOW;
use crate::objects::root::{self, AT};
use crate::objects::{Thread, Upval, frame};
use crate::ring::Ring;
use crate::value::{Type, Value};

/// What becomes of a thrown error.
pub(crate) enum Thrown {
    /// Somebody in the guest goes on with it.
    Caught,
    /// It reaches the host, and the call is over.
    Out(Exit),
}

impl Thrown {
    /// The exit, when the host gets it.
    pub fn exit(self) -> Option<Exit> {
        match self {
            Thrown::Caught => None,
            Thrown::Out(exit) => Some(exit),
        }
    }
}

/// Records that are looked at for a unit when an error looks for who catches it.
const RECORDS: u32 = 64;

impl Cpu<'_, '_> {
    /// A Lua error with the position of the running activation, if that is Lua code.
    #[cold]
    pub fn runtime_error(&mut self, message: &str) -> Raise {
        self.runtime_error_bytes(message.as_bytes())
    }

    /// The same for a message of any bytes.
    #[cold]
    pub fn runtime_error_bytes(&mut self, message: &[u8]) -> Raise {
        if self.is_leaf {
            return self.no_error();
        }
        let mut text = if self.in_native() {
            Vec::new()
        } else {
            debug::position(self, 0)
        };
        text.extend_from_slice(message);
        self.error_text(&text)
    }

    /// The error of a leaf: it will be called again with a record, and its error is made then.
    #[cold]
    pub(crate) fn no_error(&self) -> Raise {
        Raise::Error(Value::NIL)
    }

    /// A Lua error raised by a native: with the position of the function at `level` (1 = its caller).
    #[cold]
    pub fn error_at(&mut self, level: u32, message: &[u8]) -> Raise {
        if self.is_leaf {
            return self.no_error();
        }
        let mut text = debug::position(self, level);
        text.extend_from_slice(message);
        self.error_text(&text)
    }

    /// A Lua error without a position.
    #[cold]
    pub(super) fn plain_error(&mut self, message: &str) -> Raise {
        self.error_text(message.as_bytes())
    }

    fn error_text(&mut self, text: &[u8]) -> Raise {
        match string::intern(self.mem, text) {
            Ok(s) => Raise::Error(s.into()),
            Err(_) => Raise::NoMemory,
        }
    }

    /// `attempt to <action> <kind> '<name>' (a <type> value)` for the operand in register `reg`.
    #[cold]
    pub(crate) fn type_error(&mut self, action: &str, v: Value, reg: Option<u8>) -> Raise {
        let name = reg.and_then(|reg| debug::operand_name(self, reg));
        if reg.is_some() && !self.in_native() && !stubs::is_stub(self.ip) {
            self.take_fuel(debug::price_of_name(self.pc()));
        }
        let mut text = format!("attempt to {action} ").into_bytes();
        match name {
            Some((kind, name)) => {
                text.extend_from_slice(format!("{kind} '").as_bytes());
                text.extend_from_slice(&name);
                text.extend_from_slice(format!("' (a {} value)", v.type_name()).as_bytes());
            }
            None => text.extend_from_slice(format!("a {} value", v.type_name()).as_bytes()),
        }
        self.runtime_error_bytes(&text)
    }

    /// The error of calling what cannot be called, which lies at stack offset `at`.
    #[cold]
    pub(crate) fn call_error(&mut self, callee: Value, at: u32) -> Raise {
        let reg = match self.in_native() || stubs::is_stub(self.ip) {
            true => None,
            false => u8::try_from(at.wrapping_sub(self.base) / 8).ok(),
        };
        self.type_error("call", callee, reg)
    }

    /// `attempt to compare two <type> values` or `… <type> with <type>`. Lua 5.1 tells the types apart
    /// by their third letters, so that a string and a thread are two strings.
    #[cold]
    pub fn compare_error(&mut self, a: Value, b: Value) -> Raise {
        let (a, b) = (a.type_name(), b.type_name());
        if a.as_bytes().get(2) == b.as_bytes().get(2) {
            self.runtime_error(&format!("attempt to compare two {a} values"))
        } else {
            self.runtime_error(&format!("attempt to compare {a} with {b}"))
        }
    }

    /// Throws: the nearest message handler is called first, if there is one, else it unwinds.
    pub(crate) fn throw(&mut self, raise: Raise) -> Thrown {
        let of_memory = matches!(raise, Raise::NoMemory);
        if of_memory {
            // Nobody waits for it any longer. If the guest is still to stand for others it is told then what becomes of them.
            match self.mem.get(AT, root::GC_WHOLE) {
                0 if self.mem.get(AT, root::MEMORY_ENDS) == 0 => limit::has_room(self.mem),
                _ => self.mem.set(AT, root::MEMORY_WANTED, 0),
            }
        }
        // A gate is never left half-way: in it this is an error as any.
        if of_memory
            && self.has_own_memory()
            && !self.rings().is_in_gate()
            && let Some(thrown) = self.stop_owner("not enough memory")
        {
            return thrown;
        }
        if of_memory && self.mem.get(AT, root::MEMORY_ENDS) != 0 {
            return Thrown::Out(Exit::OutOfMemory);
        }
        let error = self.error_value(raise);
        // An answer that the native which raises has not taken is nobody's: the next one must not find it.
        self.mem.host_mut().reply = None;
        let (catcher, looked_at) = self.find_catcher();
        self.take_fuel(u64::from(looked_at / RECORDS));
        match catcher {
            // A handler is not told that memory has run out: it would only need more.
            Catcher::Handler { place, .. } | Catcher::Failing { place } if of_memory => {
                self.unwind(place, error)
            }
            Catcher::Handler { place, handler } => {
                let above = place.wrapping_sub(self.first_record());
                match self.call_handler(handler, error) {
                    Ok(()) => Thrown::Caught,
                    // The records may have moved to where there was room for one more.
                    Err(_) => self.handler_failed(self.first_record().wrapping_add(above)),
                }
            }
            Catcher::Failing { place } => self.handler_failed(place),
            Catcher::Finalizer { place } => self.unwind(place, error),
            Catcher::Plain { place } => {
                if self.mem.get(place, frame::FLAGS) & frame::FLAG_HOST != 0 {
                    self.keep_traceback();
                }
                self.unwind(place, error)
            }
            Catcher::Bottom => self.end_of_thread(error, self.rings().payer),
        }
    }

    /// Calls a message handler above everything that is live.
    fn call_handler(&mut self, handler: Value, error: Value) -> Result<(), Raise> {
        let at = self.live_end();
        let at = self.ensure_stack(at, at + 16)?;
        self.mem.store(at, handler.0);
        self.mem.store(at + 8, error.0);
        let back = Return {
            ip: stubs::HANDLED,
            wanted: 2,
            flags: frame::FLAG_META,
            // A traceback in the handler shows the line that failed.
            note: self.ip,
            outer: 0,
        };
        if handler.type_of() != Type::Function {
            return Err(Raise::Error(Value::NIL));
        }
        self.call_value(at, 1, back)
    }

    /// End of the stack slots that the running activation uses.
    pub(crate) fn live_end(&self) -> u32 {
        if self.in_native() || stubs::has_own_top(self.ip) {
            return self.top();
        }
        let end = self.registers_end();
        // An open list may lie above the registers; otherwise the top is that of long ago. So may variables of what was to be left
        // when another error came.
        let end = match self.has_open_list() {
            true => self.top().max(end),
            false => end,
        };
        match self.mem.get(AT, root::OPEN) {
            0 => end,
            first => end.max(self.mem.get(first, Upval::AT).wrapping_add(8)),
        }
    }

    /// Whether the running Lua function is at an instruction that takes an open list, which ends at the top.
    pub(super) fn has_open_list(&self) -> bool {
        !stubs::is_stub(self.ip) && takes_open_list(self.word())
    }

    fn handler_failed(&mut self, place: u32) -> Thrown {
        let text = string::intern(self.mem, b"error in error handling");
        let error = match text {
            Ok(s) => s.into(),
            Err(_) => self.error_value(Raise::NoMemory),
        };
        self.unwind(place, error)
    }

    /// A message handler has returned; its result lies above what was live when it was called.
    pub(crate) fn handled(&mut self) -> Thrown {
        let error = Value(self.mem.load(self.returned_slot()));
        self.end_handling(error)
    }

    /// The record of a message handler has been dropped just now: whoever it was called for gets this error instead of the
    /// one that it was to see, and no handler sees it.
    pub(super) fn end_handling(&mut self, error: Value) -> Thrown {
        match self.find_catcher().0 {
            Catcher::Handler { place, .. }
            | Catcher::Failing { place }
            | Catcher::Plain { place }
            | Catcher::Finalizer { place } => self.unwind(place, error),
            Catcher::Bottom => self.end_of_thread(error, self.rings().payer),
        }
    }

    /// Where the activation that was left just now had its function: there its first result is.
    pub(crate) fn returned_slot(&self) -> u32 {
        self.mem.get(AT, root::RETURNED)
    }

    /// Looks down the records for the activation that catches; tells how many it has looked at.
    fn find_catcher(&self) -> (Catcher, u32) {
        const CATCHING: u8 = frame::FLAG_CATCH | frame::FLAG_ENTRY | frame::FLAG_FINALIZER;
        // A handler was called by an instruction, as metamethods are.
        const MARKS: Marks = Marks::flags(CATCHING | frame::FLAG_META);
        let (top, first) = (self.fp(), self.first_record());
        let may_matter = |r: Seen<'_>| r.flags() & CATCHING != 0 || r.ip() == stubs::HANDLED;
        let looked_at = |fp: u32| top.wrapping_sub(fp) / frame::SIZE;
        let mut handling = false;
        // The activation that catches, when the handler is that of another one below it.
        let mut above = None;
        let mut from = top;
        while let Some(fp) = records::find_down(self.mem, from, first, MARKS, may_matter) {
            let flags = self.mem.get(fp, frame::FLAGS);
            if flags & frame::FLAG_CATCH != 0 {
                let place = above.unwrap_or(fp);
                match self.mem.get(fp, frame::EXTRA) >> 16 {
                    HANDLER_BELOW => above = Some(place),
                    handler => {
                        let catcher = self.catcher(fp, place, handler, handling);
                        return (catcher, looked_at(fp));
                    }
                }
            }
            if self.is_strange_finalizer(fp) {
                let finalizer = Catcher::Finalizer { place: fp };
                let catcher = above.map_or(finalizer, |place| Catcher::Plain { place });
                return (catcher, looked_at(fp));
            }
            handling |= self.mem.get(fp, frame::IP) == stubs::HANDLED;
            from = fp.wrapping_sub(frame::SIZE);
            if flags & frame::FLAG_ENTRY != 0 {
                break;
            }
        }
        let catcher = above.map_or(Catcher::Bottom, |place| Catcher::Plain { place });
        (catcher, looked_at(first.wrapping_sub(frame::SIZE)))
    }

    /// What the record at `fp`, which catches for the one at `place`, does with an error.
    fn catcher(&self, fp: u32, place: u32, handler: u32, handling: bool) -> Catcher {
        match handler {
            0 => Catcher::Plain { place },
            _ if handling => Catcher::Failing { place },
            _ => {
                let slot = self.base_of(fp).wrapping_add((handler - 1) * 8);
                let handler = Value(self.mem.load(slot));
                Catcher::Handler { place, handler }
            }
        }
    }

    /// The lowest record of the running thread.
    pub(crate) fn first_record(&self) -> u32 {
        let thread = self.mem.get(AT, root::THREAD);
        self.mem
            .get(thread, Thread::FRAMES)
            .wrapping_add(frame::SIZE)
    }

    /// Base of the activation whose record is at `fp`: what the record above it keeps.
    pub(crate) fn base_of(&self, fp: u32) -> u32 {
        if fp == self.fp() {
            self.base
        } else {
            self.mem.get(fp.wrapping_add(frame::SIZE), frame::BASE)
        }
    }

    /// Hooks and finalizers that are unwound have ended, and rings are again what they were before.
    pub(crate) fn drop_records(&mut self, place: u32) {
        const FLAGS: u8 =
            frame::FLAG_HOOK | frame::FLAG_FINALIZER | frame::FLAG_RING | frame::FLAG_HOST;
        const MARKS: Marks = Marks::flags(FLAGS);
        let is_marked = |r: Seen<'_>| r.flags() & FLAGS != 0;
        let lowest = place.wrapping_add(frame::SIZE);
        let mut from = self.fp();
        while let Some(fp) = records::find_down(self.mem, from, lowest, MARKS, is_marked) {
            self.drop_record(fp, self.mem.get(fp, frame::FLAGS));
            from = fp.wrapping_sub(frame::SIZE);
        }
    }

    fn drop_record(&mut self, fp: u32, flags: u8) {
        if flags & frame::FLAG_HOOK != 0 {
            let thread = self.mem.get(AT, root::THREAD);
            self.mem.set(thread, Thread::INHOOK, 0);
            self.mem.set(thread, Thread::HOOKDONE, 0);
        }
        if flags & frame::FLAG_FINALIZER != 0 {
            self.put_off_finalizers();
        }
        if flags & frame::FLAG_RING != 0 {
            self.restore_rings(fp);
        }
        self.leave_callback(fp);
    }

    /// Nobody in this thread catches: the coroutine dies, or the host gets the error, for which `payer` pays.
    pub(super) fn end_of_thread(&mut self, error: Value, payer: Ring) -> Thrown {
        if self.in_main_thread() {
            return self.end_call(error, payer);
        }
        let bottom = self.first_record();
        self.drop_records(bottom.wrapping_sub(frame::SIZE));
        self.coroutine_failed(error);
        Thrown::Caught
    }
}

enum Catcher {
    Handler { place: u32, handler: Value },
    Failing { place: u32 },
    Plain { place: u32 },
    Finalizer { place: u32 },
    Bottom,
}
