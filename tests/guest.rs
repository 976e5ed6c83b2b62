//! The embedding surface: what a program around a guest relies on.

use bvm::{Answer, Capture, Error, Exit, Guest, Hypercall, Libraries, Request, Ring, Value, Word};

const FUEL: u64 = 1_000_000;

#[test]
fn handles_keep_objects_alive_and_give_them_back() {
    let mut guest = Guest::builder().memory(4 << 20).build().expect("guest");
    let count = "collectgarbage() return collectgarbage('count')";
    let before: f64 = guest.eval(count, FUEL).expect("count");
    let mut kept = Vec::new();
    for _ in 0..100 {
        let table: Value = guest
            .eval("return { ('x'):rep(9000) }", FUEL)
            .expect("table");
        kept.push(table);
    }
    let during: f64 = guest.eval(count, FUEL).expect("count");
    // Equal strings are one object: only the tables multiply.
    assert!(during > before + 9.0, "{before} {during}");
    guest
        .set_global("t", kept.last().cloned().unwrap_or_default())
        .expect("global");
    let size: f64 = guest.eval("return #t[1]", FUEL).expect("size");
    assert_eq!(size, 9000.0);
    drop(kept);
    guest.set_global("t", Value::Nil).expect("global");
    // Handles that are gone are given back when the next one is made.
    let _table: Value = guest.eval("return {}", FUEL).expect("table");
    let after: f64 = guest.eval(count, FUEL).expect("count");
    assert!(after < during, "{during} {after}");
}

#[test]
fn results_survive_a_collection_at_every_step() {
    let mut guest = Guest::builder().memory(1 << 20).build().expect("guest");
    let make = guest
        .load(
            "local t = {} for i = 1, 200 do t[i] = { i } end return unpack(t)",
            "=make",
        )
        .expect("load");
    for _ in 0..50 {
        let tables = guest.call(&make, &[], FUEL).expect("tables");
        assert_eq!(tables.len(), 200);
        guest
            .set_global("last", tables[199].clone())
            .expect("global");
        let n: i64 = guest.eval("return last[1]", FUEL).expect("last");
        assert_eq!(n, 200);
    }
}

#[test]
fn values_of_one_guest_do_not_enter_another() {
    let (mut one, mut two) = (Guest::new().expect("guest"), Guest::new().expect("guest"));
    let function = one.load("return 1", "=f").expect("load");
    assert_eq!(two.start(&function, &[]), Err(Error::Foreign));
    let value = Value::Function(function);
    assert_eq!(two.set_global("f", value), Err(Error::Foreign));
}

#[test]
fn running_again_repeats_the_exit() {
    let mut guest = Guest::new().expect("guest");
    assert_eq!(guest.run(FUEL), Exit::Idle);
    let fails = guest.load("error({})", "=fails").expect("load");
    guest.start(&fails, &[]).expect("start");
    let first = guest.run(FUEL);
    assert!(matches!(&first, Exit::Error(error) if error.value.type_name() == "table"));
    let left = guest.fuel_left();
    assert_eq!(guest.run(FUEL), first);
    assert_eq!(guest.fuel_left(), left);
}

#[test]
fn a_request_waits_until_it_is_answered() {
    let host = |request: &bvm::Request| match request.call {
        Hypercall::Time => Answer::Later,
        _ => Answer::error("Operation not permitted", 1),
    };
    let mut guest = Guest::builder().host(host).build().expect("guest");
    let time = guest.load("return os.time() + 1", "=time").expect("load");
    guest.start(&time, &[]).expect("start");
    assert_eq!(guest.run(FUEL), Exit::Waiting);
    assert_eq!(guest.run(FUEL), Exit::Waiting);
    assert_eq!(guest.request().map(|r| r.call), Some(Hypercall::Time));
    guest.answer(Ok(vec![Word::Int(41)]));
    assert_eq!(guest.run(FUEL), Exit::Done(vec![Value::Number(42.0)]));
    guest.answer(Ok(vec![]));
    assert_eq!(guest.run(FUEL), Exit::Done(vec![Value::Number(42.0)]));
}

#[test]
fn the_default_host_refuses_and_ends() {
    let mut guest = Guest::new().expect("guest");
    guest
        .eval::<()>("print('nobody hears this')", FUEL)
        .expect("print");
    let refused: String = guest
        .eval("return select(2, io.open('x'))", FUEL)
        .expect("message");
    assert_eq!(refused, "x: Operation not permitted");
    assert_eq!(guest.eval::<()>("os.exit(3)", FUEL), Err(Error::Ended(3)));
    assert_eq!(guest.eval::<i64>("return 4", FUEL), Ok(4));
}

#[test]
fn captured_output_is_limited() {
    let (host, output) = Capture::new(10);
    let mut guest = Guest::builder().host(host).build().expect("guest");
    let written: Value = guest
        .eval(
            "io.write('12345') return select(2, io.write('1234567'))",
            FUEL,
        )
        .expect("written");
    assert_eq!(written, Value::from("No space left on device"));
    assert_eq!(output.take(), b"12345");
}

#[test]
fn values_cross_as_they_are() {
    let mut guest = Guest::new().expect("guest");
    let echo = guest.load("return ...", "=echo").expect("load");
    let values = [
        Value::Nil,
        true.into(),
        (-0.5).into(),
        "text".into(),
        vec![0u8, 255].into(),
        Value::Function(echo.clone()),
    ];
    let back = guest.call(&echo, &values, FUEL).expect("echo");
    assert_eq!(back[..5], values[..5]);
    assert_eq!(back[5].type_name(), "function");
    let wrong = guest.eval::<i64>("return 'x'", FUEL).expect_err("a string");
    assert_eq!(wrong.to_string(), "i64 expected, got string");
    assert_eq!(guest.eval::<Option<bool>>("return nil", FUEL), Ok(None));
}

#[test]
fn sources_and_chunks_are_refused_with_reasons() {
    let mut guest = Guest::new().expect("guest");
    let Err(Error::Syntax(error)) = guest.load("\nif x", "@x.lua") else {
        panic!("this is no Lua")
    };
    assert_eq!(error.message, b"x.lua:2: 'then' expected near '<eof>'");
    assert_eq!((error.line, error.incomplete), (2, true));
    let truncated = guest.load(b"\x1bLua", "=chunk").expect_err("no chunk");
    assert_eq!(
        truncated.to_string(),
        "chunk: unexpected end in precompiled chunk"
    );
    guest
        .load("#!/usr/bin/bvm\nreturn 1", "@script")
        .expect("a script");
}

#[test]
fn a_guest_can_be_bare_small_and_elsewhere() {
    let guest = Guest::builder().libraries(Libraries::None).span(20).build();
    let mut guest = guest.expect("guest");
    let worker = std::thread::spawn(move || guest.eval::<Value>("return print", FUEL));
    assert_eq!(worker.join().expect("no panic"), Ok(Value::Nil));
    assert!(Guest::builder().memory(1000).build().is_err());
}

#[test]
fn memory_that_the_documentation_promises_is_enough() {
    let guest = Guest::builder().memory(160 << 10).build();
    assert!(guest.is_ok(), "{guest:?}");
}

#[test]
fn a_restored_guest_goes_on_and_is_another_one() {
    let (host, output) = Capture::new(1 << 16);
    let mut guest = Guest::builder().host(host).build().expect("room");
    let source = "local s = ('hello world'):gsub('%w+', function(w)
            local co = coroutine.wrap(function() local n = 0 while n < 100 do n = n + 1 end
                coroutine.yield(w:upper()) end)
            local ok, v = pcall(co) return v end)
        print(s) return s";
    let handle = guest.load(source, "=saved").expect("correct");
    guest.start(&handle, &[]).expect("memory");
    let mut cuts = 0;
    loop {
        match guest.run(50) {
            Exit::OutOfFuel => {}
            exit => {
                assert_eq!(exit, Exit::Done(vec![Value::from("HELLO WORLD")]));
                break;
            }
        }
        cuts += 1;
        let snapshot = guest.snapshot().expect("well formed");
        let (host, theirs) = Capture::new(1 << 16);
        let mut twin = Guest::builder()
            .host(host)
            .restore(&snapshot)
            .expect("good bytes");
        assert!(twin.generation() > guest.generation());
        assert_eq!(
            twin.run(10_000),
            Exit::Done(vec![Value::from("HELLO WORLD")])
        );
        assert_eq!(theirs.take(), b"HELLO WORLD\n");
        let image = guest.image().expect("room");
        let mut fork = Guest::builder().fork(&image).expect("room");
        assert_eq!(fork.start(&handle, &[]), Err(Error::Foreign));
        assert!(matches!(fork.run(10_000), Exit::Done(_)));
    }
    assert!(cuts > 10);
    assert_eq!(output.take(), b"HELLO WORLD\n");
}

#[test]
fn a_hypercall_waits_in_a_snapshot_and_files_are_detached() {
    let later = |request: &Request| match request.call {
        Hypercall::Open => Answer::words([Word::Int(3)]),
        _ => Answer::Later,
    };
    let mut guest = Guest::builder().host(later).build().expect("room");
    let source = "local f = io.open('x') local t = os.time()
        return t, io.type(f), tostring(f), pcall(f.read, f)";
    let handle = guest.load(source, "=waits").expect("correct");
    guest.start(&handle, &[]).expect("memory");
    assert_eq!(guest.run(10_000), Exit::Waiting);
    let snapshot = guest.snapshot().expect("well formed");
    assert_eq!(guest.snapshot().expect("well formed"), snapshot);
    let mut twin = Guest::builder().restore(&snapshot).expect("good bytes");
    assert_eq!(twin.run(10_000), Exit::Waiting);
    assert_eq!(twin.request(), guest.request());
    twin.answer(Ok(vec![Word::Int(42)]));
    let expected = [
        Value::Number(42.0),
        Value::from("closed file"),
        Value::from("file (detached)"),
        Value::Bool(false),
        Value::from("attempt to use a detached file"),
    ];
    assert_eq!(twin.run(10_000), Exit::Done(expected.to_vec()));
}

#[test]
fn restored_and_forked_guests_draw_other_numbers() {
    let program =
        "local t = {} for i = 1, 5 do t[i] = math.random(1e6) end return table.concat(t, ' ')";
    let mut guest = Guest::builder().seed(5).build().expect("room");
    guest
        .eval::<()>("math.randomseed(7) math.random()", FUEL)
        .expect("no error");
    let snapshot = guest.snapshot().expect("well formed");
    let image = guest.image().expect("room");
    let draw = |builder: fn() -> bvm::Builder| {
        let restored = builder().restore(&snapshot);
        let fork = builder().fork(&image);
        [restored, fork].map(|guest| {
            let mut guest = guest.expect("good bytes");
            guest.eval::<String>(program, FUEL).expect("no error")
        })
    };
    let goes_on: String = guest.eval(program, FUEL).expect("no error");
    let [a, b] = draw(Guest::builder);
    let [c, d] = draw(Guest::builder);
    let all = std::collections::BTreeSet::from([&goes_on, &a, &b, &c, &d]);
    assert_eq!(all.len(), 5, "{all:?}");
    let kept = draw(|| Guest::builder().keep_seed(true));
    assert_eq!(kept, [goes_on.clone(), goes_on.clone()]);
    let [e, f] = draw(|| Guest::builder().seed(1));
    assert!(e == f && e != goes_on);
    // The one with its seed saves the state that it is in, and a fresh one can be seeded by the program.
    let again = [Guest::builder, Guest::builder].map(|builder| {
        let mut fork = builder().fork(&image).expect("room");
        fork.eval::<f64>("math.randomseed(3) return math.random()", FUEL)
    });
    assert_eq!(again[0], again[1]);
}

#[test]
fn a_table_that_is_dropped_while_it_is_scanned_does_not_spoil_snapshots() {
    let source = "for round = 1, 60 do
          long = {} for i = 1, 3000 do long[i] = i % 4 == 0 and { i } or i end
          for step = 1, round do collectgarbage('step', 1) end
          long = nil
        end";
    let mut guest = Guest::builder().build().expect("address space");
    let function = guest.load(source, "=dropped").expect("a correct source");
    guest.start(&function, &[]).expect("memory");
    let mut exit = guest.run(0);
    while exit == Exit::OutOfFuel {
        exit = guest.run(997);
        let snapshot = guest.snapshot().expect("well formed");
        let restored = Guest::builder().restore(&snapshot);
        assert!(restored.is_ok(), "{:?}", restored.err());
    }
    assert_eq!(exit, Exit::Done(vec![]));
}

#[test]
fn memory_that_is_given_at_once_changes_nothing_but_time() {
    let run = |builder: bvm::Builder| {
        let mut guest = builder.seed(1).build().expect("address space");
        let source = "local t = {} for i = 1, 3e4 do t[i] = { i .. 'k' } end return #t";
        let function = guest.load(source, "=given").expect("a correct source");
        guest.start(&function, &[]).expect("memory");
        let exit = guest.run(1 << 40);
        (exit, guest.snapshot().expect("well formed"))
    };
    let plain = run(Guest::builder());
    assert_eq!(plain.0, Exit::Done(vec![Value::Number(3e4)]));
    for bytes in [1, 1 << 20, 16 << 20] {
        assert!(run(Guest::builder().commit(bytes).large_pages(false)) == plain);
    }
    // More than there is of address space is as much as there is; small spans have a little only.
    assert!(run(Guest::builder().span(23).memory(8 << 20).commit(u64::MAX)).0 == plain.0);
}

/// Programs that make garbage of a megabyte and less at a time, in small heaps.
const GARBAGE: [&str; 3] = [
    "for i = 1, 600 do local s = ('x'):rep(1000000 + i) end",
    "for i = 1, 300 do local s = ('x'):rep(300000 + i) local t = s .. i end",
    "local s = {} for i = 1, 5000 do s[i] = i end for i = 1, 2000 do local t = { unpack(s) } end",
];

/// Runs a program that makes garbage beside a few things that live, with so much memory; gives the most that it had.
fn peak_of_garbage(program: &str, memory: u64) -> Result<u64, Error> {
    let mut guest = Guest::builder().memory(memory).build()?;
    let live = "local live = {} for i = 1, 5000 do live[i] = { i } end";
    guest.eval::<()>(&format!("{live} {program}"), 1 << 40)?;
    Ok(guest.account(Ring::Application).memory_peak)
}

#[test]
fn what_was_made_last_is_not_kept_at_the_memory_limit() -> Result<(), Error> {
    for program in GARBAGE {
        peak_of_garbage(program, 5 << 20)?;
    }
    Ok(())
}

#[test]
fn garbage_does_not_pile_up() -> Result<(), Error> {
    for program in GARBAGE {
        let peak = peak_of_garbage(program, 1 << 30)?;
        assert!(peak < 32 << 20, "{program}: {peak}");
    }
    Ok(())
}
