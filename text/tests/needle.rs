//! The search for long plain text finds what a search byte by byte finds, spends the same however it is sliced and saved,
//! and takes a time that grows with the text and not with its square.

use bvm_text::LongNeedle;
use proptest::prelude::*;

/// Where a needle is found, byte by byte.
fn naive(hay: &[u8], needle: &[u8], from: usize) -> Option<usize> {
    let places = from..=hay.len().checked_sub(needle.len())?;
    places
        .into_iter()
        .find(|&at| hay.get(at..).is_some_and(|rest| rest.starts_with(needle)))
}

/// What is found and spent in slices.
fn sliced(hay: &[u8], needle: &[u8], from: usize, slice: u64) -> (Option<usize>, u64) {
    let mut search = LongNeedle::new(from);
    loop {
        if let Some(found) = search.run(hay, needle, slice) {
            return (found, search.spent());
        }
        search = LongNeedle::restore(&search.save()).expect("it was saved");
    }
}

/// Texts that repeat themselves, with some bytes changed.
fn repeated(most: usize) -> impl Strategy<Value = Vec<u8>> {
    let part = prop::collection::vec(b'a'..=b'c', 1..9);
    let changes = prop::collection::vec((0..most, b'a'..=b'c'), 0..3);
    (part, 1..most, changes).prop_map(|(part, len, changes)| {
        let mut text: Vec<u8> = part.iter().copied().cycle().take(len).collect();
        for (at, byte) in changes {
            if let Some(place) = text.get_mut(at) {
                *place = byte;
            }
        }
        text
    })
}

#[test]
fn what_does_not_fit_is_not_prepared() {
    let (hay, needle) = ([b'a'; 5000], [b'a'; 5001]);
    assert_eq!(sliced(&hay, &needle, 0, u64::MAX), (None, 0));
    assert_eq!(sliced(&hay, &needle[..5000], 1, u64::MAX), (None, 0));
    assert_eq!(sliced(&hay, &needle[..5000], 0, u64::MAX).0, Some(0));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn what_is_found_is_first(
        hay in repeated(4000),
        needle in repeated(1500),
        cut in any::<prop::sample::Index>(),
        from in 0usize..50,
        slice in 1u64..200,
    ) {
        let part = hay.get(cut.index(hay.len())..).unwrap_or_default();
        let part = part.get(..needle.len()).unwrap_or(part);
        for needle in [&needle, part] {
            let whole = sliced(&hay, needle, from, u64::MAX);
            prop_assert_eq!(whole.0, naive(&hay, needle, from));
            prop_assert_eq!(sliced(&hay, needle, from, slice), whole);
            prop_assert_eq!(sliced(&hay, needle, from, 1), whole);
            let most = 3 * needle.len() + 3 * hay.len() + 100;
            prop_assert!(whole.1 <= most as u64 / 16, "{} units", whole.1);
        }
    }

    #[test]
    fn made_up_states_end(
        words in prop::collection::vec(0u64..3000, 12),
        hay in repeated(3000),
        needle in repeated(1500),
    ) {
        let bytes: Vec<u8> = words.into_iter().flat_map(u64::to_le_bytes).collect();
        if let Some(mut search) = LongNeedle::restore(&bytes) {
            search.run(&hay, &needle, 10_000);
        }
    }
}
