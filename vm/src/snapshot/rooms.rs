//! The root page in a snapshot: which of its fields are derived, the host's, or mean nothing between runs.

use super::threads::{Stand, lua_at, needs_returned, takes_list};
use crate::exec::stubs;
use crate::host::Mem;
use crate::objects::root::{self, AT};
use crate::objects::{Proto, Thread, frame};

/// Bytes of the root page that snapshots have.
pub(super) const SIZE: u32 = 0xc00;

/// Fields that are zero in a snapshot.
const LEFT_OUT: &[u16] = &[
    // Follow from the region, the host or the configuration.
    root::MARKS.disp(),
    root::LINES.disp(),
    root::STATES.disp(),
    root::FIRST_BLOCK.disp(),
    root::MAX_BLOCKS.disp(),
    root::MEMORY_ENDS.disp(),
    root::NATIVES.disp(),
    root::GC_STRESS.disp(),
    root::FAIL_IN.disp(),
    root::GC_LONGEST.disp(),
    // Follow from the running thread.
    root::FRAME_LIMIT.disp(),
    root::STACK_LIMIT.disp(),
    root::HOOKED.disp(),
    root::PLAIN_CODES.disp(),
    // Handlers leave things there for a moment.
    root::SIGNAL.disp(),
    root::MADE.disp(),
    root::COPY_END.disp(),
    // Without them a loop looks for its place.
    root::STEP_NODE.disp(),
    root::STEP_NODES.disp(),
    root::ANCHOR.disp(),
    root::HANDLES.disp(),
    root::FRESH_COUNT.disp(),
    root::BLOB_COUNT.disp(),
];

/// Takes what a strange snapshot has in fields that are zero in one. Among them are switches of tests.
pub(super) fn leave_out(mem: &mut Mem<'_>) {
    for &field in LEFT_OUT {
        mem.store(AT + u32::from(field), 0u32);
    }
}

/// Where the registers of the running Lua function end, when the top is that of long ago.
fn idle_top(mem: &Mem<'_>, stand: &Stand) -> Option<u32> {
    let is_lua = mem.get(stand.fp, frame::KIND) == frame::KIND_LUA;
    let (_, proto) = lua_at(mem, stand.base).filter(|_| is_lua)?;
    let is_over = [stubs::HALT, stubs::COROUTINE_END].contains(&stand.ip);
    if takes_list(mem, proto, stand.ip) || is_over || stubs::has_own_top(stand.ip) {
        return None;
    }
    let size = u32::from(mem.get(proto.0, Proto::MAXSTACK));
    Some(stand.base.wrapping_add(size * 8))
}

/// The root page as a snapshot has it.
pub(super) fn image(mem: &Mem<'_>) -> Vec<u8> {
    let mut page = mem.bytes(AT, SIZE).to_vec();
    let mut set = |field: u16, word: u32| {
        if let Some(place) = page.get_mut(usize::from(field)..usize::from(field) + 4) {
            place.copy_from_slice(&word.to_le_bytes());
        }
    };
    for &field in LEFT_OUT {
        set(field, 0);
    }
    for i in 0..root::FRESH_LEN as u16 {
        set(root::FRESH + i * 4, 0);
    }
    for i in 0..root::BLOBS_LEN as u16 * 2 {
        set(root::BLOBS + i * 4, 0);
    }
    // Budgets are the host's, debts the guest's.
    let slice = mem
        .get(AT, root::FUEL)
        .saturating_add(mem.get(AT, root::RESERVE));
    let debt = slice.min(0);
    set(root::FUEL.disp(), debt as u32);
    set(root::FUEL.disp() + 4, (debt >> 32) as u32);
    for field in [root::RESERVE, root::LEASE] {
        set(field.disp(), 0);
        set(field.disp() + 4, 0);
    }
    let thread = mem.get(AT, root::THREAD);
    let stand = Stand::of(mem, thread);
    let is_idle = stand.fp == mem.get(thread, Thread::FRAMES);
    if is_idle || mem.get(stand.fp, frame::KIND) == frame::KIND_NATIVE {
        set(root::SAVED_K.disp(), 0);
    }
    if let Some(end) = idle_top(mem, &stand).filter(|_| !is_idle) {
        set(root::TOP.disp(), end);
    }
    let mut ip = stand.ip;
    let is_main = thread == mem.get(AT, root::MAIN);
    if is_idle && is_main && ip != stubs::HALT {
        // Nothing has been called, or what was called is over.
        ip = stubs::HALT;
        set(root::SAVED_IP.disp(), ip);
        set(root::RETURNED.disp(), stand.top);
    } else if !needs_returned(ip) {
        set(root::RETURNED.disp(), 0);
    }
    page
}
