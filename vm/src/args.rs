//! A native's view of its window: arguments, pushed values, steps, upvalues, and the errors of Lua
//! for wrong arguments.

use crate::data::{closure, string, table};
use crate::debug;
use crate::error::Raise;
use crate::exec::Cpu;
use crate::exec::convert::{price_of_numeral, to_number};
use crate::exec::frame::MARGIN;
use crate::heap;
use crate::meta::{self, Event};
use crate::native::STEP;
use crate::objects::root::{self, AT};
use crate::objects::{NativeClosure, Str, Table, Userdata, frame};
use crate::value::{Type, Value};
use bvm_isa::Dialect;

/// Most slots that a native's window may have, as in Lua 5.1.
pub const MAX_WINDOW: u32 = 8000;

/// A double as C casts it to a 64-bit integer on x86-64: cut, or the least integer when it does not fit.
#[inline]
pub fn to_integer(n: f64) -> i64 {
    if (-9_223_372_036_854_775_808.0..9_223_372_036_854_775_808.0).contains(&n) {
        n as i64
    } else {
        i64::MIN
    }
}

impl Cpu<'_, '_> {
    /// How many values the window holds: arguments first, then what was pushed.
    #[inline]
    pub fn count(&self) -> u32 {
        self.top().wrapping_sub(self.base) / 8
    }

    /// Where slot 1 is in memory.
    #[inline]
    pub fn window_start(&self) -> u32 {
        self.base
    }

    /// The value in slot `i` (from 1), nil when there is none.
    #[inline]
    pub fn arg(&self, i: u32) -> Value {
        if i <= self.count() {
            self.slot(i)
        } else {
            Value::NIL
        }
    }

    /// Whether there is a slot `i`.
    #[inline]
    pub fn has(&self, i: u32) -> bool {
        i <= self.count()
    }

    /// The value in slot `i` of which the native knows that it is there, because it has put it there.
    #[inline]
    pub fn kept(&self, i: u32) -> Value {
        self.slot(i)
    }

    /// Writes slot `i`, for which there is room: it is in the window, or what [`Cpu::push`] may add.
    #[inline]
    pub fn keep(&mut self, i: u32, v: Value) {
        let at = self.base.wrapping_add(i.wrapping_sub(1).wrapping_mul(8));
        self.mem.store(at, v.0);
    }

    /// Makes the window end behind slot `i`; all slots up to there have been written.
    #[inline]
    pub fn end_at(&mut self, i: u32) {
        let top = self.base.wrapping_add(i.wrapping_mul(8));
        self.set_top_at(top);
    }

    #[inline]
    fn slot(&self, i: u32) -> Value {
        Value(
            self.mem
                .load(self.base.wrapping_add(i.wrapping_sub(1).wrapping_mul(8))),
        )
    }

    /// Writes slot `i`, which must exist.
    #[inline]
    pub fn set_arg(&mut self, i: u32, v: Value) {
        if i >= 1 && i <= self.count() {
            self.mem.store(self.base.wrapping_add((i - 1) * 8), v.0);
        }
    }

    /// Adds a value to the window. At least 20 can be pushed in a step; see [`Cpu::reserve`] for more.
    #[inline]
    pub fn push(&mut self, v: Value) {
        let top = self.top();
        self.mem.store(top, v.0);
        self.set_top_at(top.wrapping_add(8));
    }

    /// Adds the `count` values that lie from `at` on in memory. There must be room: see [`Cpu::reserve`].
    pub fn push_from(&mut self, at: u32, count: u32) {
        let (top, size) = (self.top(), count.wrapping_mul(8));
        self.mem.copy(at, top, size);
        self.set_top_at(top.wrapping_add(size));
    }

    /// Adds a string to the window.
    ///
    /// # Errors
    /// No memory.
    pub fn push_bytes(&mut self, bytes: &[u8]) -> Result<(), Raise> {
        let s = string::intern(self.mem, bytes)?;
        self.push(s.into());
        Ok(())
    }

    /// Makes the window `count` values long (at most 20 more than it is): cuts it, or adds nils.
    pub fn set_count(&mut self, count: u32) {
        // A window from a strange snapshot may be shorter than its native thinks.
        let end = self.mem.get(AT, root::STACK_LIMIT).wrapping_add(MARGIN);
        let count = count.min(end.saturating_sub(self.base) / 8);
        while self.count() < count {
            self.push(Value::NIL);
        }
        let top = self.base.wrapping_add(count * 8);
        self.set_top_at(top);
    }

    /// Inserts a value as slot `i`, moving the others up.
    pub fn insert(&mut self, i: u32, v: Value) {
        let i = i.clamp(1, self.count() + 1);
        let at = self.base.wrapping_add((i - 1) * 8);
        let top = self.top();
        self.mem.copy(at, at + 8, top.wrapping_sub(at));
        self.mem.store(at, v.0);
        self.set_top_at(top + 8);
    }

    /// Removes slot `i`, moving the others down.
    pub fn remove(&mut self, i: u32) {
        if i < 1 || i > self.count() {
            return;
        }
        let at = self.base.wrapping_add((i - 1) * 8);
        let top = self.top();
        self.mem
            .copy(at + 8, at, top.wrapping_sub(at).saturating_sub(8));
        self.set_top_at(top - 8);
    }

    /// Makes room for `more` pushes; tells whether the window may be that long.
    ///
    /// # Errors
    /// No memory for the stack.
    pub fn reserve(&mut self, more: u32) -> Result<bool, Raise> {
        if more > MAX_WINDOW || self.count() + more > MAX_WINDOW {
            return Ok(false);
        }
        let top = self.top();
        self.ensure_stack(top, top + (more + 24) * 8)?;
        Ok(true)
    }

    /// Whether the running native is called as a leaf: without a record, so that it must not do anything but
    /// compute and return. Answering [`crate::Next::Again`] then makes the engine call it with a record.
    #[inline]
    pub fn is_leaf(&self) -> bool {
        self.is_leaf
    }

    /// The step to execute; 0 when the native is entered first.
    #[inline]
    pub fn step_number(&self) -> u32 {
        match self.is_leaf {
            true => 0,
            false => self.mem.get(self.fp(), frame::EXTRA) & STEP,
        }
    }

    /// Makes `step` the one to execute, for a native that starts over at it within the same answer.
    /// What it has paid so far is used up: when fuel ends, only what comes after this is repeated.
    pub fn set_step(&mut self, step: u32) {
        self.pay_for_walks();
        self.charged = 0;
        if self.is_leaf {
            // Its answer will not count.
            return;
        }
        let fp = self.fp();
        self.mem.set(fp, frame::EXTRA, step & STEP);
    }

    /// Upvalue `i` (from 1) of the running native.
    pub fn upvalue(&self, i: u32) -> Value {
        let c = self.native_closure();
        if i < 1 || i > u32::from(self.mem.get(c.0, NativeClosure::UPVALS)) {
            return Value::NIL;
        }
        Value(self.mem.load(c.0 + NativeClosure::SIZE + (i - 1) * 8))
    }

    /// Sets upvalue `i` (from 1) of the running native.
    pub fn set_upvalue(&mut self, i: u32, v: Value) {
        let c = self.native_closure();
        if i >= 1 && i <= u32::from(self.mem.get(c.0, NativeClosure::UPVALS)) {
            let place = c.0 + NativeClosure::SIZE + (i - 1) * 8;
            crate::heap::barrier::store(self.mem, place, v);
        }
    }

    /// The number of the native called `name`, as native closures hold it.
    pub fn native_id(&self, name: &str) -> Option<u32> {
        let natives = &self.mem.host().natives;
        natives
            .iter()
            .position(|n| n.name == name)
            .map(|i| i as u32)
    }

    /// A function over the native number `id`, with values of its own.
    ///
    /// # Errors
    /// No memory.
    pub fn new_native(&mut self, id: u32, values: &[Value]) -> Result<Value, Raise> {
        let env = self.globals();
        Ok(closure::new_native(self.mem, id, env, values)?.into())
    }

    /// A function over the native of another function, with values of its own. So a library can keep which
    /// native it means as a value, which a snapshot carries to hosts that number theirs otherwise.
    ///
    /// # Errors
    /// No memory.
    pub fn new_native_like(&mut self, like: Value, values: &[Value]) -> Result<Value, Raise> {
        let id = match closure::function_of(self.mem, like) {
            Some(closure::Function::Native(n)) => self.mem.get(n.0, NativeClosure::NATIVE),
            _ => u32::MAX,
        };
        self.new_native(id, values)
    }

    /// The guest's language.
    pub fn dialect(&self) -> Dialect {
        Dialect::from_code(self.mem.get(AT, root::DIALECT))
    }

    /// The globals table of the guest.
    pub fn globals(&self) -> Table {
        Table(self.mem.get(AT, root::GLOBALS))
    }

    /// The registry: a table that only natives see.
    pub fn registry(&self) -> Table {
        Table(self.mem.get(AT, root::REGISTRY))
    }

    /// A new table.
    ///
    /// # Errors
    /// No memory.
    pub fn new_table(&mut self, array: u32, nodes: u32) -> Result<Table, Raise> {
        Ok(table::new(self.mem, array, nodes)?)
    }

    /// Raw `t[name] = v`.
    ///
    /// # Errors
    /// No memory.
    pub fn set_field(&mut self, t: Table, name: &str, v: Value) -> Result<(), Raise> {
        let key = string::intern(self.mem, name.as_bytes())?;
        Ok(table::set_str(self.mem, t, key, v)?)
    }

    /// Raw `t[name]`.
    ///
    /// # Errors
    /// No memory for the name.
    pub fn field(&mut self, t: Table, name: &str) -> Result<Value, Raise> {
        let key = string::intern(self.mem, name.as_bytes())?;
        Ok(table::get_str(self.mem, t, key))
    }

    /// A new userdata.
    ///
    /// # Errors
    /// No memory.
    pub fn new_userdata(
        &mut self,
        class: u32,
        payload: u64,
        meta: Option<Table>,
    ) -> Result<Userdata, Raise> {
        self.new_stand_in(class, payload, meta, 0)
    }

    /// The handler of a value for an event, nil when it has none.
    pub fn handler(&mut self, v: Value, event: Event) -> Value {
        meta::handler(self.mem, v, event)
    }

    /// The bytes of a string.
    pub fn bytes(&self, s: Str) -> &[u8] {
        string::bytes(self.mem, s)
    }

    /// What the native was called as: what kind of name it is, and the name.
    fn called_as(&mut self) -> (&'static str, Vec<u8>) {
        let caller = debug::activation(self, 1);
        let name = caller.and_then(|c| debug::function_name(self.mem, &c));
        let pc = caller.and_then(|c| c.pc(self.mem)).unwrap_or(0);
        self.pay(debug::price_of_name(pc));
        let tail_called = self.mem.get(self.fp(), frame::TAIL) > 0;
        match name {
            Some(named) if !tail_called => named,
            _ => ("", b"?".to_vec()),
        }
    }

    /// The number by which messages call argument `i`: the value before a colon is not counted.
    pub fn arg_number(&mut self, i: u32) -> u32 {
        match self.called_as().0 {
            "method" => i.saturating_sub(1),
            _ => i,
        }
    }

    /// `bad argument #i to 'name' (message)`.
    #[cold]
    pub fn arg_error(&mut self, i: u32, message: &[u8]) -> Raise {
        if self.is_leaf {
            return self.no_error();
        }
        let (kind, name) = self.called_as();
        let mut i = i;
        let mut text = Vec::new();
        if kind == "method" {
            i -= 1;
            if i == 0 {
                text.extend_from_slice(b"calling '");
                text.extend_from_slice(&name);
                text.extend_from_slice(b"' on bad self (");
                text.extend_from_slice(message);
                text.push(b')');
                return self.error_at(1, &text);
            }
        }
        text.extend_from_slice(format!("bad argument #{i} to '").as_bytes());
        text.extend_from_slice(&name);
        text.extend_from_slice(b"' (");
        text.extend_from_slice(message);
        text.push(b')');
        self.error_at(1, &text)
    }

    /// `bad argument #i to 'name' (expected …, got …)`.
    #[cold]
    pub fn arg_type_error(&mut self, i: u32, expected: &str) -> Raise {
        let got = if self.has(i) {
            self.arg(i).type_name()
        } else {
            "no value"
        };
        self.arg_error(i, format!("{expected} expected, got {got}").as_bytes())
    }

    /// An error with the position of the native's caller.
    #[cold]
    pub fn fail(&mut self, message: &str) -> Raise {
        self.error_at(1, message.as_bytes())
    }

    /// Argument `i`, which must be there.
    ///
    /// # Errors
    /// `value expected`.
    pub fn check_any(&mut self, i: u32) -> Result<Value, Raise> {
        if self.has(i) {
            Ok(self.arg(i))
        } else {
            Err(self.arg_error(i, b"value expected"))
        }
    }

    /// Argument `i`, which must be a table.
    ///
    /// # Errors
    /// Another type.
    #[inline]
    pub fn check_table(&mut self, i: u32) -> Result<Table, Raise> {
        match Table::of(self.arg(i)) {
            Some(t) => Ok(t),
            None => Err(self.arg_type_error(i, "table")),
        }
    }

    /// Argument `i`, which must be a table that the running ring may change.
    ///
    /// # Errors
    /// Another type, a seal.
    pub fn check_own_table(&mut self, i: u32) -> Result<Table, Raise> {
        let t = self.check_table(i)?;
        self.check_seal(t)?;
        Ok(t)
    }

    /// Argument `i`, which must be a function.
    ///
    /// # Errors
    /// Another type.
    pub fn check_function(&mut self, i: u32) -> Result<Value, Raise> {
        let v = self.arg(i);
        if v.type_of() == Type::Function {
            Ok(v)
        } else {
            Err(self.arg_type_error(i, "function"))
        }
    }

    /// Argument `i` as a number; the text of a number will do.
    ///
    /// # Errors
    /// Another type.
    #[inline]
    pub fn check_number(&mut self, i: u32) -> Result<f64, Raise> {
        match self.arg(i).as_number() {
            Some(n) => Ok(n),
            None => self.check_text_of_number(i),
        }
    }

    #[inline(never)]
    fn check_text_of_number(&mut self, i: u32) -> Result<f64, Raise> {
        let v = self.arg(i);
        if let Some(s) = Str::of(v) {
            self.pay(price_of_numeral(self.mem, s));
        }
        match to_number(self.mem, v) {
            Some(n) => Ok(n),
            None => Err(self.arg_type_error(i, "number")),
        }
    }

    /// Argument `i` as a number, or a default when it is nil or missing.
    ///
    /// # Errors
    /// Another type.
    #[inline]
    pub fn opt_number(&mut self, i: u32, default: f64) -> Result<f64, Raise> {
        if self.arg(i).is_nil() {
            Ok(default)
        } else {
            self.check_number(i)
        }
    }

    /// Argument `i` as a number cut to 64 bits, as C casts it.
    ///
    /// # Errors
    /// Another type.
    #[inline]
    pub fn check_integer(&mut self, i: u32) -> Result<i64, Raise> {
        self.check_number(i).map(to_integer)
    }

    /// Argument `i` cut to 64 bits, or a default when it is nil or missing.
    ///
    /// # Errors
    /// Another type.
    #[inline]
    pub fn opt_integer(&mut self, i: u32, default: i64) -> Result<i64, Raise> {
        if self.arg(i).is_nil() {
            Ok(default)
        } else {
            self.check_integer(i)
        }
    }

    /// Argument `i` as a string; a number becomes one, in its slot.
    ///
    /// # Errors
    /// Another type, no memory.
    #[inline]
    pub fn check_string(&mut self, i: u32) -> Result<Str, Raise> {
        let v = self.arg(i);
        match Str::of(v) {
            Some(s) => Ok(s),
            None => self.check_number_as_string(i),
        }
    }

    #[inline(never)]
    fn check_number_as_string(&mut self, i: u32) -> Result<Str, Raise> {
        let v = self.arg(i);
        match self.to_str(v)? {
            Some(s) => {
                self.set_arg(i, s.into());
                Ok(s)
            }
            None => Err(self.arg_type_error(i, "string")),
        }
    }

    /// Argument `i` as a string, `None` when it is nil or missing.
    ///
    /// # Errors
    /// Another type, no memory.
    pub fn opt_string(&mut self, i: u32) -> Result<Option<Str>, Raise> {
        if self.arg(i).is_nil() {
            Ok(None)
        } else {
            self.check_string(i).map(Some)
        }
    }

    /// Units that the running step can pay before it runs out.
    #[inline]
    pub fn affordable(&self) -> u64 {
        let units = match self.mem.get(AT, root::GC_WHOLE) {
            0 => self.fuel.units(self.ip),
            // The guest is to stand.
            _ => 0,
        };
        self.credit.saturating_add(units)
    }

    /// Pays for work that has been done. Going over what is left is for bounded work only; the
    /// step goes on, and the engine stops after it.
    #[inline]
    pub fn pay(&mut self, units: u64) {
        if self.credit == 0 {
            self.charged = self.charged.saturating_add(units);
            self.take_fuel(units);
        } else {
            let _ = self.charge(units);
        }
    }

    /// Ends the answer out of fuel, for a native that goes on later instead of starting its step again:
    /// it has called [`Cpu::set_step`] and left all it needs in its window. What it has paid is used up.
    #[cold]
    pub fn pause(&mut self) -> Raise {
        self.pay_for_walks();
        self.charged = 0;
        self.credit = 0;
        self.has_paused = true;
        if !self.is_leaf {
            // All slicings pause here if a collection is wanted, as nothing can be afforded then.
            heap::collect::see_want(self.mem);
        }
        Raise::OutOfFuel
    }
}
