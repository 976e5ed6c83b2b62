//! What patterns match, what they report, and that neither slicing nor saving changes it.

use bvm_text::{Capture, Caret, Matcher, Outcome, PatternError, Syntax, find_plain, first_special};
use proptest::prelude::*;

const PLENTY: u64 = 1 << 40;

fn run(src: &[u8], pattern: &[u8]) -> (Outcome, Vec<Capture>) {
    let mut matcher = Matcher::start(src.len(), pattern.len(), 0, Caret::Anchors, Syntax::Lua51);
    let outcome = matcher.run(src, pattern, &mut PLENTY.clone());
    (outcome, matcher.captures().to_vec())
}

fn saved(matcher: &Matcher) -> Vec<u8> {
    let mut image = Vec::new();
    matcher.save(&mut image);
    image
}

fn matched(src: &str, pattern: &str) -> Option<(usize, usize)> {
    match run(src.as_bytes(), pattern.as_bytes()).0 {
        Outcome::Match { start, end } => Some((start, end)),
        _ => None,
    }
}

fn error(pattern: &str) -> String {
    match run(b"aaa", pattern.as_bytes()).0 {
        Outcome::Error(error) => error.to_string(),
        other => format!("{other:?}"),
    }
}

#[test]
fn items_match_what_they_should() {
    let cases = [
        ("hello world", "o w", Some((4, 7))),
        ("hello", "l+", Some((2, 4))),
        ("hello", "^l+", None),
        ("key = val", "%s*=%s*", Some((3, 6))),
        ("  x  ", "^%s*(.-)%s*$", Some((0, 5))),
        ("a.b", "%.", Some((1, 2))),
        ("f(a(b)c)d", "%b()", Some((1, 8))),
        ("THE (quick) fox", "%f[%a]%a+%f[%A]", Some((0, 3))),
        ("abcabc", "(abc)%1", Some((0, 6))),
        ("", "", Some((0, 0))),
        ("x]y", "[]]", Some((1, 2))),
        ("a-b", "[a-]+", Some((0, 2))),
        ("cost: $5", "$5", Some((6, 8))),
        ("aXb", "%u", Some((1, 2))),
        ("a\0b", "%z", Some((1, 2))),
        ("abc", "[^a]+$", Some((1, 3))),
        ("aaa", "a-b", None),
        ("aab", "a-b", Some((0, 3))),
        ("aab", "a?ab", Some((0, 3))),
    ];
    for (src, pattern, expected) in cases {
        assert_eq!(matched(src, pattern), expected, "{src:?} {pattern:?}");
    }
}

#[test]
fn captures_come_in_order_of_their_parentheses() {
    let (outcome, captures) = run(b"k=v", b"((%w)=()(%w))");
    assert_eq!(outcome, Outcome::Match { start: 0, end: 3 });
    let expected = [
        Capture::Span(0, 3),
        Capture::Span(0, 1),
        Capture::Position(2),
        Capture::Span(2, 3),
    ];
    assert_eq!(captures, expected);
    assert_eq!(run(b"a", b"(a").1, [Capture::Unfinished(0)]);
}

#[test]
fn malformed_patterns_say_why() {
    assert_eq!(error("%"), "malformed pattern (ends with '%')");
    assert_eq!(error("[a"), "malformed pattern (missing ']')");
    assert_eq!(error("[a%"), "malformed pattern (missing ']')");
    assert_eq!(error("%bx"), "unbalanced pattern");
    assert_eq!(error("%fa"), "missing '[' after '%f' in pattern");
    assert_eq!(error("a)"), "invalid pattern capture");
    assert_eq!(error("(a%1)"), "invalid capture index");
    assert_eq!(error("%0"), "invalid capture index");
    assert_eq!(error(&"()".repeat(33)), "too many captures");
    // An error that matching does not reach is not one.
    assert_eq!(error("b%"), "NoMatch");
}

#[test]
fn an_exponential_pattern_costs_its_budget_and_no_stack() {
    let (src, pattern) = ("a".repeat(3_000), ".-".repeat(20) + "b");
    let mut matcher = Matcher::start(src.len(), pattern.len(), 0, Caret::Anchors, Syntax::Lua51);
    let mut budget = 100_000;
    let outcome = matcher.run(src.as_bytes(), pattern.as_bytes(), &mut budget);
    assert_eq!((outcome, budget), (Outcome::OutOfBudget, 0));
}

#[test]
fn a_pattern_of_a_hundred_thousand_items_matches() {
    let (src, pattern) = ("a".repeat(100_000), "a?".repeat(100_000));
    assert_eq!(matched(&src, &pattern), Some((0, 100_000)));
    let pattern = "a?".repeat(140_000);
    let outcome = run(src.as_bytes(), pattern.as_bytes()).0;
    assert_eq!(outcome, Outcome::Error(PatternError::TooComplex));
}

#[test]
fn a_matcher_can_be_used_again() {
    let (src, pattern) = (b"one two", b"%a+");
    let mut matcher = Matcher::start(src.len(), pattern.len(), 0, Caret::Literal, Syntax::Lua51);
    let mut budget = PLENTY;
    let first = matcher.run(src, pattern, &mut budget);
    assert_eq!(first, Outcome::Match { start: 0, end: 3 });
    matcher.again(3);
    let second = matcher.run(src, pattern, &mut budget);
    assert_eq!(second, Outcome::Match { start: 4, end: 7 });
    matcher.reset(2, 2, 0, Caret::Literal, Syntax::Lua51);
    let other = matcher.run(b"^x", b"^x", &mut budget);
    assert_eq!(other, Outcome::Match { start: 0, end: 2 });
}

/// A known pattern is matched in a quicker way, which gives up where the budget ends.
#[test]
fn what_is_not_paid_for_is_not_looked_at() {
    let src = vec![b'('; 1 << 20];
    for pattern in [&b"^(%(*)*$"[..], b"%b()", b"b", b"[^(]"] {
        let (len, syntax) = (src.len(), Syntax::Lua51);
        let mut matcher = Matcher::start(8, pattern.len(), 0, Caret::Anchors, syntax);
        assert_eq!(
            matcher.run(b"()()()()", pattern, &mut PLENTY.clone()),
            run(b"()()()()", pattern).0
        );
        let began = std::time::Instant::now();
        // Looking at all of the subject each time would take minutes.
        for _ in 0..20_000 {
            matcher.reset(len, pattern.len(), 0, Caret::Anchors, syntax);
            assert_eq!(matcher.run(&src, pattern, &mut 4), Outcome::OutOfBudget);
        }
        assert!(
            began.elapsed() < std::time::Duration::from_secs(5),
            "{pattern:?}"
        );
    }
}

/// What has been read of a long pattern is in the image.
#[test]
fn a_restored_match_does_not_read_its_pattern_again() {
    let pattern = [&b"["[..], &b"ab".repeat(1 << 20), b"]"].concat();
    let mut matcher = Matcher::start(1, pattern.len(), 0, Caret::Anchors, Syntax::Lua51);
    // All of it is read once, and some of it twice.
    let outcome = matcher.run(b"c", &pattern, &mut 400_000);
    assert_eq!(outcome, Outcome::OutOfBudget);
    let image = saved(&matcher);
    assert!(image.len() < 1000);
    let began = std::time::Instant::now();
    // Reading what it has read each time would take half a minute.
    for _ in 0..10_000 {
        let mut matcher = Matcher::restore(image.clone(), 0).expect("an image just saved");
        assert_eq!(matcher.run(b"c", &pattern, &mut 4), Outcome::OutOfBudget);
    }
    assert!(began.elapsed() < std::time::Duration::from_secs(5));
}

#[test]
fn the_syntax_says_what_zero_bytes_and_percent_g_are() {
    let matched = |src: &[u8], pattern: &[u8], syntax| {
        let mut matcher = Matcher::start(src.len(), pattern.len(), 0, Caret::Anchors, syntax);
        let mut budget = 0;
        // A pause after each unit, so that the syntax must be in the image.
        loop {
            budget += 1;
            match matcher.run(src, pattern, &mut budget) {
                Outcome::OutOfBudget => {}
                Outcome::Match { start, end } => return Some((start, end)),
                _ => return None,
            }
            matcher = Matcher::restore(saved(&matcher), 0).unwrap_or_default();
        }
    };
    let both = |src: &[u8], pattern: &[u8]| {
        [Syntax::Lua51, Syntax::Extended].map(|syntax| matched(src, pattern, syntax))
    };
    assert_eq!(both(b"xa\0bg", b"a\0b"), [Some((1, 2)), Some((1, 4))]);
    assert_eq!(both(b"a\0b\0\0", b"[\0]+$"), [None, Some((3, 5))]);
    assert_eq!(both(b"a\0b\x01", b"%b\0\x01"), [None, Some((1, 4))]);
    assert_eq!(both(b" a g", b"%g"), [Some((3, 4)), Some((1, 2))]);
    assert_eq!(both(b"a \0G", b"[%G]+"), [Some((3, 4)), Some((1, 3))]);
    assert_eq!(first_special(b"a\0%", Syntax::Extended), Some(2));
}

#[test]
fn plain_patterns_are_known() {
    assert_eq!(first_special(b"a)b]", Syntax::Lua51), None);
    assert_eq!(first_special(b"a\0%", Syntax::Lua51), None);
    assert_eq!(first_special(b"a.b", Syntax::Lua51), Some(1));
    assert_eq!(find_plain(b"abcabc", b"ca", 0), Some(2));
    assert_eq!(find_plain(b"abcabc", b"abc", 1), Some(3));
    assert_eq!(find_plain(b"abc", b"", 3), Some(3));
    assert_eq!(find_plain(b"abc", b"", 4), None);
}

fn atom() -> impl Strategy<Value = Vec<u8>> {
    let atoms: Vec<&[u8]> = vec![
        b"a",
        b"b",
        b"ab",
        b"abcabcab",
        b".",
        b"%a",
        b"%W",
        b"[ab]",
        b"[^a]",
        b"[a-c%d]",
        b"(",
        b")",
        b"()",
        b"(a)",
        b"(.-)",
        b"%1",
        b"%2",
        b"%bab",
        b"%f[a]",
        b"$",
        b"%",
        b"[",
        b"^",
    ];
    let quantifiers: Vec<&[u8]> = vec![b"", b"", b"*", b"+", b"-", b"?"];
    let pair = (
        prop::sample::select(atoms),
        prop::sample::select(quantifiers),
    );
    pair.prop_map(|(atom, quantifier)| [atom, quantifier].concat())
}

fn pattern() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        8 => prop::collection::vec(atom(), 0..8).prop_map(|atoms| atoms.concat()),
        1 => prop::collection::vec(any::<u8>(), 0..12),
        1 => (0usize..2000).prop_map(|count| [b"[".to_vec(), b"%a-z".repeat(count), b"]+".to_vec()].concat()),
    ]
}

fn subject() -> impl Strategy<Value = Vec<u8>> {
    let letter = prop::sample::select(b"aaaabbc1 \0".to_vec());
    prop_oneof![
        4 => prop::collection::vec(letter.clone(), 0..40),
        1 => prop::collection::vec(letter, 100..400),
        1 => (0usize..3000).prop_map(|count| b"a".repeat(count)),
    ]
}

/// Patterns that are not read again after a restore, with many choices and long sets.
fn long_pattern() -> impl Strategy<Value = Vec<u8>> {
    let set = prop::collection::vec(prop::sample::select(&b"abc%-]^"[..]), 1..700);
    let set = set.prop_map(|set| [&b"["[..], &set, b"a]?"].concat());
    let item = prop::sample::select(vec![
        "a?", "b?", "a-", "b*", ".?", "%a?", "(", ")", "()", "%1", "$", "[ab]?", "[^b]*", "%f[a]",
        "%bab", "ab",
    ]);
    let item = item.prop_map(|item| item.as_bytes().to_vec());
    let items = prop::collection::vec(prop_oneof![40 => item, 1 => set], 30..60);
    items.prop_map(|items| {
        let mut all = b"a?b?(c?)".repeat(64);
        all.extend(b"[ab].?%a-b?".repeat(10));
        all.extend(items.concat());
        all
    })
}

/// Everything there is to know about a run: outcome, captures and cost.
type Summary = (Outcome, Vec<Capture>, u64);

/// Runs with at most `most` units, `slice` at a time; between slices the matcher is saved and
/// restored if `save` says so.
fn sliced(src: &[u8], pattern: &[u8], slice: u64, save: bool, most: u64) -> Summary {
    let mut matcher = Matcher::start(src.len(), pattern.len(), 0, Caret::Anchors, Syntax::Lua51);
    let mut spent = 0;
    loop {
        let given = slice.min(most - spent);
        let mut budget = given;
        let outcome = matcher.run(src, pattern, &mut budget);
        spent += given - budget;
        if outcome != Outcome::OutOfBudget || spent >= most {
            return (outcome, matcher.captures().to_vec(), spent);
        }
        if save {
            let image = saved(&matcher);
            matcher = Matcher::restore(image.clone(), 0).expect("an image just saved");
            assert_eq!(saved(&matcher), image);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1500))]

    #[test]
    fn slicing_and_saving_change_nothing(src in subject(), pattern in pattern(), slice in 1u64..40) {
        let most = 3_000;
        let whole = sliced(&src, &pattern, most, false, most);
        prop_assert_eq!(&sliced(&src, &pattern, 1, false, most), &whole);
        prop_assert_eq!(&sliced(&src, &pattern, slice, false, most), &whole);
        prop_assert_eq!(&sliced(&src, &pattern, slice, true, most), &whole);
    }

    #[test]
    fn long_patterns_are_sliced_and_saved_like_short_ones(
        src in subject(), pattern in long_pattern(), slice in 1u64..200,
    ) {
        let most = 3_000;
        let whole = sliced(&src, &pattern, most, false, most);
        prop_assert_eq!(&sliced(&src, &pattern, slice, false, most), &whole);
        prop_assert_eq!(&sliced(&src, &pattern, slice, true, most), &whole);
    }

    #[test]
    fn a_known_pattern_costs_what_a_new_one_does(
        patterns in prop::collection::vec(pattern(), 1..4),
        uses in prop::collection::vec((subject(), 0usize..4, 1u64..40), 1..8),
    ) {
        let most = 3_000;
        let mut matcher = Matcher::default();
        for (src, choice, slice) in &uses {
            let pattern = patterns.get(choice % patterns.len()).map_or(&b""[..], Vec::as_slice);
            let (len, syntax) = (src.len(), Syntax::Lua51);
            let mut new = Matcher::start(len, pattern.len(), 0, Caret::Anchors, syntax);
            matcher.reset(len, pattern.len(), 0, Caret::Anchors, syntax);
            let mut spent = 0;
            while spent < most {
                let (mut budget, mut of_new) = (*slice, *slice);
                let outcome = matcher.run(src, pattern, &mut budget);
                prop_assert_eq!(outcome, new.run(src, pattern, &mut of_new));
                prop_assert_eq!(budget, of_new);
                spent += slice;
                if let Outcome::Match { .. } = outcome {
                    prop_assert_eq!(matcher.captures(), new.captures());
                }
                if outcome != Outcome::OutOfBudget {
                    break;
                }
                prop_assert_eq!(saved(&matcher), saved(&new));
            }
        }
    }

    #[test]
    fn all_matches_of_a_known_pattern_cost_the_same(
        src in subject(), pattern in pattern(), slice in 1u64..400,
    ) {
        let (len, syntax) = (src.len(), Syntax::Lua51);
        let all = |matcher: &mut Matcher, slice: u64| {
            let (mut found, mut spent, mut at) = (Vec::new(), 0, 0);
            while found.len() < 20 && at <= len && spent < 1_000 {
                let mut budget = slice;
                let outcome = matcher.run(&src, &pattern, &mut budget);
                spent += slice - budget;
                match outcome {
                    Outcome::OutOfBudget => continue,
                    Outcome::Match { start, end } => {
                        at = end + usize::from(start == end);
                        found.push((outcome, matcher.captures().to_vec(), spent));
                    }
                    _ => {
                        at = len + 1;
                        found.push((outcome, Vec::new(), spent));
                    }
                }
                matcher.again(at);
            }
            found
        };
        let mut matcher = Matcher::start(len, pattern.len(), 0, Caret::Anchors, syntax);
        let first = all(&mut matcher, 1_000);
        for slice in [1_000, slice, 1] {
            matcher.reset(len, pattern.len(), 0, Caret::Anchors, syntax);
            let later = all(&mut matcher, slice);
            let both = first.len().min(later.len());
            prop_assert_eq!(&later[..both], &first[..both]);
        }
    }

    #[test]
    fn forged_images_are_harmless(
        src in subject(), pattern in prop_oneof![pattern(), long_pattern()],
        slice in prop_oneof![1u64..60, 1u64..2_000],
        word in any::<prop::sample::Index>(), second in any::<prop::sample::Index>(),
        value in prop_oneof![0u64..40, any::<u64>(), any::<u8>().prop_map(|kind| u64::from(kind % 16) | 1 << 32)],
    ) {
        let mut matcher = Matcher::start(src.len(), pattern.len(), 0, Caret::Anchors, Syntax::Lua51);
        let _ = matcher.run(&src, &pattern, &mut slice.clone());
        let mut image = saved(&matcher);
        let words = image.len() / 8;
        for word in [word.index(words.min(40)), second.index(words)] {
            if let Some(bytes) = image.get_mut(word * 8..word * 8 + 8) {
                bytes.copy_from_slice(&value.to_le_bytes());
            }
        }
        if let Some(mut forged) = Matcher::restore(image, 0) {
            for _ in 0..20 {
                if let Outcome::Match { start, end } = forged.run(&src, &pattern, &mut 50) {
                    prop_assert!(src.get(start..end).is_some());
                }
                let _ = saved(&forged);
                for capture in forged.captures() {
                    if let Capture::Span(start, end) = *capture {
                        prop_assert!(src.get(start..end).is_some());
                    }
                }
            }
        }
    }

    #[test]
    fn random_bytes_are_no_image(image in prop::collection::vec(any::<u8>(), 0..200)) {
        prop_assert!(Matcher::restore(image, 0).is_none());
    }
}

/// All choices of a long pattern may be given up in a row, so that is paid, too.
#[test]
fn choices_that_are_given_up_are_paid() {
    let cost = |n: usize, end: &str| {
        let (src, pattern) = ("ax".repeat(n) + "z", format!("^{}{end}", "a?x".repeat(n)));
        let (src, pattern) = (src.as_bytes(), pattern.as_bytes());
        let mut matcher =
            Matcher::start(src.len(), pattern.len(), 0, Caret::Anchors, Syntax::Lua51);
        let mut left = PLENTY;
        let outcome = matcher.run(src, pattern, &mut left);
        (outcome, PLENTY - left)
    };
    for n in [10, 64, 1000, 60_000] {
        let (found, all_taken) = cost(n, "");
        let (missed, all_given_up) = cost(n, "$");
        assert!(matches!(found, Outcome::Match { .. }), "{n}: {found:?}");
        assert_eq!(missed, Outcome::NoMatch, "{n}");
        let more = n.saturating_sub(64) as u64 / 4;
        assert_eq!(all_given_up, all_taken + more, "{n}");
    }
}
