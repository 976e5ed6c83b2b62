//! Lines: for each word of a function, the source line that it comes from. Must not know how they are found.
//!
//! Each takes as many bytes as the farthest from the function's first line needs, which is one for most functions.

use crate::host::Mem;
use crate::objects::Proto;

/// How far the farthest of these lines is from line `first`, at which the function begins.
pub fn farthest(first: u32, lines: &[u32]) -> u32 {
    let behind = lines.iter().map(|line| line.wrapping_sub(first));
    behind.max().unwrap_or(0)
}

/// Bytes that each line takes when the farthest is so far from the first: 1, 2 or 4.
pub fn width(farthest: u32) -> u32 {
    match farthest {
        0..=0xff => 1,
        0x100..=0xffff => 2,
        _ => 4,
    }
}

/// Whether a function can have lines of so many bytes.
pub fn is_width(width: u32) -> bool {
    [1, 2, 4].contains(&width)
}

/// Where the lines of a function are, and how many bytes.
pub fn part(mem: &Mem<'_>, proto: Proto) -> (u32, u64) {
    let count = u64::from(mem.get(proto.0, Proto::NLINES));
    let width = u64::from(mem.get(proto.0, Proto::LINE_WIDTH));
    (mem.get(proto.0, Proto::LINES), count * width)
}

/// The line of the word at `pc`, when the function has lines.
pub fn get(mem: &Mem<'_>, proto: Proto, pc: u32) -> Option<u32> {
    if pc >= mem.get(proto.0, Proto::NLINES) {
        return None;
    }
    let list = mem.get(proto.0, Proto::LINES);
    let behind = match mem.get(proto.0, Proto::LINE_WIDTH) {
        1 => u32::from(mem.load::<u8>(list.wrapping_add(pc))),
        2 => u32::from(mem.load::<u16>(list.wrapping_add(pc * 2))),
        _ => mem.load(list.wrapping_add(pc.wrapping_mul(4))),
    };
    Some(mem.get(proto.0, Proto::LINE).wrapping_add(behind))
}

/// Writes the lines of the words from `pc` on; the function has its first line and their width.
pub fn write(mem: &mut Mem<'_>, proto: Proto, pc: u32, lines: &[u32]) {
    let first = mem.get(proto.0, Proto::LINE);
    let width = mem.get(proto.0, Proto::LINE_WIDTH);
    let list = mem.get(proto.0, Proto::LINES);
    for (pc, line) in (pc..).zip(lines) {
        let behind = line.wrapping_sub(first);
        match width {
            1 => mem.store(list + pc, behind as u8),
            2 => mem.store(list + pc * 2, behind as u16),
            _ => mem.store(list + pc * 4, behind),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::farthest;

    fn width(first: u32, lines: &[u32]) -> u32 {
        super::width(farthest(first, lines))
    }

    #[test]
    fn lines_take_what_the_farthest_needs() {
        assert_eq!(width(0, &[]), 1);
        assert_eq!(width(1000, &[1000, 1255, 1001]), 1);
        assert_eq!(width(1000, &[1000, 1256]), 2);
        assert_eq!(width(0, &[0xffff]), 2);
        assert_eq!(width(0, &[0x1_0000]), 4);
        // Bytecode made by hand may have lines before the first.
        assert_eq!(width(10, &[9]), 4);
    }
}
