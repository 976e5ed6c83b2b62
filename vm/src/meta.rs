//! Metatables: the events, and the lookup of a handler. Must not call handlers.

use crate::data::table;
use crate::host::Mem;
use crate::objects::root::{self, AT};
use crate::objects::{Str, Table, Userdata};
use crate::value::{Type, Value};

macro_rules! events {
    ($($number:literal $name:ident $text:literal,)*) => {
        /// An event that a metatable can handle.
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        #[repr(u8)]
        pub enum Event { $(#[doc = $text] $name = $number,)* }

        /// All events with the names of their fields.
        pub const EVENTS: &[(Event, &str)] = &[$((Event::$name, $text),)*];
    };
}

// The first eight are cached as absent in a byte of the metatable.
events! {
    0 Index "__index",
    1 NewIndex "__newindex",
    2 Gc "__gc",
    3 Mode "__mode",
    4 Eq "__eq",
    5 Call "__call",
    6 Len "__len",
    7 Metatable "__metatable",
    8 Add "__add",
    9 Sub "__sub",
    10 Mul "__mul",
    11 Div "__div",
    12 Mod "__mod",
    13 Pow "__pow",
    14 Unm "__unm",
    15 Lt "__lt",
    16 Le "__le",
    17 Concat "__concat",
    18 ToString "__tostring",
    19 Pairs "__pairs",
    20 IPairs "__ipairs",
}

/// The string that names an event.
pub fn name(mem: &Mem<'_>, event: Event) -> Str {
    Str(mem.load(AT + u32::from(root::EVENTS) + u32::from(event as u8) * 4))
}

/// The metatable of a value.
#[inline]
pub fn metatable(mem: &Mem<'_>, v: Value) -> Option<Table> {
    let at = match v.type_of() {
        Type::Table => mem.get(v.payload(), Table::META),
        Type::Userdata => mem.get(v.payload(), Userdata::META),
        other => mem.load(AT + u32::from(root::TYPE_META) + other as u32 * 4),
    };
    if at == 0 { None } else { Some(Table(at)) }
}

/// Sets the metatable that all values of a basic type share.
pub fn set_type_metatable(mem: &mut Mem<'_>, of: Type, metatable: Option<Table>) {
    let at = AT + u32::from(root::TYPE_META) + of as u32 * 4;
    mem.store(at, metatable.map_or(0, |t| t.0));
}

/// The handler that a metatable has for an event, nil when it has none; does not write the cache.
pub fn event_of(mem: &Mem<'_>, metatable: Table, event: Event) -> Value {
    if is_cached_absent(mem, metatable, event) {
        return Value::NIL;
    }
    table::get_str(mem, metatable, name(mem, event))
}

fn is_cached_absent(mem: &Mem<'_>, metatable: Table, event: Event) -> bool {
    let bit = event as u8;
    bit < 8 && mem.get(metatable.0, Table::ABSENT) & 1 << bit != 0
}

/// The handler of a metatable for an event. Its absence is remembered in the metatable where it takes a long walk to see: hot
/// code sees it by itself everywhere else, and both are to leave the same state.
pub fn cached_event_of(mem: &mut Mem<'_>, metatable: Table, event: Event) -> Value {
    if is_cached_absent(mem, metatable, event) {
        return Value::NIL;
    }
    let walked = mem.host().walked.get();
    let handler = table::get_str(mem, metatable, name(mem, event));
    let is_long = mem.host().walked.get() != walked;
    if handler.is_nil() && is_long && (event as u8) < 8 {
        let absent = mem.get(metatable.0, Table::ABSENT) | 1 << event as u8;
        mem.set(metatable.0, Table::ABSENT, absent);
    }
    handler
}

/// The handler of a value for an event, nil when there is none.
#[inline]
pub fn handler(mem: &mut Mem<'_>, v: Value, event: Event) -> Value {
    match metatable(mem, v) {
        Some(t) => cached_event_of(mem, t, event),
        None => Value::NIL,
    }
}
