//! What guests ask of the outside world, and what becomes of the answers. (This file belongs to the package
//! `bvm`; the folder's other tests are `bvm-tests`.)

use bvm::{Answer, Guest, Hypercall, Request, Word};

const FUEL: u64 = 1_000_000;

/// What a program returns whose host answers one hypercall with these words, and others with errors.
fn with_answer(call: Hypercall, words: &[Word], source: &str) -> Result<String, bvm::Error> {
    let words = words.to_vec();
    let host = move |request: &Request| match request.call == call {
        true => Answer::words(words.clone()),
        false => Answer::error("No such file or directory", 2),
    };
    let mut guest = Guest::builder().host(host).build()?;
    guest.eval(source, FUEL)
}

#[test]
fn answers_of_another_shape_are_errors_in_the_guest() {
    let read = "local line, why, code = io.read() return tostring(line) .. why .. code";
    let refused = with_answer(Hypercall::ReadLine, &[Word::Int(1)], read).expect("no error");
    let expected = "nilbad answer to hypercall 'read_line': line is Bytes, got Int-1";
    assert_eq!(refused, expected);
    let many = [Word::Bytes(b"x".to_vec()), Word::Nil];
    let refused = with_answer(Hypercall::ReadLine, &many, read).expect("no error");
    assert!(refused.contains("2 words for 1"), "{refused}");
    for nothing in [&[][..], &[Word::Nil]] {
        let end = "return tostring(io.read())";
        let read = with_answer(Hypercall::ReadLine, nothing, end);
        assert_eq!(read.expect("the end of a file"), "nil");
    }
}

#[test]
fn functions_without_errors_to_return_raise_faults() {
    let wrong = [Word::Bool(true), Word::Bool(true)];
    let calls = [
        (Hypercall::Time, "os.time()", "seconds is Int, got nothing"),
        (
            Hypercall::Clock,
            "os.clock()",
            "seconds is Number, got nothing",
        ),
        (Hypercall::Write, "print()", "2 words for 0"),
        (Hypercall::GetEnv, "os.getenv('HOME')", "2 words for 1"),
        (
            Hypercall::Execute,
            "os.execute()",
            "status is Int, got nothing",
        ),
        (
            Hypercall::Zone,
            "os.date('%c', 0)",
            "offset is Int, got Bool",
        ),
        (
            Hypercall::TmpName,
            "os.tmpname()",
            "path is Bytes, got nothing",
        ),
        (
            Hypercall::Readable,
            "require('x')",
            "yes is Bool, got nothing",
        ),
        (Hypercall::Exit, "os.exit()", "2 words for 0"),
    ];
    for (call, program, what) in calls {
        let words = match what.contains("nothing") {
            true => &wrong[..0],
            false => &wrong[..],
        };
        let source = format!("return select(2, pcall(function() return {program} end))");
        let message = with_answer(call, words, &source).expect("a message");
        let expected = format!("bad answer to hypercall '{}': {what}", call.row().name);
        assert!(message.ends_with(&expected), "{program}: {message}");
    }
}
