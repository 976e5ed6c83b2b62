//! Reading tables: array slots by integer keys, nodes by strings whose hash the code carries. Writing is
//! in `store`.

use super::{Core, Memory, Regs, become_, dispatch, field, handler, leave, next};
use crate::data::table::main_index;
use crate::exec::cpu::SLOT;
use crate::meta::Event;
use crate::objects::root::{self, AT};
use crate::objects::{Closure, Str, Table, Userdata, node};
use crate::value::{TAG_NIL, TAG_STRING, TAG_TABLE, TAG_USERDATA, Type, Value, small_int};
use bvm_cage::Window;
use bvm_isa::Dialect;

/// Where the metatable of strings is in the root page.
const STRING_META: u32 = root::TYPE_META as u32 + 4 * Type::String as u32;

/// What looking for a key in the first nodes of its chain finds.
#[derive(Clone, Copy)]
pub(super) enum Probe {
    /// Its node.
    At(u32),
    /// The table does not have it.
    Missing,
    /// The chain is longer.
    Unknown,
}

/// What looking for any key in the first nodes of its chain finds. The key must be one that
/// nodes can hold as it is: not nil, NaN or -0.
#[inline(always)]
pub(super) fn probe_any<S: Memory>(core: &Core<'_, S>, table: u32, key: Value) -> Probe {
    probe_chain(core, main_node_of(core, table, key), key.0)
}

/// What looking for a string with this hash in the first nodes of its chain finds.
#[inline(always)]
pub(super) fn probe_string<S: Memory>(
    core: &Core<'_, S>,
    table: u32,
    key: u64,
    hash: u32,
) -> Probe {
    probe_chain(core, main_node(core, table, hash), key)
}

#[inline(always)]
fn probe_chain<S: Memory>(core: &Core<'_, S>, main: u32, key: u64) -> Probe {
    let mut n = main;
    for _ in 0..CHAIN {
        if core.get(n, node::KEY) == key {
            return Probe::At(n);
        }
        n = core.get(n, node::NEXT);
        if n == 0 {
            return Probe::Missing;
        }
    }
    Probe::Unknown
}

/// The node where any key would be first.
#[inline(always)]
pub(super) fn main_node_of<S: Memory>(core: &Core<'_, S>, table: u32, key: Value) -> u32 {
    let mask = core.get(table, Table::HMASK);
    let index = main_index(key, mask, |s| core.get(s, Str::HASH));
    let nodes = core.get(table, Table::NODE);
    nodes.wrapping_add(index.wrapping_mul(node::SIZE))
}

/// Most nodes that are looked at here; the cold code goes further, and charges long walks.
const CHAIN: u32 = 12;

/// Whether a node can hold the key as it is.
#[inline(always)]
pub(super) fn is_plain_key(key: Value) -> bool {
    let is_nan = key.is_number() && f64::from_bits(key.0).is_nan();
    !(key.is_nil() || is_nan || key.0 == 1 << 63)
}

#[inline(always)]
pub(super) fn main_node<S: Memory>(core: &Core<'_, S>, table: u32, hash: u32) -> u32 {
    let index = hash & core.get(table, Table::HMASK);
    core.get(table, Table::NODE)
        .wrapping_add(index.wrapping_mul(node::SIZE))
}

/// [`probe_string`] over two nodes at most, without a loop: for where most keys are found at once.
#[inline(always)]
pub(super) fn probe<S: Memory>(core: &Core<'_, S>, table: u32, key: u64, hash: u32) -> Probe {
    let first = main_node(core, table, hash);
    if core.get(first, node::KEY) == key {
        return Probe::At(first);
    }
    let second = core.get(first, node::NEXT);
    if second == 0 {
        return Probe::Missing;
    }
    if core.get(second, node::KEY) == key {
        return Probe::At(second);
    }
    Probe::Unknown
}

/// The place of an array slot by a key that may be any value.
#[inline(always)]
pub(super) fn array_slot<S: Memory>(core: &Core<'_, S>, table: u32, key: u64) -> Option<u32> {
    let i = small_int(f64::from_bits(key))? as u32;
    index_slot(core, table, i)
}

#[inline(always)]
pub(super) fn index_slot<S: Memory>(core: &Core<'_, S>, table: u32, i: u32) -> Option<u32> {
    if i.wrapping_sub(1) >= core.get(table, Table::ASIZE) {
        return None;
    }
    Some(
        core.get(table, Table::ARRAY)
            .wrapping_add(i.wrapping_mul(8)),
    )
}

#[inline(always)]
pub(super) fn is_nil(word: u64) -> bool {
    (word >> 32) as u32 == TAG_NIL
}

handler! { get_global(r) {
    let env = r.core.get(r.closure(), Closure::ENV);
    let key = r.core.konst::<u64>(r.k, r.core.get(r.ip, field::BC));
    let Probe::At(n) = probe(&r.core, env, key, r.core.get(r.ip, field::D)) else {
        become_!(r, get_global_missing)
    };
    let v = r.core.get(n, node::VALUE);
    if is_nil(v) {
        become_!(r, get_global_missing)
    }
    r.set(r.a(), v);
    next!(r)
} }

handler! {
    /// A global that is far down its chain, missing, or inherited.
    #[inline(never)]
    get_global_missing(r) {
        let env = r.core.get(r.closure(), Closure::ENV);
        let key = r.core.konst::<u64>(r.k, r.core.get(r.ip, field::BC));
        match inherited(&r.core, env, key, r.core.get(r.ip, field::D)) {
            Some(v) => {
                r.set(r.a(), v);
                next!(r)
            }
            None => leave!(r),
        }
    }
}

handler! { get_field(r) {
    if r.tag(r.b()) != TAG_TABLE {
        leave!(r)
    }
    let table = r.payload(r.b());
    let key = r.core.konst::<u64>(r.k, u16::from(r.c()));
    let Probe::At(n) = probe(&r.core, table, key, r.core.get(r.ip, field::D)) else {
        become_!(r, get_field_missing)
    };
    let v = r.core.get(n, node::VALUE);
    if is_nil(v) {
        become_!(r, get_field_missing)
    }
    r.set(r.a(), v);
    next!(r)
} }

handler! {
    /// A field that the table itself does not have: nil, or one level of `__index`.
    #[inline(never)]
    get_field_missing(r) {
        let object = r.payload(r.b());
        let key = r.core.konst::<u64>(r.k, u16::from(r.c()));
        let hash = r.core.get(r.ip, field::D);
        match inherited(&r.core, object, key, hash) {
            Some(v) => {
                r.set(r.a(), v);
                next!(r)
            }
            None => become_!(r, super::meta::index_field),
        }
    }
}

/// Most tables that an inherited field is looked for in here; the cold code goes further.
const LEVELS: u32 = 8;

/// The value of a string key in a table and in the tables that its `__index` leads to; `None` when it
/// takes a call, an error or a long chain of nodes to know.
#[inline(always)]
fn inherited<S: Memory>(core: &Core<'_, S>, object: u32, key: u64, hash: u32) -> Option<u64> {
    let mut table = object;
    for _ in 0..LEVELS {
        match probe_string(core, table, key, hash) {
            Probe::At(n) => {
                let v = core.get(n, node::VALUE);
                if !is_nil(v) {
                    return Some(v);
                }
            }
            Probe::Missing => {}
            Probe::Unknown => return None,
        }
        let meta = core.get(table, Table::META);
        if meta == 0 {
            return Some(Value::NIL.0);
        }
        table = class_of(core, meta)?;
    }
    None
}

/// The table in a metatable's `__index`.
#[inline(always)]
fn class_of<S: Memory>(core: &Core<'_, S>, meta: u32) -> Option<u32> {
    handler_of(core, meta, Event::Index)?.untag(TAG_TABLE)
}

/// Where a metatable has the name of an event.
#[inline(always)]
fn probe_event<S: Memory>(core: &Core<'_, S>, meta: u32, event: Event) -> Probe {
    let names = AT + u32::from(root::EVENTS);
    let name = core.load::<u32>(names + u32::from(event as u8) * 4);
    let key = Value::tagged(TAG_STRING, name).0;
    probe_string(core, meta, key, core.get(name, Str::HASH))
}

/// What a metatable has for an event; `None` for nothing, or when it takes a long chain to know.
#[inline(always)]
pub(super) fn handler_of<S: Memory>(core: &Core<'_, S>, meta: u32, event: Event) -> Option<Value> {
    match probe_event(core, meta, event) {
        Probe::At(n) => Some(Value(core.get(n, node::VALUE))),
        _ => None,
    }
}

/// Whether a table certainly has no handler for an event.
#[inline(always)]
pub(super) fn lacks_event<S: Memory>(core: &Core<'_, S>, table: u32, event: Event) -> bool {
    let meta = core.get(table, Table::META);
    if meta == 0 {
        return true;
    }
    match probe_event(core, meta, event) {
        Probe::At(n) => is_nil(core.get(n, node::VALUE)),
        Probe::Missing => true,
        Probe::Unknown => false,
    }
}

handler! {
    /// A method of a string or a userdata.
    #[inline(never)]
    method_of_other(r) {
        let object = r.reg(r.b());
        let meta = match (object >> 32) as u32 {
            TAG_STRING => r.core.load::<u32>(AT + STRING_META),
            TAG_USERDATA => r.core.get(r.payload(r.b()), Userdata::META),
            _ => leave!(r),
        };
        if meta == 0 {
            leave!(r)
        }
        let key = r.core.konst::<u64>(r.k, u16::from(r.c()));
        let hash = r.core.get(r.ip, field::D);
        let class = class_of(&r.core, meta);
        match class.and_then(|class| inherited(&r.core, class, key, hash)) {
            Some(v) if !is_nil(v) => {
                let a = r.a();
                r.set(a.wrapping_add(1), object);
                r.set(a, v);
                next!(r)
            }
            _ => leave!(r),
        }
    }
}

handler! { method(r) {
    if r.tag(r.b()) != TAG_TABLE {
        become_!(r, method_of_other)
    }
    let table = r.payload(r.b());
    let key = r.core.konst::<u64>(r.k, u16::from(r.c()));
    let hash = r.core.get(r.ip, field::D);
    let v = match inherited(&r.core, table, key, hash) {
        Some(v) if !is_nil(v) => v,
        _ => leave!(r),
    };
    let a = r.a();
    r.set(a.wrapping_add(1), Value::tagged(TAG_TABLE, table).0);
    r.set(a, v);
    next!(r)
} }

handler! { get_index(r) {
    if r.tag(r.b()) != TAG_TABLE {
        leave!(r)
    }
    let table = r.payload(r.b());
    let Some(at) = index_slot(&r.core, table, r.core.get(r.ip, field::D)) else {
        become_!(r, get_index_missing)
    };
    let v = r.core.load::<u64>(at);
    if is_nil(v) {
        become_!(r, get_index_missing)
    }
    r.set(r.a(), v);
    next!(r)
} }

handler! {
    /// `R(b)[d]` of a table whose array part does not have it.
    #[inline(never)]
    get_index_missing(r) {
        let table = r.payload(r.b());
        let key = Value::number(f64::from(r.core.get(r.ip, field::D)));
        let Some(v) = own_or_nil(&r.core, table, key) else {
            leave!(r)
        };
        r.set(r.a(), v);
        next!(r)
    }
}

/// What a table has for a key that nodes can hold as it is, or nil if nobody is to be asked; `None` if
/// somebody is, or when it takes a long chain to know. Such a key is in no slot that is not empty.
#[inline(always)]
fn own_or_nil<S: Memory>(core: &Core<'_, S>, table: u32, key: Value) -> Option<u64> {
    let v = match probe_any(core, table, key) {
        Probe::At(n) => core.get(n, node::VALUE),
        Probe::Missing => Value::NIL.0,
        Probe::Unknown => return None,
    };
    let is_final = !is_nil(v) || lacks_event(core, table, Event::Index);
    if is_final { Some(v) } else { None }
}

/// `R(b)[R(c)]` of an array slot. What goes on elsewhere goes on there with the next slot, too.
macro_rules! get_slot {
    ($r:ident) => {{
        if $r.tag($r.b()) != TAG_TABLE {
            leave!($r)
        }
        let table = $r.payload($r.b());
        let key = $r.reg($r.c());
        let Some(at) = array_slot(&$r.core, table, key) else {
            become_!($r, get_by_key)
        };
        let v = $r.core.load::<u64>(at);
        if is_nil(v) && $r.core.get(table, Table::META) != 0 {
            become_!($r, get_empty_slot)
        }
        $r.set($r.a(), v);
    }};
}

handler! { get_table(r) {
    get_slot!(r);
    next!(r)
} }

handler! { get_tables(r) {
    get_slot!(r);
    r.ip = r.ip.wrapping_add(SLOT);
    get_slot!(r);
    next!(r)
} }

handler! {
    /// `R(b)[R(c)]` of a table with a metatable, whose slot is empty.
    #[inline(never)]
    get_empty_slot(r) {
        if !lacks_event(&r.core, r.payload(r.b()), Event::Index) {
            leave!(r)
        }
        r.set(r.a(), Value::NIL.0);
        next!(r)
    }
}

handler! {
    /// `R(b)[R(c)]` of a table where the key is no array index.
    #[inline(never)]
    get_by_key(r) {
        let object = r.payload(r.b());
        let key = Value(r.reg(r.c()));
        if !is_plain_key(key) {
            leave!(r)
        }
        if key.tag() == TAG_STRING {
            let hash = r.core.get(key.payload(), Str::HASH);
            let Some(v) = inherited(&r.core, object, key.0, hash) else {
                become_!(r, super::meta::index_key)
            };
            r.set(r.a(), v);
            next!(r)
        }
        let Some(v) = own_or_nil(&r.core, object, key) else {
            leave!(r)
        };
        r.set(r.a(), v);
        next!(r)
    }
}

handler! { len(r) {
    let v = Value(r.reg(r.b()));
    if v.tag() != TAG_STRING {
        become_!(r, len_of_table)
    }
    let n = r.core.get(v.payload(), Str::LEN);
    r.core.set_reg(r.base, r.a(), f64::from(n));
    next!(r)
} }

handler! {
    /// The border of a table that is an array only, by halving as `table::border` does it.
    #[inline(never)]
    len_of_table(r) {
        let t = Value(r.reg(r.b()));
        if t.tag() != TAG_TABLE {
            leave!(r)
        }
        if r.core.get(t.payload(), Table::META) != 0
            && r.core.get(AT, root::DIALECT) == Dialect::Bvm52.code()
        {
            // There may be a `__len`.
            leave!(r)
        }
        let size = r.core.get(t.payload(), Table::ASIZE);
        let array = r.core.get(t.payload(), Table::ARRAY);
        let full = size == 0 || !is_nil(r.core.load(array.wrapping_add(size.wrapping_mul(8))));
        let mut low = 0;
        if full {
            if r.core.get(t.payload(), Table::NODE) != root::EMPTY_NODE {
                leave!(r)
            }
            low = size;
        } else {
            let mut high = size;
            while high.wrapping_sub(low) > 1 {
                let middle = low + (high - low) / 2;
                if is_nil(r.core.load(array.wrapping_add(middle.wrapping_mul(8)))) {
                    high = middle;
                } else {
                    low = middle;
                }
            }
        }
        r.core.set_reg(r.base, r.a(), f64::from(low));
        next!(r)
    }
}
