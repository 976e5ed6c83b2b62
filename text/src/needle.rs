//! Search for plain text so long that looking at it once takes a while. By the two-way algorithm (Crochemore and Perrin,
//! "Two-way string-matching", Journal of the ACM 38, 1991), because its state is a few numbers wherever it stops, and
//! neither what it prepares nor what it searches takes more than a fixed time for a byte. Short text is in `find`.

/// Bytes for a unit.
const BYTES_OF_UNIT: u64 = 16;

/// Most bytes that are looked at between looks at the budget.
const TURN: usize = 1024;

/// What is being done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// Finding the largest suffix, or the smallest, of the needle.
    Largest,
    Smallest,
    /// Finding out whether the needle repeats itself.
    Repeats,
    /// Comparing what is behind the cut, to the right.
    Right,
    /// Comparing what is before the cut, to the left.
    Left,
}

const PHASES: [Phase; 5] = [
    Phase::Largest,
    Phase::Smallest,
    Phase::Repeats,
    Phase::Right,
    Phase::Left,
];

/// A walk through the needle that finds its largest suffix by an order of bytes.
#[derive(Clone, Copy, Debug)]
struct Suffix {
    /// Where the largest suffix begins of what has been seen.
    start: usize,
    /// Where the one begins that is compared with it, and which of their bytes is next, counted from 1.
    other: usize,
    next: usize,
    /// The period of the largest one.
    period: usize,
}

impl Suffix {
    const FIRST: Suffix = Suffix {
        start: 0,
        other: 1,
        next: 1,
        period: 1,
    };

    /// Looks at one byte more; tells whether there was one.
    #[inline(always)]
    fn look(&mut self, needle: &[u8], is_before: impl Fn(u8, u8) -> bool) -> bool {
        let at = |begin: usize| needle.get(begin + self.next - 1).copied();
        let (Some(new), Some(old)) = (at(self.other), at(self.start)) else {
            return false;
        };
        if is_before(new, old) {
            self.other += self.next;
            self.next = 1;
            self.period = self.other - self.start;
        } else if new != old {
            *self = Suffix {
                start: self.other,
                other: self.other + 1,
                ..Suffix::FIRST
            };
        } else if self.next == self.period {
            self.other += self.period;
            self.next = 1;
        } else {
            self.next += 1;
        }
        true
    }
}

/// A search for a long needle that stops when its budget is spent and goes on later. What it spends in all does not depend
/// on where it has stopped.
///
/// ```
/// use bvm_text::LongNeedle;
///
/// let (hay, needle) = ("ab".repeat(9_000) + "c", "ab".repeat(5_000) + "c");
/// let mut search = LongNeedle::new(0);
/// let found = loop {
///     if let Some(found) = search.run(hay.as_bytes(), needle.as_bytes(), 100) {
///         break found;
///     }
///     search = LongNeedle::restore(&search.save()).unwrap_or(search);
/// };
/// assert_eq!(found, Some(8_000));
/// ```
#[derive(Clone, Debug)]
pub struct LongNeedle {
    phase: Phase,
    /// Bytes that have been looked at.
    seen: u64,
    suffix: Suffix,
    /// Where the needle is cut in two, and how far it moves when what is before the cut differs.
    cut: usize,
    period: usize,
    /// Whether it repeats itself with this period: what has matched and matches again when it moves is not compared again.
    repeats: bool,
    /// Bytes at the beginning that are known to match.
    known: usize,
    /// The place in the text that is tried, and the byte of the needle that is next there.
    place: usize,
    index: usize,
}

impl LongNeedle {
    /// A search from byte `from` of a text on.
    #[must_use]
    pub fn new(from: usize) -> Self {
        Self {
            phase: Phase::Largest,
            seen: 0,
            suffix: Suffix::FIRST,
            cut: 0,
            period: 1,
            repeats: false,
            known: 0,
            place: from,
            index: 0,
        }
    }

    /// Goes on, with the same text and needle each time, until it has spent `budget` units more, or a few more than that
    /// (at most a turn's): the place where the needle is first found, `Some(None)` when it is nowhere, and `None` when the
    /// budget does not suffice.
    pub fn run(&mut self, hay: &[u8], needle: &[u8], budget: u64) -> Option<Option<usize>> {
        let most = self.spent().saturating_add(budget);
        while self.spent() < most {
            let end = self.turn(hay, needle);
            if end.is_some() {
                return end;
            }
        }
        None
    }

    /// The units that it has spent so far.
    #[must_use]
    pub fn spent(&self) -> u64 {
        self.seen / BYTES_OF_UNIT
    }

    /// Does at most a turn's work.
    fn turn(&mut self, hay: &[u8], needle: &[u8]) -> Option<Option<usize>> {
        // That needs no preparation.
        if self.place + needle.len() > hay.len() {
            return Some(None);
        }
        match self.phase {
            Phase::Largest => self.cut_needle(needle, |new, old| new < old),
            Phase::Smallest => self.cut_needle(needle, |new, old| new > old),
            Phase::Repeats => self.compare_periods(needle),
            Phase::Right => self.compare_right(hay, needle),
            Phase::Left => return self.compare_left(hay, needle),
        }
        None
    }

    #[inline(always)]
    fn cut_needle(&mut self, needle: &[u8], is_before: impl Fn(u8, u8) -> bool) {
        let mut suffix = self.suffix;
        let count = (0..TURN).take_while(|_| suffix.look(needle, &is_before));
        let count = count.count();
        self.suffix = suffix;
        self.seen += count as u64 + 1;
        if count == TURN {
            return;
        }
        self.suffix = Suffix::FIRST;
        if self.phase == Phase::Largest {
            self.phase = Phase::Smallest;
            (self.cut, self.period) = (suffix.start, suffix.period);
        } else {
            self.phase = Phase::Repeats;
            if suffix.start > self.cut {
                (self.cut, self.period) = (suffix.start, suffix.period);
            }
        }
    }

    /// Whether what is before the cut comes again a period later.
    fn compare_periods(&mut self, needle: &[u8]) {
        let rest = self.cut.saturating_sub(self.index);
        let part = |from: usize| needle.get(from..from + rest.min(TURN));
        let is_equal = part(self.index) == part(self.index + self.period);
        self.seen += rest.min(TURN) as u64 + 1;
        if is_equal && rest > TURN {
            self.index += TURN;
            return;
        }
        self.repeats = is_equal;
        if !is_equal {
            self.period = self.cut.max(needle.len().saturating_sub(self.cut)) + 1;
        }
        self.phase = Phase::Right;
        self.index = self.cut;
    }

    fn compare_right(&mut self, hay: &[u8], needle: &[u8]) {
        if self.index == self.cut && self.known <= self.cut {
            self.skip(hay, needle);
        }
        let there = hay.get(self.place..).and_then(|at| at.get(..needle.len()));
        // Skipped places may have been the last ones.
        let Some(there) = there else {
            return;
        };
        let (equal, differs) = equal_bytes(there, needle, self.index);
        self.seen += equal as u64 + 1;
        self.index += equal;
        if differs {
            self.go_to(self.place + self.index.saturating_sub(self.cut) + 1, 0);
        } else if self.index >= needle.len() {
            self.phase = Phase::Left;
            self.index = self.cut;
        }
    }

    /// Skips places where the first byte behind the cut is another one.
    fn skip(&mut self, hay: &[u8], needle: &[u8]) {
        let Some(&first) = needle.get(self.cut) else {
            return;
        };
        let places = (hay.len() + 1).saturating_sub(self.place + needle.len());
        let rest = hay.get(self.place + self.cut..).unwrap_or_default();
        let rest = rest.get(..places.min(TURN)).unwrap_or_default();
        let gap = memchr::memchr(first, rest).unwrap_or(rest.len());
        self.seen += gap as u64;
        if gap > 0 {
            self.go_to(self.place + gap, 0);
        }
    }

    fn compare_left(&mut self, hay: &[u8], needle: &[u8]) -> Option<Option<usize>> {
        let there = hay.get(self.place..).unwrap_or_default();
        let from = self.known.max(self.index.saturating_sub(TURN));
        let bytes = from..self.index.max(from);
        self.seen += bytes.len() as u64 + 1;
        let is_equal = there.get(bytes.clone()) == needle.get(bytes);
        if is_equal && from > self.known {
            self.index = from;
            return None;
        }
        if is_equal {
            return Some(Some(self.place));
        }
        let known = match self.repeats {
            true => needle.len().saturating_sub(self.period),
            false => 0,
        };
        self.phase = Phase::Right;
        self.go_to(self.place + self.period, known);
        None
    }

    /// Goes on at a place where `known` bytes are known to match.
    fn go_to(&mut self, place: usize, known: usize) {
        (self.place, self.known) = (place, known);
        self.index = self.cut.max(known);
    }

    /// The whole state as bytes, little-endian 64-bit words; text and needle are not among them.
    #[must_use]
    pub fn save(&self) -> Vec<u8> {
        let phase = PHASES.iter().position(|&phase| phase == self.phase);
        let sizes = [
            phase.unwrap_or_default(),
            usize::from(self.repeats),
            self.suffix.start,
            self.suffix.other,
            self.suffix.next,
            self.suffix.period,
            self.cut,
            self.period,
            self.known,
            self.place,
            self.index,
        ];
        let words = sizes.map(|size| size as u64).into_iter();
        let words = words.chain([self.seen]);
        words.flat_map(u64::to_le_bytes).collect()
    }

    /// The search that [`LongNeedle::save`] stored; `None` when the bytes are no such state. One that was made up finds
    /// something else, or nothing, and does not run longer than it is paid for.
    #[must_use]
    pub fn restore(bytes: &[u8]) -> Option<Self> {
        let (words, rest) = bytes.as_chunks::<8>();
        let words: [u64; 12] = words
            .iter()
            .map(|&word| u64::from_le_bytes(word))
            .collect::<Vec<_>>()
            .try_into()
            .ok()?;
        let [sizes @ .., seen] = words;
        // Strings are shorter, and sums of such numbers do not overflow.
        let is_small = |size: &u64| u32::try_from(*size).is_ok();
        if !rest.is_empty() || !sizes.iter().all(is_small) || seen > u64::MAX / 2 {
            return None;
        }
        let [phase, repeats, sizes @ ..] = sizes.map(|size| size as usize);
        let [
            start,
            other,
            next,
            suffix_period,
            cut,
            period,
            known,
            place,
            index,
        ] = sizes;
        // What begins at no byte, or moves by none, would be walked for ever.
        (next > 0 && suffix_period > 0 && period > 0 && start < other).then_some(())?;
        Some(Self {
            phase: *PHASES.get(phase)?,
            seen,
            suffix: Suffix {
                start,
                other,
                next,
                period: suffix_period,
            },
            cut,
            period,
            repeats: repeats != 0,
            known,
            place,
            index,
        })
    }
}

/// How many bytes from `from` on are the same in two texts of one length, at most a turn of them, and whether the next one
/// differs.
fn equal_bytes(a: &[u8], b: &[u8], from: usize) -> (usize, bool) {
    const BLOCK: usize = 64;
    fn part(bytes: &[u8], from: usize) -> &[u8] {
        let rest = bytes.get(from..).unwrap_or_default();
        rest.get(..TURN).unwrap_or(rest)
    }
    let (a, b) = (part(a, from), part(b, from));
    let blocks = a.chunks(BLOCK).zip(b.chunks(BLOCK));
    let begin = blocks.take_while(|(a, b)| a == b).count() * BLOCK;
    let rest = a.iter().zip(b).skip(begin);
    let equal = begin.min(a.len()) + rest.take_while(|(a, b)| a == b).count();
    (equal, equal < a.len())
}
