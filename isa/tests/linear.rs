//! Verification takes time linear in the size of the chunk: ten times the words, about ten times
//! the time. Must not judge what is refused: other files do.

mod common;

use bvm_isa::{Op, Proto, Word, read_chunk, verify, write_chunk};
use common::{abc, end, jump, main_of};
use std::sync::Mutex;
use std::time::{Duration, Instant};

const SMALL: usize = 100_000;
const LARGE: usize = 10 * SMALL;
/// How many times as long the large function may take, on a machine that does other work too and
/// has caches. Quadratic time would be a hundred times.
const FACTOR: u32 = 60;
/// Fresh memory takes its time as well; quadratic time would be minutes.
const MORE: Duration = Duration::from_millis(500);
/// Measurements are made one after the other.
static MEASURING: Mutex<()> = Mutex::new(());

/// The words of one shape, repeated to about that many.
fn repeat(shape: &[Word], words: usize) -> Vec<Word> {
    let mut code = vec![abc(Op::NewTable, 0, 0, 0)];
    while code.len() < words {
        code.extend(shape);
    }
    code.push(end());
    code
}

/// The shortest of three runs.
fn time_of(proto: &Proto) -> Duration {
    let runs = (0..3).map(|_| {
        let proto = proto.clone();
        let began = Instant::now();
        let verdict = verify(proto).map(drop);
        let took = began.elapsed();
        assert!(verdict.is_ok(), "{verdict:?}");
        took
    });
    runs.min().unwrap_or_default()
}

fn check(name: &str, make: impl Fn(usize) -> Proto) {
    let _alone = MEASURING.lock();
    let (small, large) = (time_of(&make(SMALL)), time_of(&make(LARGE)));
    let most = small * FACTOR + MORE;
    assert!(large < most, "{name}: {small:?}, then {large:?}");
}

#[test]
fn words_in_a_row() {
    check("moves", |words| {
        main_of(&repeat(&[abc(Op::Move, 1, 0, 0)], words))
    });
    check("calls", |words| {
        main_of(&repeat(
            &[abc(Op::Move, 1, 0, 0), abc(Op::Call, 1, 1, 1)],
            words,
        ))
    });
    check("open results", |words| {
        let set = |register| abc(Op::Move, register, 0, 0);
        let calls = [abc(Op::Call, 2, 1, 0), abc(Op::Call, 1, 0, 1)];
        main_of(&repeat(&[set(1), set(2), calls[0], calls[1]], words))
    });
}

#[test]
fn branches_and_loops() {
    check("tests", |words| {
        let branch = [
            abc(Op::Test, 0, 0, 0),
            jump(Op::Jmp, 0, 1),
            abc(Op::Move, 3, 0, 0),
        ];
        main_of(&repeat(&branch, words))
    });
    check("jumps back", |words| {
        let back = [abc(Op::Test, 0, 0, 0), jump(Op::Jmp, 0, -2)];
        main_of(&repeat(&back, words))
    });
    check("loops", |words| {
        let one = [
            jump(Op::ForPrep, 1, 1),
            abc(Op::Move, 5, 4, 0),
            jump(Op::ForLoop, 1, -2),
        ];
        main_of(&repeat(&one, words))
    });
    check("jumps that meet", |words| {
        // All of a piece go to one word; calls on the way spoil more and more registers.
        let piece = 1000;
        let mut shape = Vec::new();
        for at in 0..piece {
            let register = (9 - at / 150) as u8;
            shape.push(abc(Op::Test, 0, 0, 0));
            shape.push(jump(Op::Jmp, 0, (piece - at) * 4 - 2));
            shape.push(abc(Op::Move, register, 0, 0));
            shape.push(abc(Op::Call, register, 1, 1));
        }
        main_of(&repeat(&shape, words))
    });
}

/// Hole H11: the words behind SETLIST are looked at once each.
#[test]
fn h11_words_behind_setlist() {
    check("SETLIST", |words| {
        let pair = [abc(Op::SetList, 0, 1, 0), Word(512)];
        main_of(&repeat(&pair, words))
    });
    check("SETLIST whose data are SETLIST words", |words| {
        // 0x22 is the opcode; the number of the batch is as large as it may be.
        let data = (1 << 20) | 0x22;
        let pair = [abc(Op::SetList, 0, 1, 0), Word(data)];
        main_of(&repeat(&pair, words))
    });
}

#[test]
fn captures_and_functions() {
    let inner = Proto {
        upvalue_count: 3,
        ..main_of(&[end()])
    };
    check("captures", |words| {
        let capture = |register| abc(Op::Move, 0, register, 0);
        let closure = Word::abx(Op::Closure, 5, 0);
        let shape = [closure, capture(1), capture(2), capture(5)];
        let mut main = main_of(&repeat(&shape, words));
        main.protos = vec![inner.clone()];
        main
    });
    check("inner functions", |words| {
        let mut main = main_of(&[end()]);
        main.protos = vec![main_of(&[end(), end()]); words / 2];
        main
    });
}

#[test]
fn reading_a_chunk() {
    let chunk = |words| write_chunk(&main_of(&repeat(&[abc(Op::Move, 1, 0, 0)], words)), false);
    let time_of = |bytes: Vec<u8>| {
        let runs = (0..3).map(|_| {
            let began = Instant::now();
            assert!(read_chunk(&bytes, b"=x").is_ok());
            began.elapsed()
        });
        runs.min().unwrap_or_default()
    };
    let _alone = MEASURING.lock();
    let (small, large) = (time_of(chunk(SMALL)), time_of(chunk(LARGE)));
    let most = small * FACTOR + MORE;
    assert!(large < most, "{small:?}, then {large:?}");
}
