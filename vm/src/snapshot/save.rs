//! From a guest's memory to the bytes of a snapshot.

use super::granules::{GRANULE, Granules};
use super::walk::Walk;
use super::wire::Reader;
use super::{Flaw, SnapshotError, rooms, wire};
use crate::heap::{BLOCK, LINES_PER_BLOCK, MARKS_PER_BLOCK, phase, side_tables, state};
use crate::host::Mem;
use crate::native::Native;
use crate::objects::root::{self, AT};

pub(super) fn save(mem: &Mem<'_>) -> Result<Vec<u8>, SnapshotError> {
    if cfg!(target_endian = "big") {
        return Err(Flaw::new("a machine whose words are the other way round", 0).into());
    }
    let mut walk = Walk::new(mem, false);
    walk.all()?;
    let content = &walk.space.content;
    let room = content.count() * u64::from(GRANULE) + (16 << 10);
    let mut out = Vec::with_capacity(room as usize);
    out.resize(wire::HEADER, 0);
    put_natives(&mut out, &mem.host().natives);
    out.extend_from_slice(&rooms::image(mem));
    put_blocks(mem, &mut out, content);
    put_content(mem, &mut out, content, &walk.blanks);
    wire::put_outside(&mut out, mem.host());
    wire::seal(&mut out);
    Ok(out)
}

/// The names of the natives, by number.
fn put_natives(out: &mut Vec<u8>, natives: &[Native]) {
    out.reserve(8 + 24 * natives.len());
    out.extend_from_slice(&(natives.len() as u32).to_le_bytes());
    let at = out.len();
    out.extend_from_slice(&[0; 4]);
    for native in natives {
        // Names are the library's, and short.
        let name = native.name.as_bytes();
        out.push(name.len().min(255) as u8);
        out.extend_from_slice(name.get(..255).unwrap_or(name));
    }
    let len = (out.len() - at - 4) as u32;
    if let Some(place) = out.get_mut(at..at + 4) {
        place.copy_from_slice(&len.to_le_bytes());
    }
}

/// What follows the names of natives, if they are just these.
pub(super) fn strip_natives<'a>(mut input: Reader<'a>, natives: &[Native]) -> Option<Reader<'a>> {
    if input.u32().ok()? as usize != natives.len() {
        return None;
    }
    let len = input.u32().ok()?;
    let mut names = input.bytes(u64::from(len)).ok()?;
    for native in natives {
        let (&len, rest) = names.split_first()?;
        let (name, rest) = rest.split_at_checked(usize::from(len))?;
        if name != native.name.as_bytes() {
            return None;
        }
        names = rest;
    }
    names.is_empty().then_some(input)
}

/// States of blocks, marks of lines, mark bits, and which granules follow.
fn put_blocks(mem: &Mem<'_>, out: &mut Vec<u8>, content: &Granules) {
    let [(states, count), (lines, _), (marks, _)] = side_tables(mem);
    let states = mem.bytes(states, count);
    out.extend_from_slice(&count.to_le_bytes());
    out.extend_from_slice(states);
    for (block, &state) in (0..).zip(states) {
        if state::kind(state) == state::SMALL {
            out.extend_from_slice(mem.bytes(lines + block * LINES_PER_BLOCK, LINES_PER_BLOCK));
        }
    }
    if mem.get(AT, root::PHASE) != phase::IDLE {
        for (block, &state) in (0..).zip(states) {
            if state != state::FREE {
                out.extend_from_slice(mem.bytes(marks + block * MARKS_PER_BLOCK, MARKS_PER_BLOCK));
            }
        }
    }
    let words = content.words().chunks((BLOCK / GRANULE / 64) as usize);
    for (words, &state) in words.zip(states) {
        if state != state::FREE {
            out.extend(words.iter().flat_map(|word| word.to_le_bytes()));
        }
    }
}

/// The granules, with zeros where nothing means anything.
fn put_content(mem: &Mem<'_>, out: &mut Vec<u8>, content: &Granules, blanks: &[(u32, u32)]) {
    // Where the granules of each word begin.
    let mut begins = Vec::with_capacity(content.words().len());
    let mut at = out.len();
    for word in content.words() {
        begins.push(at);
        at += word.count_ones() as usize * GRANULE as usize;
    }
    content.runs(|at, len| {
        out.extend_from_slice(mem.bytes(at, len));
        true
    });
    for &(blank, len) in blanks {
        let (word, bit) = content.place(blank);
        let Some((&begin, &bits)) = begins.get(word).zip(content.words().get(word)) else {
            continue;
        };
        let before = (bits & !(u64::MAX << bit)).count_ones() * GRANULE;
        let from = begin + (before + blank % GRANULE) as usize;
        if let Some(place) = out.get_mut(from..from + len as usize) {
            place.fill(0);
        }
    }
}
