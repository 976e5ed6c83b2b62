//! Writing tables where some may be sealed against the ring that runs: these handlers ask first and then do
//! what the ordinary ones do. They are in the table of handlers only where there is something to ask.

use super::{Core, Memory, Regs, Table, barrier, become_, build, handler, leave, native, store};
use crate::exec::code::Code;
use crate::objects::{self, Closure};
use crate::value::TAG_TABLE;
use bvm_cage::Window;

/// Puts the handlers of this file into a table.
pub(super) fn install<S: Memory>(table: &mut Table<S>) {
    table[Code::SetGlobal as usize] = set_global::<S>;
    table[Code::SetField as usize] = set_field::<S, false>;
    table[Code::SetFieldK as usize] = set_field::<S, true>;
    table[Code::SetIndex as usize] = set_index::<S, false>;
    table[Code::SetIndexK as usize] = set_index::<S, true>;
    table[Code::SetTable as usize] = set_table::<S, false>;
    table[Code::SetTableK as usize] = set_table::<S, true>;
    table[Code::SetList as usize] = set_list::<S>;
    table[Code::SetMetatableEntry as usize] = native::call_leaf::<S>;
}

/// Whether register a holds a table with a seal: cold code knows against whom.
#[inline(always)]
fn is_sealed<S: Memory>(r: &Regs<'_, S>) -> bool {
    r.tag(r.a()) == TAG_TABLE && has_seal(r, r.payload(r.a()))
}

#[inline(always)]
fn has_seal<S: Memory>(r: &Regs<'_, S>, table: u32) -> bool {
    r.core.get(table, objects::Table::SEAL) != 0
}

/// Goes on in the handler of `$module` that stores, or in that of the barrier.
macro_rules! go_on {
    ($r:ident, $module:ident :: $handler:ident $(:: < $k:ident >)?) => {{
        if barrier::is_marking(&$r.core) {
            become_!($r, barrier::$handler::<S $(, $k)?>)
        }
        become_!($r, $module::$handler::<S $(, $k)?>)
    }};
}

handler! { set_global(r) {
    if has_seal(&r, r.core.get(r.closure(), Closure::ENV)) {
        leave!(r)
    }
    go_on!(r, store::set_global)
} }

handler! { set_field<const K: bool>(r) {
    if is_sealed(&r) {
        leave!(r)
    }
    go_on!(r, store::set_field::<K>)
} }

handler! { set_index<const K: bool>(r) {
    if is_sealed(&r) {
        leave!(r)
    }
    go_on!(r, store::set_index::<K>)
} }

handler! { set_table<const K: bool>(r) {
    if is_sealed(&r) {
        leave!(r)
    }
    go_on!(r, store::set_table::<K>)
} }

handler! { set_list(r) {
    if is_sealed(&r) {
        leave!(r)
    }
    go_on!(r, build::set_list)
} }
