//! The machine's registers while cold code runs: where the program is, its windows, its fuel.

use super::fuel::Fuel;
use crate::data::heights;
use crate::error::Raise;
use crate::host::Mem;
use crate::objects::root::{self, AT};
use crate::objects::{Closure, Proto, frame};
use crate::value::Value;
use bvm_isa::Word;

/// The machine's state in the hands of cold code and natives.
///
/// Going on to the next slot costs one unit of fuel, and [`Cpu::goto`] costs none.
#[derive(Debug)]
pub struct Cpu<'a, 'c> {
    /// The guest's memory.
    pub mem: &'a mut Mem<'c>,
    pub(crate) ip: u32,
    pub(crate) base: u32,
    pub(crate) k: u32,
    pub(crate) fuel: Fuel,
    /// Units that the current native step paid before it ran out, and that are not used up again yet.
    pub(crate) credit: u64,
    /// Units charged since the current native step began.
    pub(crate) charged: u64,
    /// The running native is a leaf without a record: `fp` is the caller's.
    pub(crate) is_leaf: bool,
    /// The piece of cold code under way has entered a Lua function or jumped back.
    pub(crate) is_checkpoint: bool,
    /// The native under way needs more fuel than there is to go on.
    pub(crate) has_paused: bool,
    /// What had been given out when the instruction under way began, or when a table has grown in it.
    pub(crate) given: u64,
}

/// Bytes of an engine slot.
pub const SLOT: u32 = 8;

/// The collector's work that a unit of fuel pays for.
pub(crate) const WORK_PER_UNIT: u64 = 4;

impl<'a, 'c> Cpu<'a, 'c> {
    /// Takes up the state that the root page keeps while the engine does not run.
    pub fn wake(mem: &'a mut Mem<'c>) -> Cpu<'a, 'c> {
        let ip = mem.get(AT, root::SAVED_IP);
        Cpu {
            ip,
            base: mem.get(AT, root::SAVED_BASE),
            k: mem.get(AT, root::SAVED_K),
            fuel: Fuel::wake(mem, ip),
            credit: 0,
            charged: 0,
            is_leaf: false,
            is_checkpoint: false,
            has_paused: false,
            given: 0,
            mem,
        }
    }

    /// Takes up the state that the engine has in its registers.
    #[inline]
    pub(crate) fn with_registers(
        mem: &'a mut Mem<'c>,
        ip: u32,
        base: u32,
        k: u32,
        fuel: Fuel,
    ) -> Cpu<'a, 'c> {
        Cpu {
            mem,
            ip,
            base,
            k,
            fuel,
            credit: 0,
            charged: 0,
            is_leaf: false,
            is_checkpoint: false,
            has_paused: false,
            given: 0,
        }
    }

    /// Puts the state into the root page.
    pub fn sleep(&mut self) {
        self.mem.set(AT, root::SAVED_IP, self.ip);
        self.mem.set(AT, root::SAVED_BASE, self.base);
        self.mem.set(AT, root::SAVED_K, self.k);
        self.fuel.sleep(self.mem, self.ip);
    }

    /// Whether the fuel is used up.
    #[inline]
    pub(crate) fn lacks_fuel(&self) -> bool {
        self.fuel.is_dry(self.ip)
    }

    /// Whether a native has to pause: fuel is used up, or memory, so that the guest is to stand.
    #[inline]
    pub fn is_dry(&self) -> bool {
        self.lacks_fuel() || self.mem.get(AT, root::GC_WHOLE) != 0
    }

    /// Takes `units` of fuel without asking whether there is enough.
    #[inline]
    pub(crate) fn take_fuel(&mut self, units: u64) {
        self.fuel.take(units);
    }

    /// Goes on at `ip`, at no cost.
    #[inline]
    pub(crate) fn goto(&mut self, ip: u32) {
        self.fuel.go(self.ip, ip);
        self.ip = ip;
    }

    /// Goes on at the next slot, which costs a unit.
    #[inline]
    pub(crate) fn advance(&mut self) {
        self.ip = self.ip.wrapping_add(SLOT);
    }

    /// Register `i` of the running Lua function.
    #[inline]
    pub(crate) fn reg(&self, i: u8) -> Value {
        Value(self.mem.load(self.base.wrapping_add(u32::from(i) * 8)))
    }

    /// Writes register `i`.
    #[inline]
    pub(crate) fn set_reg(&mut self, i: u8, v: Value) {
        self.mem
            .store(self.base.wrapping_add(u32::from(i) * 8), v.0);
    }

    /// Constant `i`.
    #[inline]
    pub(crate) fn konst(&self, i: u32) -> Value {
        Value(self.mem.load(self.k.wrapping_add(i.wrapping_mul(8))))
    }

    /// The value of a register-or-constant operand.
    #[inline]
    pub(crate) fn rk(&self, x: u16) -> Value {
        if x >= 256 {
            self.konst(u32::from(x) - 256)
        } else {
            self.reg(x as u8)
        }
    }

    /// The function of the running activation.
    pub(crate) fn function(&self) -> Value {
        Value(self.mem.load(self.base.wrapping_sub(8)))
    }

    /// The closure of the running Lua activation.
    #[inline]
    pub(crate) fn closure(&self) -> Closure {
        Closure(self.function().payload())
    }

    /// Its prototype.
    #[inline]
    pub(crate) fn proto(&self) -> Proto {
        Proto(self.mem.get(self.closure().0, Closure::PROTO))
    }

    /// Number of the current guest instruction.
    pub(crate) fn pc(&self) -> u32 {
        pc_of(self.mem, self.proto(), self.ip)
    }

    /// The current guest instruction.
    pub(crate) fn word(&self) -> Word {
        self.word_at(self.pc())
    }

    /// The guest instruction number `pc` of the running function.
    pub(crate) fn word_at(&self, pc: u32) -> Word {
        let words = self.mem.get(self.proto().0, Proto::WORDS);
        Word(self.mem.load(words.wrapping_add(pc.wrapping_mul(4))))
    }

    /// The record of the running activation.
    #[inline]
    pub(crate) fn fp(&self) -> u32 {
        self.mem.get(AT, root::FP)
    }

    /// End of the running Lua function's registers.
    pub(crate) fn frame_end(&self) -> u32 {
        let size = u32::from(self.mem.get(self.proto().0, Proto::MAXSTACK));
        self.base.wrapping_add(size * 8)
    }

    /// End of the registers that are alive before the instruction at `ip`.
    pub(crate) fn registers_end(&self) -> u32 {
        heights::end(self.mem, self.proto(), self.base, self.pc())
    }

    /// End of the open list of values or of a native's window.
    #[inline]
    pub(crate) fn top(&self) -> u32 {
        self.mem.get(AT, root::TOP)
    }

    #[inline]
    pub(crate) fn set_top_at(&mut self, top: u32) {
        self.mem.set(AT, root::TOP, top);
    }

    /// Whether the running activation is a native.
    pub(crate) fn in_native(&self) -> bool {
        self.mem.get(self.fp(), frame::KIND) == frame::KIND_NATIVE
    }

    /// Collects if it is due; everything below the top is alive.
    #[inline]
    pub(crate) fn collect_if_due(&mut self) {
        if crate::heap::due(self.mem) {
            self.collect_due();
        }
    }

    /// Lets the collector work if it is due, where a native has done a portion of its work and all that it needs is in its
    /// window. It is to be called once for a portion, whether fuel ends behind that or not.
    #[inline]
    pub fn safepoint(&mut self) {
        self.collect_if_due();
    }

    /// Lets the collector work because that is due. This is not charged: what was allocated since the last
    /// time has paid, and when it becomes due depends on what pauses have allocated, which fuel must not.
    #[cold]
    pub(crate) fn collect_due(&mut self) {
        let owed = self.mem.get(AT, root::GC_CHARGE);
        let now = self.elapsed() / 8;
        crate::heap::collect::advance(self.mem, now as u32);
        self.mem.set(AT, root::GC_CHARGE, owed);
        self.sink_if_asked();
        self.choose_handlers();
    }

    /// Begins a step of the collector that does as much as if `bytes` had been allocated, and tells the work that it comes
    /// to: [`Cpu::collect_step_on`] does it.
    pub fn begin_collection_step(&mut self, bytes: u64) -> u64 {
        let work = crate::heap::collect::begin_step(self.mem, bytes);
        self.sink_if_asked();
        self.choose_handlers();
        work
    }

    /// Does a portion of a step that comes to `work`, of which `left` is left. Tells what is left then, nothing when that
    /// has ended a cycle, and whether it has. All of the work is paid for when nothing is left, however much it was: that
    /// depends on how far the collector had come, which fuel must not.
    #[cold]
    pub fn collect_step_on(&mut self, work: u64, left: u64) -> (u64, bool) {
        let (rest, has_ended) = crate::heap::collect::step_on(self.mem, left);
        self.sink_if_asked();
        self.choose_handlers();
        if self.mem.get(AT, root::GC_STRESS) == 0 {
            let price = |left: u64| work.saturating_sub(left) / WORK_PER_UNIT;
            self.take_fuel(price(rest).saturating_sub(price(left)));
        }
        (rest, has_ended)
    }

    /// Begins a whole collection, which [`Cpu::collect_on`] does; everything below the top is alive.
    pub fn begin_collection(&mut self) {
        crate::heap::collect::begin(self.mem);
        self.sink_if_asked();
        self.choose_handlers();
    }

    /// Does a portion of the collection under way; tells whether there are more. The work is charged.
    #[cold]
    pub fn collect_on(&mut self) -> bool {
        let goes = crate::heap::collect::go_on(self.mem);
        self.sink_if_asked();
        self.choose_handlers();
        self.charge_collector();
        goes
    }

    /// Takes the fuel for what the collector has done since the last time.
    pub(crate) fn charge_collector(&mut self) {
        let work = self.mem.get(AT, root::GC_CHARGE);
        self.mem.set(AT, root::GC_CHARGE, 0);
        if self.mem.get(AT, root::GC_STRESS) == 0 {
            self.take_fuel(work / WORK_PER_UNIT);
        }
    }

    /// The value that is thrown; for a failed allocation Lua's message.
    pub fn error_value(&self, raise: Raise) -> Value {
        match raise {
            Raise::Error(v) => v,
            _ => crate::objects::Str(self.mem.get(AT, root::MEMORY_MESSAGE)).into(),
        }
    }
}

/// Number of the guest instruction whose engine slot is at `ip`.
pub(crate) fn pc_of(mem: &Mem<'_>, proto: Proto, ip: u32) -> u32 {
    ip.wrapping_sub(mem.get(proto.0, Proto::CODE).wrapping_add(SLOT)) / SLOT
}
