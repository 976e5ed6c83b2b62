//! A long function looks at its fuel often enough on every way forward, and not more often than it has to.

use bvm_isa::verify::verify;
use bvm_isa::{Op, Word};
use proptest::prelude::*;

/// Units on a way forward without a look, at most: a rest can be put off a little.
const MOST: u32 = 910;

/// Pieces of code without a call.
const PIECES: [&str; 10] = [
    "a = b + c ",
    "x = 1 ",
    "if a then b = c end ",
    "if a == b then c = a else c = b end ",
    "for i = 1, a do b = i end ",
    "while a do a = b break end ",
    "repeat a = a + b until a > c ",
    "a = b and c or a ",
    "a = t[a][b][c] ",
    "a = b * c + a ",
];

/// The words that may be executed after the one at `pc` without a jump back. A jump that a test passes over costs, too.
fn ahead(pc: usize, word: Word) -> Vec<usize> {
    let target = (pc + 1).wrapping_add_signed(word.sbx() as isize);
    match word.op().expect("it is verified") {
        Op::Eq | Op::Lt | Op::Le | Op::Test | Op::TestSet | Op::TForLoop => vec![pc + 1, pc + 2],
        Op::LoadBool if word.c() != 0 => vec![pc + 2],
        Op::Jmp | Op::ForPrep if target > pc => vec![target],
        Op::Jmp | Op::Return => vec![],
        _ => vec![pc + 1],
    }
}

/// The most units on a way forward without a rest, the rests, and the words.
fn longest(source: &str) -> (u32, usize, usize) {
    let source = format!("local a, b, c, t = 1, 2, 3, {{}} {source}");
    let proto = bvm_compiler::compile(source.as_bytes(), b"=rests").expect("correct");
    let verified = verify(proto).expect("sound");
    let (proto, facts) = verified.into_parts();
    let mut counts = vec![0; proto.code.len() + 2];
    let (mut most, mut rests) = (0, 0);
    for (pc, &word) in proto.code.iter().enumerate() {
        most = most.max(counts[pc]);
        rests += usize::from(facts.is_rest(pc));
        let count = match facts.is_rest(pc) {
            true => 0,
            false => counts[pc] + 1,
        };
        for next in ahead(pc, word) {
            let passed = u32::from(next == pc + 2 && word.op() != Some(Op::Jmp));
            counts[next] = counts[next].max(count + passed);
        }
    }
    (most, rests, proto.code.len())
}

#[test]
fn short_functions_have_no_rests() {
    assert_eq!(longest(&"a = b + c ".repeat(880)).1, 0);
}

#[test]
fn code_without_jumps_rests_at_even_distances() {
    for piece in ["a = b + c ", "a = b * c + a ", "a = t[a][b] "] {
        let (most, rests, words) = longest(&piece.repeat(20_000));
        assert!(most <= MOST, "{piece}: {most}");
        assert!(rests <= words / 890, "{piece}: {rests} in {words} words");
    }
}

#[test]
fn a_loop_has_its_rest_before_it() {
    let before = "a = b + c ".repeat(850);
    let source = format!("{before} while a do {} end", "b = a + c ".repeat(200));
    let (most, rests, words) = longest(&source);
    assert_eq!((most <= MOST, rests), (true, 1), "{words}");
}

proptest! {
    #![proptest_config(ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn no_way_forward_is_long(pieces in prop::collection::vec((0..PIECES.len(), 1..400_usize), 1..30)) {
        let source: String = pieces.iter().map(|&(i, times)| PIECES[i].repeat(times)).collect();
        let (most, rests, words) = longest(&source);
        prop_assert!(most <= MOST, "{}", most);
        prop_assert!(rests <= words / 400, "{} in {} words", rests, words);
    }
}
