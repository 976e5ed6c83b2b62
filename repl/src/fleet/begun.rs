//! Lines of guests, put together from what they write at once. Must not know how they are shown.

use bvm::Id;
use std::collections::BTreeMap;

/// Most bytes of a line. A guest need not end its lines, so a longer one is shown in pieces, each as a line.
const LONGEST: usize = 1 << 16;

/// Beginnings of lines that guests have not ended yet, with their names.
#[derive(Debug, Default)]
pub struct Begun {
    lines: BTreeMap<Id, (String, Vec<u8>)>,
}

impl Begun {
    /// Takes what a guest has written, and shows the lines that are whole.
    pub fn add(&mut self, guest: Id, name: &str, bytes: &[u8], mut show: impl FnMut(&[u8])) {
        let new = || (name.to_owned(), Vec::new());
        let (_, begun) = self.lines.entry(guest).or_insert_with(new);
        let mut rest = bytes;
        while let Some(end) = memchr::memchr(b'\n', rest) {
            let (line, behind) = rest.split_at(end);
            extend(begun, line, &mut show);
            show(begun);
            begun.clear();
            rest = behind.get(1..).unwrap_or_default();
        }
        extend(begun, rest, &mut show);
        if begun.is_empty() {
            self.lines.remove(&guest);
        }
    }

    /// Takes what a guest has begun that has ended, if there is something.
    pub fn finish(&mut self, guest: Id) -> Option<Vec<u8>> {
        self.lines.remove(&guest).map(|(_, line)| line)
    }

    /// Takes what all guests have begun, with their names.
    pub fn finish_all(&mut self) -> impl Iterator<Item = (String, Vec<u8>)> {
        std::mem::take(&mut self.lines).into_values()
    }
}

/// Adds to a line that has not ended, and shows as much of it as is too long.
fn extend(begun: &mut Vec<u8>, bytes: &[u8], show: &mut impl FnMut(&[u8])) {
    let mut rest = bytes;
    while let Some((piece, behind)) = rest.split_at_checked(LONGEST - begun.len())
        && !behind.is_empty()
    {
        begun.extend_from_slice(piece);
        show(begun);
        begun.clear();
        rest = behind;
    }
    begun.extend_from_slice(rest);
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The lines that are shown of pieces, and what is left.
    fn shown(pieces: &[&[u8]]) -> (Vec<Vec<u8>>, Option<Vec<u8>>) {
        let (mut begun, mut lines) = (Begun::default(), Vec::new());
        let guest = bvm::Supervisor::builder().threads(0).build();
        let guest = guest.create(bvm::Plan::source("", "=x")).expect("a place");
        for piece in pieces {
            begun.add(guest, "x", piece, |line| lines.push(line.to_vec()));
        }
        (lines, begun.finish(guest))
    }

    #[test]
    fn pieces_become_lines() {
        let (lines, rest) = shown(&[b"a", b"b\n\nc", b"d\ne"]);
        assert_eq!(lines, [b"ab".to_vec(), b"".to_vec(), b"cd".to_vec()]);
        assert_eq!(rest, Some(b"e".to_vec()));
        assert_eq!(shown(&[b"a\n"]), (vec![b"a".to_vec()], None));
    }

    #[test]
    fn lines_that_are_too_long_are_cut() {
        let whole = vec![b'x'; LONGEST];
        let (lines, rest) = shown(&[&whole, b"\n", &whole, b"y", b"z\n"]);
        assert_eq!(lines, [whole.clone(), whole.clone(), b"yz".to_vec()]);
        assert_eq!(rest, None);
        let long = vec![b'x'; 3 * LONGEST + 1];
        let (lines, rest) = shown(&[b"a", &long]);
        assert_eq!(lines.len(), 3);
        assert!(lines.iter().all(|line| line.len() == LONGEST));
        assert_eq!(rest, Some(b"xx".to_vec()));
    }
}
