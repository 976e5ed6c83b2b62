//! Each verifier rule with the smallest code that breaks it, and the facts that come out.

mod common;

use bvm_isa::proto::Bytes;
use bvm_isa::{Const, LocalVar, Op, Proto, Word, verify};
use common::{abc, end, jump, main_of, rule, rule_of};

/// Words that break one rule each; RETURN follows.
const BAD_WORDS: &[(&str, Word)] = &[
    ("I1", Word(38)),
    ("I2", abc(Op::Move, 0, 0, 1)),
    ("I2", Word(Op::Jmp as u32 | 1 << 6 | 131_071 << 14)),
    ("I3", abc(Op::Move, 10, 0, 0)),
    ("I3", abc(Op::Move, 0, 10, 0)),
    ("I3", abc(Op::Add, 0, 256, 258)),
    ("I3", Word::abx(Op::LoadK, 0, 2)),
    ("I3", Word::abx(Op::GetGlobal, 0, 1)),
    ("I5", abc(Op::LoadNil, 3, 2, 0)),
    ("I3", abc(Op::LoadNil, 3, 10, 0)),
    ("I6", abc(Op::GetUpval, 0, 0, 0)),
    ("I7", abc(Op::NewTable, 0, 256, 0)),
    ("I8", abc(Op::SelfOp, 9, 0, 0)),
    ("I8", abc(Op::Concat, 0, 1, 1)),
    ("I9", abc(Op::Eq, 0, 0, 0)),
    ("I9", abc(Op::Lt, 2, 0, 0)),
    ("I10", abc(Op::Call, 8, 3, 1)),
    ("I10", abc(Op::Call, 8, 1, 4)),
    ("I11", abc(Op::Return, 8, 4, 0)),
    ("I11", abc(Op::Vararg, 8, 4, 0)),
    ("F4", abc(Op::Vararg, 8, 0, 0)),
    ("I12", jump(Op::ForPrep, 7, 0)),
    ("I12", jump(Op::ForPrep, 0, 0)),
    ("I12", jump(Op::ForPrep, 0, -1)),
    ("I13", abc(Op::TForLoop, 0, 0, 0)),
    ("I13", abc(Op::TForLoop, 5, 0, 1)),
    ("I9", abc(Op::TForLoop, 0, 0, 1)),
    ("I14", abc(Op::SetList, 8, 2, 1)),
    ("I15", Word::abx(Op::Closure, 0, 0)),
    ("I16", jump(Op::Jmp, 0, 1)),
    ("I16", jump(Op::Jmp, 0, -2)),
];

#[test]
fn bad_words_are_refused_by_their_rule() {
    for &(expected, word) in BAD_WORDS {
        assert_eq!(
            rule_of(&[word, end()]),
            expected,
            "{:?} {word:?}",
            word.op()
        );
    }
}

#[test]
fn captures_are_checked() {
    for (capture, expected) in [
        (abc(Op::Move, 0, 1, 0), "ok"),
        (abc(Op::Move, 0, 10, 0), "I15"),
        (abc(Op::Move, 1, 0, 0), "I15"),
        (abc(Op::GetUpval, 0, 0, 0), "I15"),
        (abc(Op::LoadNil, 0, 0, 0), "I15"),
    ] {
        let mut main = main_of(&[Word::abx(Op::Closure, 0, 0), capture, end()]);
        main.protos = vec![Proto {
            upvalue_count: 1,
            ..main_of(&[end()])
        }];
        assert_eq!(rule(main), expected);
    }
}

#[test]
fn code_must_end() {
    assert_eq!(rule_of(&[abc(Op::Move, 0, 0, 0)]), "F8");
    assert_eq!(rule_of(&[jump(Op::Jmp, 0, -1)]), "ok");
    assert_eq!(rule_of(&[]), "P6");
}

#[test]
fn headers_are_checked() {
    let good = || main_of(&[end()]);
    let broken = [
        (
            "P1",
            Proto {
                max_stack: 0,
                ..good()
            },
        ),
        (
            "P1",
            Proto {
                max_stack: 251,
                ..good()
            },
        ),
        (
            "P1",
            Proto {
                param_count: 10,
                vararg: 7,
                ..good()
            },
        ),
        (
            "P2",
            Proto {
                vararg: 1,
                ..good()
            },
        ),
        (
            "P2",
            Proto {
                vararg: 8,
                ..good()
            },
        ),
        (
            "P3",
            Proto {
                upvalue_names: vec![Bytes::default()],
                ..good()
            },
        ),
        (
            "P4",
            Proto {
                lines: vec![1, 2],
                ..good()
            },
        ),
        (
            "P4",
            Proto {
                lines: vec![u32::MAX],
                ..good()
            },
        ),
    ];
    for (expected, proto) in broken {
        assert_eq!(rule(proto.clone()), expected, "{proto:?}");
    }
    assert_eq!(
        rule(Proto {
            max_stack: 250,
            ..good()
        }),
        "ok"
    );
}

#[test]
fn p5_impossible_locals_are_dropped() {
    let local = |start, end| LocalVar {
        name: Bytes::default(),
        start,
        end,
    };
    let kept = |locals: Vec<LocalVar>| {
        let proto = Proto {
            locals,
            ..main_of(&[end(), end()])
        };
        verify(proto)
            .map(|verified| verified.proto().locals.len())
            .ok()
    };
    assert_eq!(kept(vec![local(0, 2), local(1, 1)]), Some(2));
    assert_eq!(kept(vec![local(0, 3)]), Some(0));
    assert_eq!(kept(vec![local(1, 0)]), Some(0));
    assert_eq!(kept(vec![local(1, 2), local(0, 2)]), Some(0));
    assert_eq!(kept(vec![local(0, 1); 200]), Some(200));
    assert_eq!(kept(vec![local(0, 1); 201]), Some(0));
    let mut many = vec![local(0, 1); 150];
    many.extend(vec![local(1, 2); 150]);
    assert_eq!(kept(many), Some(300));
}

#[test]
fn errors_name_the_place() {
    let mut main = main_of(&[end()]);
    main.protos = vec![
        main_of(&[end()]),
        main_of(&[end(), abc(Op::Move, 0, 77, 0), end()]),
    ];
    let error = verify(main).map_err(|error| error.to_string()).err();
    let expected = "verify I3: register 77 out of range (function @0.1, pc 2)";
    assert_eq!(error.as_deref(), Some(expected));
}

/// `entry_nils` of a main function of those words.
fn entry_nils(code: &[Word]) -> Option<u8> {
    verify(main_of(code))
        .map(|verified| verified.facts().entry_nils)
        .ok()
}

#[test]
fn entry_nils_counts_registers_read_before_they_are_written() {
    assert_eq!(entry_nils(&[end()]), Some(0));
    assert_eq!(entry_nils(&[abc(Op::Move, 3, 2, 0), end()]), Some(3));
    // Nobody reads registers 3 and 4, but what is alive reaches over them.
    assert_eq!(entry_nils(&[abc(Op::Move, 5, 2, 0), end()]), Some(5));
    assert_eq!(
        entry_nils(&[abc(Op::LoadNil, 0, 5, 0), abc(Op::Return, 0, 5, 0)]),
        Some(0)
    );
    assert_eq!(entry_nils(&[abc(Op::Return, 0, 5, 0)]), Some(4));
    assert_eq!(entry_nils(&[abc(Op::Call, 1, 3, 1), end()]), Some(4));
    assert_eq!(entry_nils(&[abc(Op::Concat, 0, 4, 6), end()]), Some(7));
    // Written on one path only.
    let branch = [
        abc(Op::Test, 0, 0, 0),
        jump(Op::Jmp, 0, 1),
        abc(Op::LoadBool, 3, 1, 0),
        abc(Op::Return, 3, 2, 0),
    ];
    assert_eq!(entry_nils(&branch), Some(4));
    // Read in a loop after it is written further down.
    let around = [
        jump(Op::Jmp, 0, 1),
        abc(Op::Return, 0, 2, 0),
        abc(Op::LoadBool, 0, 1, 0),
        jump(Op::Jmp, 0, -3),
    ];
    assert_eq!(entry_nils(&around), Some(0));
}

/// `heights` of a main function of those words.
fn heights(code: &[Word]) -> Vec<u8> {
    let verified = verify(main_of(code)).expect("good code");
    verified.facts().heights.clone()
}

#[test]
fn heights_leave_out_what_calls_have_left() {
    // A call leaves its results, and nothing else from its function on.
    let call = [
        abc(Op::LoadBool, 0, 1, 0),
        abc(Op::LoadNil, 1, 4, 0),
        abc(Op::Call, 1, 4, 3),
        abc(Op::Call, 1, 2, 1),
        end(),
    ];
    assert_eq!(heights(&call), [0, 1, 5, 3, 1]);
    // What is written on one path only is not alive where paths meet.
    let branch = [
        abc(Op::LoadBool, 0, 1, 0),
        abc(Op::Test, 0, 0, 0),
        jump(Op::Jmp, 0, 1),
        abc(Op::LoadBool, 1, 1, 0),
        end(),
    ];
    assert_eq!(heights(&branch), [0, 1, 1, 1, 1]);
    // The nil of entry is alive where somebody reads it, until a call is in its place.
    let nils = [abc(Op::Move, 4, 2, 0), abc(Op::Call, 1, 1, 1), end()];
    assert_eq!(heights(&nils), [4, 5, 1]);
    // No path leads to a word behind a return.
    let unreached = [end(), abc(Op::LoadBool, 0, 1, 0), end()];
    assert_eq!(heights(&unreached), [0, 10, 10]);
    // The loop comes back with less than it began with.
    let around = [
        abc(Op::LoadNil, 0, 3, 0),
        abc(Op::Move, 2, 0, 0),
        abc(Op::Call, 2, 1, 1),
        jump(Op::Jmp, 0, -3),
    ];
    assert_eq!(heights(&around), [0, 2, 3, 2]);
}

#[test]
fn heights_reach_up_to_what_closures_have_captured() {
    let mut main = main_of(&[
        abc(Op::LoadBool, 0, 1, 0),
        abc(Op::Test, 0, 0, 0),
        jump(Op::Jmp, 0, 3),
        abc(Op::LoadBool, 1, 1, 0),
        Word::abx(Op::Closure, 0, 0),
        abc(Op::Move, 0, 1, 0),
        // Register 1 is set on one of the two paths, captured there, and nil on the other.
        abc(Op::SetGlobal, 0, 0, 0),
        abc(Op::Close, 1, 0, 0),
        end(),
    ]);
    main.protos = vec![Proto {
        upvalue_count: 1,
        ..main_of(&[end()])
    }];
    let verified = verify(main).expect("good code");
    assert_eq!(verified.facts().heights, [2, 2, 2, 2, 2, 10, 2, 2, 2]);
}

#[test]
fn parameters_and_arg_are_no_entry_nils() {
    let main = main_of(&[end()]);
    let mut inner = main_of(&[abc(Op::Return, 0, 4, 0)]);
    for (vararg, param_count, expected) in [(0, 0, 3), (0, 3, 0), (7, 2, 0), (7, 1, 3), (2, 2, 3)] {
        inner.vararg = vararg;
        inner.param_count = param_count;
        let protos = vec![inner.clone()];
        let verified = verify(Proto {
            protos,
            ..main.clone()
        })
        .expect("good code");
        assert_eq!(verified.facts().children[0].entry_nils, expected);
    }
}

#[test]
fn facts_tell_targets_and_captures() {
    let mut main = main_of(&[
        abc(Op::Eq, 0, 0, 1),
        jump(Op::Jmp, 0, 2),
        Word::abx(Op::Closure, 0, 0),
        abc(Op::Move, 0, 1, 0),
        end(),
    ]);
    main.protos = vec![Proto {
        upvalue_count: 1,
        ..main_of(&[end()])
    }];
    let (proto, facts) = verify(main).expect("good code").into_parts();
    let all = 0..proto.code.len();
    let starts: Vec<usize> = all.clone().filter(|&pc| facts.is_start(pc)).collect();
    let targets: Vec<usize> = all.filter(|&pc| facts.is_jump_target(pc)).collect();
    assert_eq!((starts, targets), (vec![0, 1, 2, 4], vec![2, 4]));
    assert!(facts.captures_locals && !facts.children[0].captures_locals);
}

/// Loops inside each other whose states change `depth` times, one register at a time.
fn slow_to_settle(depth: u8) -> Proto {
    let mut code = vec![abc(Op::Move, 0, 0, 0); 2000];
    // Each round makes what register r holds depend on register r + 1 in the round before.
    for r in 1..depth {
        let over = [abc(Op::Test, 0, 0, 0), jump(Op::Jmp, 0, 3)];
        let capture = [
            Word::abx(Op::Closure, 0, 0),
            abc(Op::Move, 0, u16::from(r), 0),
        ];
        let back = -(code.len() as i32 + 5);
        code.extend(
            over.into_iter()
                .chain(capture)
                .chain([jump(Op::Jmp, 0, back)]),
        );
    }
    code.push(end());
    Proto {
        max_stack: depth,
        protos: vec![Proto {
            upvalue_count: 1,
            ..main_of(&[end()])
        }],
        ..main_of(&code)
    }
}

#[test]
fn branches_of_one_loop_settle_in_a_few_sweeps() {
    assert_eq!(rule(slow_to_settle(250)), "ok");
}

/// Blocks in the order opposite to that of control, so that news travel one block a sweep, behind
/// a delay line that sends a newly captured register after each block.
fn upside_down(blocks: i32, captures: i32) -> Proto {
    let chain = 1 + captures * 6;
    let head = chain + blocks * 2 - 2;
    let mut code = vec![jump(Op::Jmp, 0, chain - 6 - 1)];
    let go = |code: &mut Vec<Word>, target: i32| {
        code.push(jump(Op::Jmp, 0, target - code.len() as i32 - 1));
    };
    for register in (0..captures).rev() {
        let start = code.len() as i32;
        code.extend([abc(Op::Test, 0, 0, 0), jump(Op::Jmp, 0, 3)]);
        code.extend([
            Word::abx(Op::Closure, 0, 0),
            abc(Op::Move, 0, register as u16, 0),
        ]);
        go(&mut code, head);
        go(&mut code, if start == 1 { head } else { start - 6 });
    }
    for block in 0..blocks {
        code.push(abc(Op::Move, 0, 0, 0));
        go(
            &mut code,
            if block == 0 {
                head + 2
            } else {
                chain + block * 2 - 2
            },
        );
    }
    code.push(end());
    Proto {
        max_stack: 250,
        protos: vec![Proto {
            upvalue_count: 1,
            ..main_of(&[end()])
        }],
        ..main_of(&code)
    }
}

#[test]
fn f10_work_is_bounded() {
    assert_eq!(rule(upside_down(2000, 3)), "ok");
    assert_eq!(rule(upside_down(2000, 200)), "F10");
}

#[test]
fn constants_of_other_kinds_are_no_names() {
    let mut main = main_of(&[Word::abx(Op::SetGlobal, 0, 0), end()]);
    assert_eq!(rule(main.clone()), "ok");
    main.consts[0] = Const::Nil;
    assert_eq!(rule(main), "I3");
}

#[test]
fn what_concat_joins_is_gone() {
    let load = |a| abc(Op::LoadBool, a, 1, 0);
    let joined = |rest: [Word; 2]| [load(0), load(1), abc(Op::Concat, 2, 0, 1), rest[0], rest[1]];
    assert_eq!(rule_of(&joined([abc(Op::Return, 2, 2, 0), end()])), "ok");
    assert_eq!(rule_of(&joined([abc(Op::Move, 3, 1, 0), end()])), "F2");
    // The result may lie among them, as it mostly does.
    let within = [
        load(0),
        load(1),
        abc(Op::Concat, 0, 0, 1),
        abc(Op::Move, 1, 0, 0),
        end(),
    ];
    assert_eq!(rule_of(&within), "ok");
    // A numeric loop counts in registers 0 to 2.
    let round = |first| {
        let number = |a| Word::abx(Op::LoadK, a, 1);
        [
            number(0),
            number(1),
            number(2),
            jump(Op::ForPrep, 0, 3),
            load(4),
            load(5),
            abc(Op::Concat, 6, first, 5),
            jump(Op::ForLoop, 0, -4),
            end(),
        ]
    };
    assert_eq!(rule_of(&round(4)), "ok");
    assert_eq!(rule_of(&round(2)), "F5");
}
