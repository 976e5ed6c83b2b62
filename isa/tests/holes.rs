//! The holes H1 to H12 of Lua 5.1.5's own checker: hand-assembled code that it accepted.

mod common;

use bvm_isa::{Op, Proto, Word, read_chunk, write_chunk};
use common::{abc, end, jump, main_of, rule, rule_of};

#[test]
fn h1_forloop_without_forprep() {
    let alone = [jump(Op::Jmp, 0, 0), jump(Op::ForLoop, 0, -2), end()];
    assert_eq!(rule_of(&alone), "I12");
    // Entered from the side: a jump into the body skips FORPREP.
    let side_door = [
        jump(Op::Jmp, 0, 1),
        jump(Op::ForPrep, 0, 1),
        abc(Op::Move, 4, 3, 0),
        jump(Op::ForLoop, 0, -2),
        end(),
    ];
    assert_eq!(rule_of(&side_door), "F5");
    // The FORPREP is only data of SETLIST.
    let disguised = [
        abc(Op::NewTable, 0, 0, 0),
        abc(Op::SetList, 0, 1, 0),
        jump(Op::ForPrep, 0, 1),
        abc(Op::Move, 4, 3, 0),
        jump(Op::ForLoop, 0, -2),
        end(),
    ];
    assert!(["I14", "F5"].contains(&rule_of(&disguised)));
    // The body overwrites the counter.
    let overwritten = [
        jump(Op::ForPrep, 0, 1),
        abc(Op::NewTable, 0, 0, 0),
        jump(Op::ForLoop, 0, -2),
        end(),
    ];
    assert_eq!(rule_of(&overwritten), "F5");
    let good = [
        jump(Op::ForPrep, 0, 1),
        abc(Op::NewTable, 4, 0, 0),
        jump(Op::ForLoop, 0, -2),
        end(),
    ];
    assert_eq!(rule_of(&good), "ok");
}

#[test]
fn h1_loop_control_captured() {
    let mut main = main_of(&[
        jump(Op::ForPrep, 0, 2),
        Word::abx(Op::Closure, 4, 0),
        abc(Op::Move, 0, 0, 0),
        jump(Op::ForLoop, 0, -3),
        end(),
    ]);
    main.protos = vec![Proto {
        upvalue_count: 1,
        ..main_of(&[end()])
    }];
    assert_eq!(rule(main.clone()), "F5");
    main.code[2] = abc(Op::Move, 0, 3, 0);
    assert_eq!(rule(main), "ok");
}

#[test]
fn h2_h7_loadbool_operands() {
    assert_eq!(rule_of(&[abc(Op::LoadBool, 0, 0, 2), end()]), "I4");
    assert_eq!(rule_of(&[abc(Op::LoadBool, 0, 2, 0), end()]), "I4");
    assert_eq!(rule_of(&[abc(Op::LoadBool, 0, 1, 1), end()]), "I16");
    assert_eq!(rule_of(&[abc(Op::LoadBool, 0, 1, 1), end(), end()]), "ok");
}

#[test]
fn h3_h4_null_strings() {
    let mut main = main_of(&[end()]);
    main.locals = vec![bvm_isa::LocalVar {
        name: b"loc".as_slice().into(),
        start: 0,
        end: 1,
    }];
    let chunk = write_chunk(&main, false);
    for text in [b"x\0".as_slice(), b"loc\0"] {
        let mut pattern = (text.len() as u64).to_le_bytes().to_vec();
        pattern.extend_from_slice(text);
        let at = chunk
            .windows(pattern.len())
            .position(|window| window == pattern);
        let at = at.expect("the string");
        let mut bytes = chunk.clone();
        bytes[at] = 0;
        bytes.drain(at + 8..at + 8 + text.len());
        let error = read_chunk(&bytes, b"x").map_err(|error| error.rule);
        assert_eq!(error.err(), Some("D4"));
    }
}

#[test]
fn h5_open_results() {
    let open_call = abc(Op::Call, 1, 1, 0);
    assert_eq!(rule_of(&[abc(Op::Call, 0, 0, 1), end()]), "F4");
    assert_eq!(rule_of(&[open_call, end()]), "F4");
    assert_eq!(rule_of(&[open_call, abc(Op::Call, 0, 0, 1), end()]), "ok");
    assert_eq!(rule_of(&[open_call, abc(Op::Call, 1, 0, 1), end()]), "F4");
    assert_eq!(rule_of(&[open_call, abc(Op::Return, 2, 0, 0)]), "F4");
    assert_eq!(rule_of(&[open_call, abc(Op::Return, 1, 0, 0)]), "ok");
    let jumped_to = [
        jump(Op::Jmp, 0, 1),
        open_call,
        abc(Op::Call, 0, 0, 1),
        end(),
    ];
    assert_eq!(rule_of(&jumped_to), "F4");
}

#[test]
fn h6_setlist() {
    assert_eq!(rule_of(&[abc(Op::SetList, 0, 1, 1), end()]), "F6");
    let list = |batch| {
        let table = abc(Op::NewTable, 0, 0, 0);
        rule_of(&[table, abc(Op::SetList, 0, 1, 0), Word(batch), end()])
    };
    assert_eq!(list(0x00ff_ffff), "I14");
    assert_eq!(list(0), "I14");
    assert_eq!(list(511), "I14");
    assert_eq!(list(512), "ok");
    // One of two paths brings something else than the table.
    let joined = [
        abc(Op::NewTable, 0, 0, 0),
        abc(Op::Test, 1, 0, 0),
        jump(Op::Jmp, 0, 1),
        abc(Op::Move, 0, 1, 0),
        abc(Op::SetList, 0, 1, 1),
        end(),
    ];
    assert_eq!(rule_of(&joined), "F6");
}

#[test]
fn h6_setlist_on_a_captured_register() {
    let mut main = main_of(&[
        abc(Op::NewTable, 0, 0, 0),
        Word::abx(Op::Closure, 1, 0),
        abc(Op::Move, 0, 0, 0),
        abc(Op::SetList, 0, 1, 1),
        end(),
    ]);
    main.protos = vec![Proto {
        upvalue_count: 1,
        ..main_of(&[end()])
    }];
    assert_eq!(rule(main.clone()), "F6");
    main.code
        .splice(3..3, [abc(Op::Close, 0, 0, 0), abc(Op::NewTable, 0, 0, 0)]);
    assert_eq!(rule(main), "ok");
}

#[test]
fn h8_jump_into_captures() {
    let mut main = main_of(&[
        jump(Op::Jmp, 0, 1),
        Word::abx(Op::Closure, 0, 0),
        abc(Op::Move, 0, 1, 0),
        end(),
    ]);
    main.protos = vec![Proto {
        upvalue_count: 1,
        ..main_of(&[end()])
    }];
    assert_eq!(rule(main), "I16");
}

#[test]
fn h9_tailcall_results() {
    let give_back = abc(Op::Return, 0, 0, 0);
    assert_eq!(rule_of(&[abc(Op::TailCall, 0, 1, 2), give_back]), "I2");
    assert_eq!(rule_of(&[abc(Op::TailCall, 0, 1, 0), end()]), "I10");
    assert_eq!(rule_of(&[abc(Op::TailCall, 0, 1, 0), give_back]), "ok");
}

#[test]
fn h10_main_function_with_upvalues() {
    let main = Proto {
        upvalue_count: 1,
        ..main_of(&[end()])
    };
    assert_eq!(rule(main.clone()), "P3");
    assert!(
        bvm_isa::verify_dumped(main).is_ok(),
        "string.dump writes such functions"
    );
}

#[test]
fn h11_many_setlists_take_linear_time() {
    let mut code = vec![abc(Op::NewTable, 0, 0, 0)];
    for _ in 0..200_000 {
        code.extend([abc(Op::SetList, 0, 1, 0), Word(512)]);
    }
    code.push(end());
    assert_eq!(rule_of(&code), "ok");
}

/// A closure that captured a register would see what a call leaves there, and could change the
/// arguments of a native function under it.
#[test]
fn h12_captured_registers_under_a_call() {
    let with = |behind: &[Word]| {
        let head = [Word::abx(Op::Closure, 0, 0), abc(Op::Move, 0, 2, 0)];
        let mut main = main_of(&[&head, behind, &[end()]].concat());
        main.vararg = bvm_isa::proto::VARARG_ISVARARG;
        main.protos = vec![Proto {
            upvalue_count: 1,
            ..main_of(&[end()])
        }];
        rule(main)
    };
    let close = abc(Op::Close, 2, 0, 0);
    for (first, verdict) in [(1, "F7"), (2, "F7"), (3, "ok")] {
        let call = abc(Op::Call, first, 1, 1);
        assert_eq!(with(&[call]), verdict);
        assert_eq!(with(&[close, call]), "ok");
        let open = [abc(Op::Vararg, first, 0, 0), abc(Op::Return, first, 0, 0)];
        assert_eq!(with(&open), verdict);
    }
    let call_for = [abc(Op::TForLoop, 0, 0, 1), jump(Op::Jmp, 0, 0)];
    assert_eq!(with(&call_for), "ok");
    // Captured on one path only.
    let joined = [
        abc(Op::Test, 0, 0, 0),
        jump(Op::Jmp, 0, 1),
        close,
        abc(Op::Call, 1, 1, 1),
    ];
    assert_eq!(with(&joined), "F7");
    // What leaves the function closes first.
    assert_eq!(
        with(&[abc(Op::TailCall, 1, 1, 0), abc(Op::Return, 1, 0, 0)]),
        "ok"
    );
}

#[test]
fn h12_leftovers_of_a_call() {
    let call = abc(Op::Call, 1, 1, 2);
    assert_eq!(rule_of(&[call, abc(Op::Move, 0, 1, 0), end()]), "ok");
    assert_eq!(rule_of(&[call, abc(Op::Move, 0, 2, 0), end()]), "F2");
    // Spoilt on one path only.
    let joined = [
        abc(Op::Test, 0, 0, 0),
        jump(Op::Jmp, 0, 1),
        call,
        abc(Op::Return, 2, 2, 0),
    ];
    assert_eq!(rule_of(&joined), "F2");
}
