//! From the bytes of a snapshot to a machine.

use super::granules::{GRANULE, Granules};
use super::walk::Walk;
use super::wire::Reader;
use super::{Flaw, SnapshotError, check, frames, rooms, save, threads, wire};
use crate::data::growth;
use crate::exec::ring::lease;
use crate::exec::{stand, stubs};
use crate::heap::{
    BLOCK, LINES_PER_BLOCK, MARKS_PER_BLOCK, limit, phase, side_tables, state, used_blocks,
};
use crate::host::Mem;
use crate::image::Image;
use crate::load::portions::Verdict;
use crate::objects::root::{self, AT};
use crate::objects::{NativeClosure, Thread, node};
use crate::value::Value;
use crate::vm::{Config, Vm};
use bvm_cage::Field;

pub(super) fn load(
    bytes: &[u8],
    config: &Config,
    base: Option<&Image>,
) -> Result<Vm, SnapshotError> {
    if cfg!(target_endian = "big") {
        return Err(SnapshotError::Version(super::VERSION));
    }
    let mut input = wire::open(bytes)?;
    let names = read_natives(&mut input, config)?;
    let page = input.bytes(u64::from(rooms::SIZE))?;
    // Where the heap begins depends on the span, and programs see it.
    let config = Config {
        span_bits: Some(span_bits(page)?),
        ..config.clone()
    };
    let mut vm = reserve(&config, base)?;
    let span = vm.span();
    vm.enter(|mem| {
        clear_side_tables(mem);
        crate::vm::side_tables(mem, span, config.memory);
        let derived = DERIVED.map(|field| mem.get(AT, field));
        mem.bytes_mut(AT, rooms::SIZE).copy_from_slice(page);
        rooms::leave_out(mem);
        for (field, word) in DERIVED.into_iter().zip(derived) {
            mem.set(AT, field, word);
        }
        check_lent(mem);
        place(mem, &mut input)?;
        wire::outside(input, mem.host_mut())?;
        settle(mem, names.as_deref())?;
        stand::take_up(mem);
        Ok::<(), SnapshotError>(())
    })?;
    vm.access(|cpu| cpu.hooks_changed());
    vm.access(|cpu| cpu.choose_handlers());
    Ok(vm)
}

/// Takes away what a place of an image has in its side tables, which is no snapshot's.
fn clear_side_tables(mem: &mut Mem<'_>) {
    if mem.get(AT, root::FIRST_BLOCK) == 0 {
        return;
    }
    let [states, lines, marks] = side_tables(mem);
    // An image without a cycle under way has no marks.
    let has_marks = mem.get(AT, root::PHASE) != phase::IDLE;
    for (at, len) in [states, lines]
        .into_iter()
        .chain(has_marks.then_some(marks))
    {
        mem.bytes_mut(at, len).fill(0);
    }
}

/// A machine whose memory holds nothing that counts, in the place of one of an image if that will do.
fn reserve(config: &Config, base: Option<&Image>) -> Result<Vm, SnapshotError> {
    if let Some(image) = base.filter(|image| image.serves(config))
        && let Ok(vm) = Vm::from_image(image, u64::MAX)
    {
        return Ok(vm);
    }
    Vm::reserve(config).map_err(|_| SnapshotError::NoRoom)
}

/// Blocks are lent to a guest whose memory is full, as many as there are, or none; only then something is wanted.
fn check_lent(mem: &mut Mem<'_>) {
    let (lent, wanted) = match mem.get(AT, root::MEMORY_LENT) {
        0 => (0, 0),
        _ => (limit::LENT, mem.get(AT, root::MEMORY_WANTED)),
    };
    mem.set(AT, root::MEMORY_LENT, lent);
    mem.set(AT, root::MEMORY_WANTED, wanted);
}

/// Fields of the root page that follow from span and limit.
const DERIVED: [Field<u32>; 6] = [
    root::STATES,
    root::LINES,
    root::MARKS,
    root::FIRST_BLOCK,
    root::END_BLOCK,
    root::MAX_BLOCKS,
];

/// The bits of the span that the guest had.
fn span_bits(page: &[u8]) -> Result<u32, SnapshotError> {
    let at = usize::from(root::END_BLOCK.disp());
    let end = page.get(at..).and_then(|rest| rest.first_chunk::<4>());
    let blocks = end.map_or(0, |end| u64::from(u32::from_le_bytes(*end)) + 1);
    let span = blocks * u64::from(BLOCK);
    match span.is_power_of_two() && (20..=32).contains(&span.trailing_zeros()) {
        true => Ok(span.trailing_zeros()),
        false => Err(Flaw::new("a heap of no size", AT).into()),
    }
}

/// Names that are looked for, each among all of a host.
const MOST_NATIVES: u32 = 1 << 16;

/// What the numbers of natives are in this host, `None` when they are the same; `u32::MAX` for those that it
/// lacks.
fn read_natives(
    input: &mut Reader<'_>,
    config: &Config,
) -> Result<Option<Vec<Result<u32, String>>>, SnapshotError> {
    if let Some(rest) = save::strip_natives(*input, &config.natives) {
        *input = rest;
        return Ok(None);
    }
    let count = input.u32()?;
    if count > MOST_NATIVES {
        return Err(Flaw::new("more natives than any host has", count).into());
    }
    let len = input.u32()?;
    let mut names = Reader(input.bytes(u64::from(len))?);
    let mut numbers = Vec::new();
    for _ in 0..count {
        let len = names.u8()?;
        let name = names.bytes(u64::from(len))?;
        let number = config
            .natives
            .iter()
            .position(|n| n.name.as_bytes() == name);
        numbers.push(match number {
            Some(number) => Ok(number as u32),
            None => Err(String::from_utf8_lossy(name).into_owned()),
        });
    }
    Ok(Some(numbers))
}

/// Puts blocks, marks and granules where they belong.
fn place(mem: &mut Mem<'_>, input: &mut Reader<'_>) -> Result<(), SnapshotError> {
    let count = input.u32()?;
    let blocks = input.bytes(u64::from(count))?;
    let used = blocks.iter().filter(|&&state| state != state::FREE).count();
    let first = mem.get(AT, root::FIRST_BLOCK);
    let top = u64::from(first) + u64::from(count);
    let most = mem.get(AT, root::MAX_BLOCKS) as usize;
    if top > u64::from(mem.get(AT, root::END_BLOCK)) || used > most {
        return Err(SnapshotError::TooLarge);
    }
    if used != mem.get(AT, root::USED_BLOCKS) as usize
        || top != u64::from(mem.get(AT, root::TOP_BLOCK))
    {
        return Err(Flaw::new("blocks that are counted wrongly", AT).into());
    }
    let [(states, _), (lines, _), (bits, _)] = side_tables(mem);
    mem.bytes_mut(states, count).copy_from_slice(blocks);
    let states = blocks;
    for (block, &state) in (0..).zip(states) {
        if state::kind(state) == state::SMALL {
            let marks = input.bytes(u64::from(LINES_PER_BLOCK))?;
            let at = lines + block * LINES_PER_BLOCK;
            mem.bytes_mut(at, LINES_PER_BLOCK).copy_from_slice(marks);
        }
    }
    if mem.get(AT, root::PHASE) != phase::IDLE {
        for (block, &state) in (0..).zip(states) {
            if state != state::FREE {
                let marks = input.bytes(u64::from(MARKS_PER_BLOCK))?;
                let at = bits + block * MARKS_PER_BLOCK;
                mem.bytes_mut(at, MARKS_PER_BLOCK).copy_from_slice(marks);
            }
        }
    }
    place_content(mem, input, states)
}

fn place_content(
    mem: &mut Mem<'_>,
    input: &mut Reader<'_>,
    states: &[u8],
) -> Result<(), SnapshotError> {
    const WORDS: usize = (BLOCK / GRANULE / 64) as usize;
    let (begin, size) = used_blocks(mem);
    let mut content = Granules::new(begin, size);
    for (words, &state) in content.words_mut().chunks_mut(WORDS).zip(states) {
        if state != state::FREE {
            for word in words {
                *word = input.u64()?;
            }
        }
    }
    let mut bytes = input.bytes(content.count() * u64::from(GRANULE))?;
    let placed = content.runs(|at, len| {
        let Some((run, rest)) = bytes.split_at_checked(len as usize) else {
            return false;
        };
        bytes = rest;
        put(mem, at, run);
        true
    });
    match placed {
        true => Ok(()),
        false => Err(SnapshotError::Length),
    }
}

/// Bytes of a page of most systems.
const PAGE: u32 = 4096;

/// Writes bytes, page by page, but for pages that have them already. A guest begins with the libraries of all others,
/// and so does the place that it is put in, whose pages take memory and time when they are first written to.
fn put(mem: &mut Mem<'_>, at: u32, bytes: &[u8]) {
    let (mut at, mut rest) = (at, bytes);
    while !rest.is_empty() {
        let room = (PAGE - at % PAGE) as usize;
        let (piece, next) = rest.split_at(room.min(rest.len()));
        let len = piece.len() as u32;
        if mem.bytes(at, len) != piece {
            mem.bytes_mut(at, len).copy_from_slice(piece);
        }
        (at, rest) = (at.wrapping_add(len), next);
    }
}

/// Makes what follows from the rest, and looks whether all is well formed.
fn settle(mem: &mut Mem<'_>, names: Option<&[Result<u32, String>]>) -> Result<(), SnapshotError> {
    mem.set(root::EMPTY_NODE, node::KEY, Value::NIL.0);
    mem.set(root::EMPTY_NODE, node::VALUE, Value::NIL.0);
    stubs::install(mem);
    check::root(mem)?;
    let mut walk = Walk::new(mem, true);
    walk.all()?;
    let protos = std::mem::take(&mut walk.protos);
    let natives = std::mem::take(&mut walk.natives);
    let slack = std::mem::take(&mut walk.slack);
    check::lists(&walk)?;
    check::growth(&walk)?;
    let threads = std::mem::take(&mut walk.threads);
    for (from, to) in slack {
        mem.bytes_mut(from, to - from).fill(0xff);
    }
    if mem.get(AT, root::GROWING) != 0 && !growth::redo(mem) {
        return Err(Flaw::new("a table that cannot grow so", AT).into());
    }
    check::rings(mem)?;
    number_natives(mem, &natives, names)?;
    let functions = crate::load::renew::renew(mem, &protos)?;
    frames::check(mem, &threads, &functions)?;
    check_credit(mem);
    let running = mem.get(AT, root::THREAD);
    let stacks = threads::Stacks::of(mem, running);
    let limit = crate::exec::depth::frame_limit(mem, Thread(running));
    mem.set(AT, root::FRAME_LIMIT, limit);
    mem.set(
        AT,
        root::STACK_LIMIT,
        stacks.stack_end - crate::exec::frame::MARGIN,
    );
    mem.set(AT, root::NATIVES, mem.host().natives.len() as u32);
    Ok(())
}

/// Units of credit that nobody asks about: a native that goes on with a step has paid for some of it.
const FREE: i64 = 1 << 20;

/// What a native is said to have paid is believed up to a point; the rest becomes a debt. For a chunk that something has come of
/// there is nothing more to do.
fn check_credit(mem: &mut Mem<'_>) {
    let for_chunk = match Verdict::of(mem) {
        Some(Verdict::None) => mem.get(AT, root::LOAD_PAID),
        _ => 0,
    };
    let paid = (mem.get(AT, root::PAID) + for_chunk) as i64;
    let debt = mem.get(AT, root::FUEL).min((FREE - paid).min(0) * 8);
    let left = lease(mem, debt);
    mem.set(AT, root::FUEL, left);
}

/// Gives native closures the numbers and entries that their natives have in this host.
fn number_natives(
    mem: &mut Mem<'_>,
    natives: &[u32],
    names: Option<&[Result<u32, String>]>,
) -> Result<(), SnapshotError> {
    for &at in natives {
        let number = mem.get(at, NativeClosure::NATIVE);
        let number = match names.map(|names| names.get(number as usize)) {
            None => number,
            Some(Some(Ok(number))) => *number,
            Some(Some(Err(name))) => return Err(SnapshotError::MissingNative(name.clone())),
            Some(None) => u32::MAX,
        };
        let Some(calling) = mem.host().natives.get(number as usize).map(|n| n.calling) else {
            return Err(Flaw::new("a native of no number", at).into());
        };
        let entry = stubs::entry_of(calling);
        let is_so = mem.get(at, NativeClosure::NATIVE) == number
            && mem.get(at, NativeClosure::ENTRY) == entry;
        if !is_so {
            mem.set(at, NativeClosure::NATIVE, number);
            mem.set(at, NativeClosure::ENTRY, entry);
        }
    }
    Ok(())
}
