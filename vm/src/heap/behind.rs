//! The room behind the stacks of a deep recursion: blocks that others are given last, so that a stack gets longer where it
//! lies. Moving one takes as long as copying it, and cannot be divided. Must not know what is on a stack.

use super::alloc::{self, blocks_of};
use super::{BLOCK, LARGE, owner, state};
use crate::host::Mem;
use crate::objects::root::{self, AT};
use crate::objects::{Thread, frame};
use std::ops::Range;

/// Blocks, 16 MiB, that are kept free behind a stack at least: 20,000 activations of 100 registers each.
const KEPT_FREE: u32 = 512;

/// The blocks that others are given last: those behind the stacks of the running thread, if it has large ones.
pub(super) fn kept_free(mem: &Mem<'_>) -> [Range<u32>; 2] {
    let t = mem.get(AT, root::THREAD);
    if t == 0 {
        return [0..0, 0..0];
    }
    let records = u32::from(mem.get(t, Thread::CAPACITY));
    let stacks = [
        (mem.get(t, Thread::STACK), mem.get(t, Thread::STACKSIZE)),
        (mem.get(t, Thread::FRAMES), records * frame::SIZE),
    ];
    stacks.map(|(at, size)| match size > LARGE {
        true => {
            let count = blocks_of(u64::from(size));
            let end = at / BLOCK + count;
            end..end.saturating_add(count.max(KEPT_FREE))
        }
        false => 0..0,
    })
}

/// The first block from `block` on that is not kept free.
pub(super) fn past(kept: &[Range<u32>], block: u32) -> u32 {
    // A range may begin where the one before it ends, and they are in no order.
    let past = |block, kept: &[Range<u32>]| {
        let around = |range: &&Range<u32>| range.contains(&block);
        kept.iter().find(around).map_or(block, |range| range.end)
    };
    kept.iter().fold(block, |block, _| past(block, kept))
}

/// Makes a stack of `size` bytes at `at` longer where it lies, so that it has `longer` bytes. Tells whether it could: it is
/// large, nobody has what is behind it, and no limit is in the way. If not, nothing has changed.
pub fn extend(mem: &mut Mem<'_>, at: u32, size: u32, longer: u32) -> bool {
    // A test that lets an allocation fail counts those that move stacks.
    if size <= LARGE || longer <= size || mem.get(AT, root::FAIL_IN) != 0 {
        return false;
    }
    let head = mem.load::<u8>(mem.get(AT, root::STATES) + at / BLOCK);
    let (had, has) = (blocks_of(u64::from(size)), blocks_of(u64::from(longer)));
    let behind = at / BLOCK + had;
    if state::owner(head) != owner::payer(mem) || !alloc::take_behind(mem, behind, has - had) {
        return false;
    }
    let given = mem.get(AT, root::GIVEN) + u64::from(longer - size);
    mem.set(AT, root::GIVEN, given);
    true
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vm::{Config, Vm};

    #[test]
    fn a_large_stack_gets_longer_where_it_lies() {
        let mut vm = Vm::new(&Config::default()).expect("address space");
        let stack = |mem: &Mem<'_>| {
            let thread = mem.get(AT, root::THREAD);
            (
                mem.get(thread, Thread::STACK),
                mem.get(thread, Thread::STACKSIZE),
            )
        };
        vm.access(|cpu| {
            let top = cpu.top();
            assert!(cpu.ensure_stack(top, top + 80_000).is_ok());
            let (at, size) = stack(cpu.mem);
            assert!(size > LARGE);
            // Small and large objects, of which none comes to lie behind it.
            for i in 0..400_u32 {
                let text = vec![(i % 251) as u8; if i % 2 == 0 { 100_000 } else { 9_000 }];
                assert!(cpu.new_str(&[&text[..], &i.to_le_bytes()].concat()).is_ok());
            }
            for bytes in [400_000, 4_000_000, 12_000_000] {
                assert!(cpu.ensure_stack(top, top + bytes).is_ok());
                let (now, longer) = stack(cpu.mem);
                assert_eq!(now, at, "it has moved");
                assert!(longer > size);
            }
        });
    }

    #[test]
    fn ranges_are_passed_in_any_order() {
        for kept in [[3..5, 5..9], [5..9, 3..5], [4..9, 3..5]] {
            let passed = [2, 3, 4, 8, 9].map(|block| past(&kept, block));
            assert_eq!(passed, [2, 9, 9, 9, 9]);
        }
        assert_eq!(past(&[], 7), 7);
    }
}
