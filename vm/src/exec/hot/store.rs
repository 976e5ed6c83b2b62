//! Writing tables: array slots by integer keys, nodes by strings whose hash the code carries, new keys.
//! Reading is in `table`.

use super::table::{
    Probe, array_slot, index_slot, is_nil, is_plain_key, lacks_event, main_node, main_node_of,
    probe, probe_any, probe_string,
};
use super::{
    Core, DUE, GO_ON, Memory, OUT, Regs, become_, dispatch, field, handler, leave, load, next,
};
use crate::error::Raise;
use crate::exec::cpu::{Cpu, SLOT};
use crate::exec::fuel::Fuel;
use crate::exec::grow::Growing;
use crate::heap;
use crate::meta::Event;
use crate::objects::root::{self, AT};
use crate::objects::{Closure, Str, Table, node};
use crate::value::{TAG_TABLE, Value};
use bvm_cage::Window;

/// Whether a node can take a new key with nothing more to do.
#[inline(always)]
fn is_free<S: Memory>(core: &Core<'_, S>, n: u32) -> bool {
    n != root::EMPTY_NODE && is_nil(core.get(n, node::VALUE))
}

handler! { set_global(r) {
    let env = r.core.get(r.closure(), Closure::ENV);
    let key = r.core.konst::<u64>(r.k, r.core.get(r.ip, field::BC));
    let Probe::At(n) = probe(&r.core, env, key, r.core.get(r.ip, field::D)) else {
        leave!(r)
    };
    if is_nil(r.core.get(n, node::VALUE)) {
        leave!(r)
    }
    let v = r.reg(r.a());
    r.core.set(n, node::VALUE, v);
    next!(r)
} }

/// The value to store: a register or a constant.
#[inline(always)]
pub(super) fn stored<S: Memory, const K: bool>(r: &Regs<'_, S>) -> u64 {
    if K {
        r.core.konst(r.k, u16::from(r.c()))
    } else {
        r.reg(r.c())
    }
}

handler! { set_field<const K: bool>(r) {
    if r.tag(r.a()) != TAG_TABLE {
        leave!(r)
    }
    let table = r.payload(r.a());
    let key = r.core.konst::<u64>(r.k, u16::from(r.b()));
    let Probe::At(n) = probe(&r.core, table, key, r.core.get(r.ip, field::D)) else {
        become_!(r, set_new_field::<S, K>)
    };
    // A new field may be an event that a cache calls absent, or be up to `__newindex`.
    if is_nil(r.core.get(n, node::VALUE)) {
        become_!(r, set_new_field::<S, K>)
    }
    let v = stored::<S, K>(&r);
    r.core.set(n, node::VALUE, v);
    next!(r)
} }

handler! {
    /// A field that is far down its chain, or that a table without `__newindex` does not have yet.
    #[inline(never)]
    set_new_field<const K: bool>(r) {
        let table = r.payload(r.a());
        let key = r.core.konst::<u64>(r.k, u16::from(r.b()));
        let hash = r.core.get(r.ip, field::D);
        let n = match probe_string(&r.core, table, key, hash) {
            Probe::At(n) => n,
            Probe::Missing => main_node(&r.core, table, hash),
            Probe::Unknown => leave!(r),
        };
        let v = stored::<S, K>(&r);
        let is_there = r.core.get(n, node::KEY) == key && !is_nil(r.core.get(n, node::VALUE));
        if !is_there {
            if is_nil(v) || !lacks_event(&r.core, table, Event::NewIndex) {
                leave!(r)
            }
            if !is_free(&r.core, n) {
                become_!(r, insert_field::<S, K>)
            }
            r.core.set(table, Table::ABSENT, 0);
            r.core.set(n, node::KEY, key);
            r.core.set(n, node::HASH, hash);
        }
        r.core.set(n, node::VALUE, v);
        next!(r)
    }
}

handler! { set_index<const K: bool>(r) {
    if r.tag(r.a()) != TAG_TABLE {
        leave!(r)
    }
    let table = r.payload(r.a());
    let Some(at) = index_slot(&r.core, table, r.core.get(r.ip, field::D)) else {
        become_!(r, set_new_index::<S, K>)
    };
    if is_nil(r.core.load(at)) && r.core.get(table, Table::META) != 0 {
        become_!(r, set_empty_slot::<S, K>)
    }
    let v = stored::<S, K>(&r);
    r.core.store(at, v);
    next!(r)
} }

handler! { set_table<const K: bool>(r) {
    if r.tag(r.a()) != TAG_TABLE {
        leave!(r)
    }
    let table = r.payload(r.a());
    let key = r.reg(r.b());
    let Some(at) = array_slot(&r.core, table, key) else {
        become_!(r, set_by_key::<S, K>)
    };
    if is_nil(r.core.load(at)) && r.core.get(table, Table::META) != 0 {
        become_!(r, set_empty_slot::<S, K>)
    }
    let v = stored::<S, K>(&r);
    r.core.store(at, v);
    next!(r)
} }

handler! {
    /// The same for a table with a metatable, whose slot is empty; the key is in the code or a register.
    #[inline(never)]
    set_empty_slot<const K: bool>(r) {
        let table = r.payload(r.a());
        let place = match r.core.get(r.ip, field::D) {
            0 => array_slot(&r.core, table, r.reg(r.b())),
            i => index_slot(&r.core, table, i),
        };
        let (Some(at), true) = (place, lacks_event(&r.core, table, Event::NewIndex)) else {
            leave!(r)
        };
        let v = stored::<S, K>(&r);
        r.core.store(at, v);
        next!(r)
    }
}

/// Ends a handler with `R(a)[key] := value` of a table where the key is in no array slot: one that the table
/// has, or a new one for a table without `__newindex`, for which `$insert` is called if its node is taken.
macro_rules! set_node {
    ($r:ident, $key:expr, $insert:expr) => {{
        let table = $r.payload($r.a());
        let key: Value = $key;
        let v = stored::<S, K>(&$r);
        if !is_plain_key(key) || is_nil(v) {
            leave!($r)
        }
        let n = match probe_any(&$r.core, table, key) {
            Probe::At(n) => n,
            Probe::Missing => main_node_of(&$r.core, table, key),
            Probe::Unknown => leave!($r),
        };
        let is_there = $r.core.get(n, node::KEY) == key.0 && !is_nil($r.core.get(n, node::VALUE));
        if !is_there {
            if !lacks_event(&$r.core, table, Event::NewIndex) {
                leave!($r)
            }
            if !is_free(&$r.core, n) {
                become_!($r, $insert)
            }
            $r.core.set(table, Table::ABSENT, 0);
            let hash = Str::of(key).map_or(0, |s| $r.core.get(s.0, Str::HASH));
            $r.core.set(n, node::KEY, key.0);
            $r.core.set(n, node::HASH, hash);
        }
        $r.core.set(n, node::VALUE, v);
        next!($r)
    }};
}

handler! {
    /// `R(a)[R(b)] := value` where the key is no index of the array part.
    #[inline(never)]
    set_by_key<const K: bool>(r) { set_node!(r, Value(r.reg(r.b())), insert_key::<S, K>) }
}

/// The key that an instruction has as an integer.
#[inline(always)]
fn index_key<S: Memory>(r: &Regs<'_, S>) -> Value {
    Value::number(f64::from(r.core.get(r.ip, field::D)))
}

handler! {
    /// `R(a)[d] := value` where the array part does not reach.
    #[inline(never)]
    set_new_index<const K: bool>(r) { set_node!(r, index_key(&r), insert_index::<S, K>) }
}

/// Puts a key that the table, which has no `__newindex`, does not have, where its own node is taken: another
/// node is found for it, or the table grows, if it is not large. The fuel that is left is in the root page afterwards, and in
/// the signal whether all went well; if not, nothing has changed. Where memory is full cold code knows what to do.
#[inline(never)]
fn insert<S: Memory>(
    mut core: Core<'_, S>,
    table: u32,
    key: u64,
    value: u64,
    end: u32,
    fuel: Fuel,
) -> Core<'_, S> {
    if core.get(AT, root::MEMORY_LENT) != 0 {
        core.set(AT, root::SIGNAL, OUT);
        return core;
    }
    let mut mem = core.masked();
    // Growing may collect, and all registers may be alive.
    mem.set(AT, root::TOP, end);
    let given = mem.get(AT, root::GIVEN);
    let mut cpu = Cpu::with_registers(&mut mem, 0, 0, 0, fuel);
    let made = cpu.raw_set_new(Table(table), Value(key), Value(value), Growing::Later);
    let has_allocated = cpu.mem.get(AT, root::GIVEN) != given;
    let signal = match made {
        Ok(()) if has_allocated && heap::due(cpu.mem) => DUE,
        Ok(()) => GO_ON,
        Err(_) => OUT,
    };
    if matches!(made, Err(Raise::OutOfFuel)) {
        // Cold code does all of it.
        cpu.mem.host().walked.set(0);
    } else {
        cpu.pay_for_walks();
    }
    let fuel = cpu.fuel;
    core.set(AT, root::SIGNAL, signal);
    fuel.sleep(&mut core, 0);
    core
}

/// Ends a handler with [`insert`].
macro_rules! insert_and_go_on {
    ($r:ident, $key:expr) => {{
        let table = Value($r.reg($r.a())).payload();
        let v = stored::<S, K>(&$r);
        let end = $r.frame_end();
        $r.core = insert($r.core, table, $key, v, end, $r.fuel);
        let signal = $r.core.get(AT, root::SIGNAL);
        if signal == OUT {
            leave!($r)
        }
        $r.fuel = Fuel::wake(&$r.core, 0);
        if signal == DUE {
            $r.ip = $r.ip.wrapping_add(SLOT);
            become_!($r, load::made)
        }
        next!($r)
    }};
}

handler! {
    /// A new field whose own node is taken.
    #[inline(never)]
    insert_field<const K: bool>(r) {
        let key = r.core.konst::<u64>(r.k, u16::from(r.b()));
        insert_and_go_on!(r, key)
    }
}

handler! {
    /// A new integer key whose own node is taken.
    #[inline(never)]
    insert_index<const K: bool>(r) {
        let key = index_key(&r).0;
        insert_and_go_on!(r, key)
    }
}

handler! {
    /// A new key whose own node is taken.
    #[inline(never)]
    insert_key<const K: bool>(r) {
        let key = r.reg(r.b());
        insert_and_go_on!(r, key)
    }
}
