//! New tables and their lists, made by bumping.

use super::enter::copy_up;
use super::table::index_slot;
use super::{Core, Memory, Regs, become_, dispatch, field, handler, leave, next};
use crate::data::growth::PLACES_PER_UNIT;
use crate::exec::cpu::SLOT;
use crate::objects::root::{self, AT};
use crate::objects::{Table, node};
use crate::value::{TAG_TABLE, Value};
use bvm_cage::Window;

handler! { new_table(r) {
    let at = r.core.get(AT, root::CURSOR);
    let end = at.wrapping_add(Table::SIZE);
    if end > r.core.get(AT, root::LIMIT)
        || r.core.get(AT, root::GIVEN) >= r.core.get(AT, root::THRESHOLD)
    {
        leave!(r)
    }
    r.core.set(AT, root::CURSOR, end);
    r.core.set(at, Table::KIND_META, u64::from(Table::KIND));
    r.core.set(at, Table::ARRAY_ASIZE, 0);
    r.core.set(at, Table::NODE_HMASK, u64::from(root::EMPTY_NODE));
    r.core.set(at, Table::LASTFREE_GRAY, u64::from(root::EMPTY_NODE));
    r.set(r.a(), Value::tagged(TAG_TABLE, at).0);
    next!(r)
} }

handler! {
    /// A table with parts, which lie directly behind it.
    new_table_sized(r) {
        let (slots, count) = (u32::from(r.b()), u32::from(r.c()));
        let at = r.core.get(AT, root::CURSOR);
        let first_slot = at.wrapping_add(Table::SIZE);
        let first_node = first_slot.wrapping_add((slots * 8 + 15) & !15);
        let end = first_node.wrapping_add((count * node::SIZE + 15) & !15);
        if end > r.core.get(AT, root::LIMIT)
            || r.core.get(AT, root::GIVEN) >= r.core.get(AT, root::THRESHOLD)
        {
            leave!(r)
        }
        r.core.set(AT, root::CURSOR, end);
        r.core.set(at, Table::KIND_META, u64::from(Table::KIND));
        let mut slot = first_slot;
        while slot < first_slot.wrapping_add(slots * 8) {
            r.core.store(slot, Value::NIL.0);
            slot = slot.wrapping_add(8);
        }
        let biased = match slots {
            0 => 0,
            _ => first_slot.wrapping_sub(8),
        };
        r.core.set(at, Table::ARRAY_ASIZE, u64::from(biased) | u64::from(slots) << 32);
        let nodes_end = first_node.wrapping_add(count * node::SIZE);
        let mut n = first_node;
        while n < nodes_end {
            r.core.set(n, node::KEY, Value::NIL.0);
            r.core.set(n, node::VALUE, Value::NIL.0);
            r.core.set(n, node::NEXT_HASH, 0);
            n = n.wrapping_add(node::SIZE);
        }
        let (nodes, free, mask) = match count {
            0 => (root::EMPTY_NODE, root::EMPTY_NODE, 0),
            _ => (first_node, nodes_end, count - 1),
        };
        r.core.set(at, Table::NODE_HMASK, u64::from(nodes) | u64::from(mask) << 32);
        r.core.set(at, Table::LASTFREE_GRAY, u64::from(free));
        r.fuel.pay(r.core.get(r.ip, field::D));
        r.set(r.a(), Value::tagged(TAG_TABLE, at).0);
        next!(r)
    }
}

handler! {
    /// A first batch for a table with too few slots: it gets slots for just these items.
    #[inline(never)]
    set_first_list(r) {
        let table = Value(r.reg(r.a())).payload();
        let first = r.core.offset_of(r.base).wrapping_add(u32::from(r.a()) * 8 + 8);
        let count = match u32::from(r.b()) {
            0 => r.core.get(AT, root::TOP).wrapping_sub(first) / 8,
            b => b,
        };
        let array = r.core.get(AT, root::CURSOR);
        let end = array.wrapping_add((count * 8 + 15) & !15);
        if r.core.get(r.ip, field::D) != 0
            || r.core.get(table, Table::ASIZE) > count
            || r.core.get(table, Table::NODE) != root::EMPTY_NODE
            || end > r.core.get(AT, root::LIMIT)
            || r.core.get(AT, root::GIVEN) >= r.core.get(AT, root::THRESHOLD)
        {
            leave!(r)
        }
        r.core.set(AT, root::CURSOR, end);
        let biased = u64::from(array.wrapping_sub(8));
        r.core.set(table, Table::ARRAY_ASIZE, biased | u64::from(count) << 32);
        copy_up(&mut r.core, first, array, count * 8);
        r.fuel.pay(count / PLACES_PER_UNIT as u32 + count / 8);
        next!(r)
    }
}

handler! {
    /// A batch of list items, for which the table has slots.
    set_list(r) {
        let a = r.a();
        let table = Value(r.reg(a));
        let first = r.core.offset_of(r.base).wrapping_add(u32::from(a) * 8 + 8);
        let count = match u32::from(r.b()) {
            0 => r.core.get(AT, root::TOP).wrapping_sub(first) / 8,
            b => b,
        };
        let start = r.core.get(r.ip, field::D);
        if table.tag() != TAG_TABLE || count > 255 || count == 0 {
            leave!(r)
        }
        let last = index_slot(&r.core, table.payload(), start.wrapping_add(count));
        let Some(last) = last else {
            become_!(r, set_first_list)
        };
        let end = first.wrapping_add(count * 8);
        let (mut from, mut to) = (end, last);
        while from > first {
            from = from.wrapping_sub(8);
            let v = r.core.load::<u64>(from);
            r.core.store(to, v);
            to = to.wrapping_sub(8);
        }
        r.fuel.pay(count / 8);
        next!(r)
    }
}
