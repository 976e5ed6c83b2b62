//! What guests ask of the outside world, and what becomes of the answers. (This file belongs to the package
//! `bvm`; the folder's other tests are `bvm-tests`.)

use bvm::{Answer, Exit, Grants, Group, Guest, Hypercall, Request, Value, Word};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

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
    let many = [Word::Bytes(b"x".to_vec()), Word::Nil, Word::Nil];
    let refused = with_answer(Hypercall::ReadLine, &many, read).expect("no error");
    assert!(refused.contains("3 words for 2"), "{refused}");
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

/// A host that counts what it is asked.
fn counting() -> (impl Fn(&Request) -> Answer, Arc<AtomicU64>) {
    let asked = Arc::new(AtomicU64::new(0));
    let count = asked.clone();
    let host = move |_: &Request| {
        count.fetch_add(1, Ordering::Relaxed);
        Answer::error("asked", 5)
    };
    (host, asked)
}

#[test]
fn what_is_not_granted_does_not_reach_the_host() {
    let programs = [
        ("io.write('x')", "write", "console"),
        ("io.read()", "read_line", "console"),
        ("io.open('x')", "open", "io"),
        ("io.popen('x')", "popen", "os"),
        ("os.remove('x')", "remove", "io"),
        ("loadfile('x.lua')", "read_file", "load"),
        ("pcall(print)", "write", "console"),
        ("pcall(os.time)", "time", "time"),
        ("pcall(os.date)", "time", "time"),
        ("pcall(os.clock)", "clock", "time"),
        ("pcall(os.getenv, 'x')", "getenv", "env"),
        ("pcall(os.execute)", "execute", "os"),
        ("pcall(os.tmpname)", "tmpname", "io"),
        ("pcall(io.lines, 'x')", "open", "io"),
        ("pcall(require, 'x')", "readable", "load"),
        ("pcall(debug.debug)", "write", "console"),
    ];
    let (host, asked) = counting();
    let mut guest = Guest::builder()
        .host(host)
        .grants(Grants::none())
        .build()
        .expect("room");
    for (program, call, group) in programs {
        let source = format!("return select(2, {program})");
        let message: String = guest.eval(&source, FUEL).expect(program);
        let refused = format!("hypercall '{call}' ({group}) is not granted to ring 2");
        assert!(message.contains(&refused), "{program}: {message}");
    }
    assert_eq!(asked.load(Ordering::Relaxed), 0);
    assert_eq!(guest.refused(), programs.len() as u64);
}

#[test]
fn an_answer_that_was_an_error_is_not_the_next_ones() {
    let mut guest = Guest::builder()
        .grants(Grants::none())
        .build()
        .expect("room");
    let source = "pcall(require, 'x') return select(2, pcall(debug.debug))";
    let message: String = guest.eval(source, FUEL).expect("a message");
    assert!(message.contains("hypercall 'write'"), "{message}");
}

#[test]
fn a_group_is_granted_by_its_name() {
    for group in Group::ALL {
        let (host, asked) = counting();
        let builder = Guest::builder().host(host).allow(*group);
        let mut guest = builder.build().expect("room");
        let source = "io.write('') io.write('x') io.open('x') pcall(os.time) pcall(os.getenv, 'x')
            pcall(os.execute) loadfile('x')";
        guest.eval::<()>(source, FUEL).expect("no error");
        let reached = match group {
            Group::Console | Group::Io | Group::Time | Group::Env | Group::Os | Group::Load => 1,
            _ => 0,
        };
        assert_eq!(asked.load(Ordering::Relaxed), reached, "{group:?}");
        assert_eq!(guest.refused(), 6 - reached, "{group:?}");
    }
}

#[test]
fn a_restored_guest_has_the_grants_of_its_new_maker() {
    let later = |_: &Request| Answer::Later;
    let mut guest = Guest::builder().host(later).build().expect("room");
    let source = "return select(2, pcall(os.time)), (pcall(os.clock))";
    let handle = guest.load(source, "=waits").expect("correct");
    guest.start(&handle, &[]).expect("memory");
    assert_eq!(guest.run(FUEL), Exit::Waiting);
    let snapshot = guest.snapshot().expect("well formed");
    let image = guest.image().expect("room");
    let makers: [&dyn Fn() -> Guest; 2] = [
        &|| {
            let builder = Guest::builder().allow(Group::Console);
            builder.restore(&snapshot).expect("good bytes")
        },
        &|| {
            let builder = Guest::builder().allow(Group::Console);
            builder.fork(&image).expect("room")
        },
    ];
    for make in makers {
        let mut twin = make();
        let message = "hypercall 'time' (time) is not granted to ring 2";
        let expected = vec![Value::from(message), Value::from(false)];
        assert_eq!(twin.run(FUEL), Exit::Done(expected));
        assert_eq!(twin.refused(), 2);
    }
}

/// A host whose files are all called 3, and which notes what is done with them.
fn noting() -> (impl Fn(&Request) -> Answer, Arc<Mutex<Vec<String>>>) {
    let notes = Arc::new(Mutex::new(Vec::new()));
    let noted = notes.clone();
    let host = move |request: &Request| {
        let handle = request.handle();
        let note = format!("{} {handle:?}", request.call.name());
        noted.lock().expect("no panic").push(note);
        match request.call {
            Hypercall::Open => Answer::words([Word::Int(3)]),
            Hypercall::Close => Answer::words([Word::Int(0)]),
            Hypercall::ReadBytes => Answer::words([Word::Bytes(b"x".to_vec())]),
            Hypercall::ReadLine => Answer::Later,
            _ => Answer::words([]),
        }
    };
    (host, notes)
}

#[test]
fn hosts_see_their_own_handles() {
    let (host, notes) = noting();
    let mut guest = Guest::builder().host(host).build().expect("room");
    let source = "local f = io.open('x') f:write('a') f:close() print(pcall(f.write, f))
        local g = io.open('y') g:seek('set') io.write('b') f = nil";
    guest.eval::<()>(source, FUEL).expect("no error");
    let seen = notes.lock().expect("no panic").join(", ");
    let expected = "open None, write Some(3), close Some(3), write Some(1), open None, \
        seek Some(3), write Some(1)";
    assert_eq!(seen, expected);
}

#[test]
fn open_files_are_limited() {
    let (host, _) = noting();
    let builder = Guest::builder().host(host).handles(2);
    let mut guest = builder.build().expect("room");
    let source = "local a, b = io.open('a'), io.open('b')
        local none, why, code = io.open('c') a:close()
        return why .. ' ' .. code .. ' ' .. tostring(pcall(io.lines, 'd')) .. ' ' .. type(io.open('e'))";
    let said: String = guest.eval(source, FUEL).expect("no error");
    assert_eq!(said, "c: Too many open files 24 true nil");
}

#[test]
fn a_handle_means_nothing_to_the_next_guest() {
    // A read in the middle of its formats has the handle in its window.
    let source = "local f = io.open('x') local a, b, c = f:read(1, '*l', 1)
        return tostring(a) .. tostring(b) .. tostring(c), (pcall(f.read, f)), io.type(io.open('y'))";
    let (host, _) = noting();
    let mut guest = Guest::builder().host(host).build().expect("room");
    let handle = guest.load(source, "=reads").expect("correct");
    guest.start(&handle, &[]).expect("memory");
    assert_eq!(guest.run(FUEL), Exit::Waiting);
    assert_eq!(
        guest.request().and_then(|request| request.handle()),
        Some(3)
    );
    let snapshot = guest.snapshot().expect("well formed");
    assert_eq!(guest.snapshot().expect("well formed"), snapshot);
    let image = guest.image().expect("room");
    let (host, notes) = noting();
    let restored = Guest::builder().host(host).restore(&snapshot);
    let (host, more_notes) = noting();
    let fork = Guest::builder().host(host).fork(&image);
    for (mut twin, notes) in [
        (restored.expect("good bytes"), notes),
        (fork.expect("room"), more_notes),
    ] {
        let expected = ["nilBad file descriptor9", "", "file"].map(Value::from);
        let [failed, _, file] = expected;
        let expected = vec![failed, Value::Bool(false), file];
        assert_eq!(twin.run(FUEL), Exit::Done(expected));
        assert_eq!(*notes.lock().expect("no panic"), ["open None"]);
    }
    // The first one goes on.
    guest.answer(Ok(vec![Word::Bytes(b"line".to_vec())]));
    assert!(matches!(guest.run(FUEL), Exit::Waiting));
}

/// A host that panics whenever somebody wants the time, and else writes down what is printed.
fn without_a_clock(notes: &Arc<Mutex<Vec<u8>>>) -> impl bvm::Host + 'static {
    let notes = notes.clone();
    move |request: &Request| match (request.call, request.args.as_slice()) {
        (Hypercall::Time, _) => panic!("no clock"),
        (Hypercall::Write, [_, Word::Bytes(bytes)]) => {
            notes.lock().expect("no panic").extend_from_slice(bytes);
            Answer::words([])
        }
        (Hypercall::Open, _) => panic!("{}", "no files".to_owned()),
        _ => Answer::error("Operation not permitted", 1),
    }
}

#[test]
fn a_panic_of_the_host_is_an_error_of_its_guest() -> Result<(), bvm::Error> {
    let notes = Arc::default();
    let mut guest = Guest::builder().host(without_a_clock(&notes)).build()?;
    let source = "local ok, text = pcall(os.time)
        local file, why, code = io.open('x')
        print(ok, text, file, why, code)";
    guest.eval::<()>(source, FUEL)?;
    let expected = "false\tthe host panicked: no clock\tnil\tx: the host panicked: no files\t-4\n";
    let shown = std::mem::take(&mut *notes.lock().expect("no panic"));
    assert_eq!(String::from_utf8_lossy(&shown), expected);
    // Nobody catches it: the call is over, and the next one works.
    let main = guest.load("os.time()", "=main")?;
    guest.start(&main, &[])?;
    let exit = guest.run(FUEL);
    let Exit::Error(error) = exit else {
        panic!("{exit:?}")
    };
    assert_eq!(error.to_string(), "main:1: the host panicked: no clock");
    assert_eq!(guest.eval::<f64>("return 1 + 1", FUEL)?, 2.0);
    // In a function of the host, too, which may go on.
    let time = guest.lua().function(|cx: &bvm::Cx<'_>| {
        let tried = cx.lua().load("return os.time()").name("=in").eval::<f64>();
        tried.expect_err("no clock").to_string()
    })?;
    guest.set_global("time", time)?;
    let text: String = guest.eval("return time() .. '!'", FUEL)?;
    assert_eq!(text, "in:1: the host panicked: no clock!");
    Ok(())
}

#[test]
fn a_panic_of_the_host_is_replayed() -> Result<(), bvm::Error> {
    let notes = Arc::default();
    let builder = Guest::builder().host(without_a_clock(&notes));
    let mut guest = builder.record().build()?;
    let source = "return select(2, pcall(os.time))";
    let text: String = guest.eval(source, FUEL)?;
    let used = guest.fuel_left();
    let journal = guest.take_journal().expect("it was kept");
    let mut twin = Guest::builder().replay(journal).build()?;
    assert_eq!(twin.eval::<String>(source, FUEL)?, text);
    assert_eq!(twin.fuel_left(), used);
    Ok(())
}
