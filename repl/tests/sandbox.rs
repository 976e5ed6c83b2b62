//! `bvm run`, `bvm replay` and `bvm clone`.

mod common;

use common::{Folder, Run, args};

/// Runs the command in a folder.
fn bvm(folder: &Folder, words: &[&str]) -> Run {
    args(words).bvm(folder)
}

#[test]
fn a_program_has_the_console_and_nothing_else() {
    let script = "print(arg[0], ...)
        for _, f in ipairs { os.time, io.tmpfile, os.execute } do
            local ok, what, why = pcall(f) print(ok and why or what)
        end
        print(io.open('main.lua'), os.getenv('HOME'))";
    let folder = Folder::new(&[("main.lua", script)]);
    let run = bvm(&folder, &["run", "main.lua", "--fuel", "-x"]);
    assert!(run.stdout.starts_with("main.lua\t--fuel\t-x\n"), "{run:?}");
    for call in ["'time' (time)", "'tmpfile' (io)", "'execute' (os)"] {
        let refused = format!("hypercall {call} is not granted to ring 2\n");
        assert!(run.stdout.contains(&refused), "{call}: {run:?}");
    }
    assert!(
        run.stderr
            .contains("hypercall 'getenv' (env) is not granted")
    );
    assert_eq!(run.code, Some(1));
    let run = bvm(&folder, &["run", "--allow=time", "main.lua"]);
    assert!(
        run.stderr
            .contains("hypercall 'write' (console) is not granted")
    );
}

/// Reads the files that it is given, and tries to change others.
const FILES: &str = "for i = 1, #arg do
            local file, why = io.open(arg[i]) print(file and file:read('*l') or why)
        end
        print(select(2, io.open('data/new', 'w')), (select(2, os.remove('data/x'))))
        print(select(2, os.rename('data/x', 'out/x')), (select(2, os.rename('out/a', '../a'))))
        local new = io.open('out/a', 'w') new:write('text') new:close()
        print(io.open('out/a'):read('*a'), os.rename('out/a', 'out/b'), os.remove('out/b'))";

#[test]
fn files_are_those_of_the_granted_folders() {
    let folder = Folder::new(&[("main.lua", FILES), ("secret", "secret"), ("dataset", "no")]);
    let path = |name: &str| folder.path.join(name);
    std::fs::create_dir_all(path("data/sub")).expect("folder");
    std::fs::create_dir(path("out")).expect("folder");
    std::fs::write(path("data/x"), "inside").expect("file");
    for (link, target) in [
        ("file", "../secret"),
        ("up", ".."),
        ("root", "/"),
        ("fine", "x"),
    ] {
        let link = path("data").join(link);
        std::os::unix::fs::symlink(target, link).expect("link");
    }
    let absolute = path("data/x").to_string_lossy().into_owned();
    let inside = ["data/x", "./data/fine", "data/sub/../x", &absolute];
    let outside = [
        "secret",
        "dataset",
        "main.lua",
        "data/../secret",
        "data/../data/x",
        "data/sub/../../secret",
        "data/file",
        "data/up/secret",
        "data/root/etc/passwd",
        "/etc/passwd",
        "../x",
        "",
    ];
    let words = [
        "run",
        "--allow=console,fs:ro:data",
        "--allow=fs:rw:out",
        "main.lua",
    ];
    let run = bvm(&folder, &[&words[..], &inside, &outside].concat());
    let mut expected = "inside\n".repeat(inside.len());
    for name in outside {
        let why = if name.is_empty() {
            "No such file or directory"
        } else {
            "Permission denied"
        };
        let line = format!("{name}: {why}\n");
        expected += &line;
    }
    expected += "data/new: Read-only file system\tdata/x: Read-only file system\n\
        data/x: Read-only file system\tout/a: Permission denied\ntext\ttrue\ttrue\n";
    assert_eq!(run.stdout, expected, "{run:?}");
    assert_eq!(run.code, Some(0));
}

/// Words, standard output and error, and exit code.
type Case = (&'static [&'static str], &'static str, &'static str, i32);

const LIMITED: [Case; 8] = [
    (&["--fuel=1_000", "spin.lua"], "", "bvm: out of fuel\n", 124),
    (
        &["--timeout", "0.05", "spin.lua"],
        "",
        "bvm: out of time\n",
        124,
    ),
    (
        &["--memory=4M", "grow.lua"],
        "",
        "bvm: not enough memory\n",
        137,
    ),
    (
        &["--memory=1K", "exit.lua"],
        "",
        "bvm: no room for a guest\n",
        137,
    ),
    (&["exit.lua"], "", "", 7),
    (
        &["wrong.lua"],
        "",
        "bvm: wrong.lua:1: unexpected symbol near '='\n",
        1,
    ),
    (
        &["none.lua"],
        "",
        "bvm: none.lua: No such file or directory (os error 2)\n",
        1,
    ),
    (&["--ring=3", "ring.lua"], "3\tnil\n", "", 0),
];

#[test]
fn limits_have_exit_codes() {
    let folder = Folder::new(&[
        ("spin.lua", "while true do end"),
        (
            "grow.lua",
            "local t = {} while true do t[#t + 1] = ('x'):rep(1000) .. #t end",
        ),
        ("exit.lua", "os.exit(7)"),
        ("wrong.lua", "x = = 1"),
        ("ring.lua", "print(ring.current(), io)"),
    ]);
    for (words, stdout, stderr, code) in LIMITED {
        let run = bvm(&folder, &[&["run"], words].concat());
        let expected = Run {
            stdout: stdout.into(),
            stderr: stderr.into(),
            code: Some(code),
        };
        assert_eq!(run, expected, "{words:?}");
    }
    for words in [
        ["--ring=0", "exit.lua"],
        ["--allow=fs:xx", "exit.lua"],
        ["--fast", "exit.lua"],
    ] {
        let run = bvm(&folder, &[&["run"], &words[..]].concat());
        assert_eq!(run.code, Some(1), "{run:?}");
        assert!(run.stderr.contains(&words[0][2..5]), "{run:?}");
    }
}

#[test]
fn a_program_that_may_start_processes_may_use_their_pipes() {
    let script = "local pipe = io.popen('echo out') print(pipe:read('*l'), pipe:close())
        local pipe = io.popen('cat', 'w') pipe:setvbuf('no') pipe:write('in\\n') pipe:close()
        for line in io.popen('echo 1; echo 2'):lines() do print(line) end
        print(io.open('main.lua'))
        print(os.remove('main.lua'))
        print(pcall(io.tmpfile))
        print(pcall(dofile, 'main.lua'))";
    let folder = Folder::new(&[("main.lua", script)]);
    let run = bvm(&folder, &["run", "--allow=console,os", "main.lua"]);
    let expected = "out\ttrue\nin\n1\n2\nnil\tmain.lua: Permission denied\t13
nil\tmain.lua: Permission denied\t13\ntrue\tnil\tPermission denied\t13
false\tcannot open main.lua: hypercall 'read_file' (load) is not granted to ring 2\n";
    assert_eq!(run.stdout, expected, "{run:?}");
}

#[test]
fn a_program_may_come_from_standard_input() {
    let folder = Folder::new(&[]);
    let script = "#!/usr/bin/env bvm\nprint(arg[0], ..., io.read()) error('x')";
    let words = ["run", "--record=j", "-", "a"];
    let run = args(&words).stdin(script).bvm(&folder);
    assert_eq!(run.stdout, "-\ta\tnil\n");
    assert!(
        run.stderr
            .starts_with("bvm: stdin:2: x\nstack traceback:\n"),
        "{run:?}"
    );
    assert_eq!(run.code, Some(1));
    assert_eq!(bvm(&folder, &["replay", "j"]), run);
    let wrong = bvm(&folder, &["run", "-x"]);
    assert_eq!(wrong.stderr, "bvm: unknown option '-x'\n");
}

#[test]
fn files_that_cannot_be_written_do_not_change_how_a_program_ends() {
    let folder = Folder::new(&[
        ("spin.lua", "while true do end"),
        ("ends.lua", "print('ran')"),
        ("fails.lua", "os.exit(7)"),
        ("old", "old"),
    ]);
    let gone = "bvm: none/x: No such file or directory (os error 2)\n";
    let full = "bvm: /dev/full: No space left on device (os error 28)\n";
    let (snapshot, record) = ("--snapshot-out=none/x", "--record=none/x");
    let (no_snapshot, no_record) = ("--snapshot-out=/dev/full", "--record=/dev/full");
    let out = "bvm: out of fuel\n";
    for (words, stdout, stderr, code) in [
        (
            &["--fuel=9", snapshot, "spin.lua"][..],
            "",
            [gone, out].concat(),
            124,
        ),
        (
            &["--fuel=9", no_snapshot, "spin.lua"],
            "",
            [full, out].concat(),
            124,
        ),
        // What is asked for in any case is tried before the program runs.
        (&[record, "ends.lua"], "", gone.to_owned(), 1),
        (&[no_record, "ends.lua"], "ran\n", full.to_owned(), 1),
        (&[no_record, "fails.lua"], "", full.to_owned(), 7),
        (
            &["--fuel=9", no_record, "spin.lua"],
            "",
            [full, out].concat(),
            124,
        ),
        (
            &["--record=old", "--memory=1K", "ends.lua"],
            "",
            "bvm: no room for a guest\n".to_owned(),
            137,
        ),
    ] {
        let run = bvm(&folder, &[&["run"], words].concat());
        let got = (run.stdout.as_str(), run.stderr, run.code);
        assert_eq!(got, (stdout, stderr, Some(code)), "{words:?}");
    }
    let old = std::fs::read(folder.path.join("old")).expect("readable");
    assert_eq!(old, b"old");
    let run = bvm(&folder, &["run", "--record=old", "ends.lua"]);
    assert_eq!(run.code, Some(0));
    assert_eq!(bvm(&folder, &["replay", "old"]).stdout, "ran\n");
}

#[test]
fn a_recorded_run_is_run_again() {
    let script = "io.write('n ', math.random(1e9), ' ', os.time(), ' ', io.read('*l'), '\\n')
        local t = {} t[os.getenv('KEY')] = io.open('data') and 1
        print(next(t)) io.stderr:write('to stderr') error('the bug', 0)";
    let folder = Folder::new(&[("main.lua", script), ("data", "x")]);
    let words = [
        "run",
        "--allow=console,time,env,random,fs:ro:.",
        "--record=journal",
        "main.lua",
    ];
    let case = args(&words).stdin("line\nmore").env(&[("KEY", "value")]);
    let first = case.bvm(&folder);
    assert!(first.stdout.ends_with(" line\nvalue\t1\n"), "{first:?}");
    assert!(
        first.stderr.starts_with("to stderrbvm: the bug\n"),
        "{first:?}"
    );
    // Nothing of it is needed.
    for name in ["main.lua", "data"] {
        std::fs::remove_file(folder.path.join(name)).expect("removed");
    }
    assert_eq!(bvm(&folder, &["replay", "journal"]), first);
    let journal = std::fs::read(folder.path.join("journal")).expect("readable");
    std::fs::write(folder.path.join("cut"), &journal[..journal.len() - 1]).expect("written");
    let cut = bvm(&folder, &["replay", "cut"]);
    assert_eq!(
        cut.stderr,
        "bvm: cut: journal is cut off, or something follows it\n"
    );
    assert_eq!(cut.code, Some(1));
}

#[test]
fn a_recorded_run_that_was_stopped_stops_again() {
    let script =
        "local n = 0 while true do n = n + 1 if n % 1000 == 0 then print(n, os.clock()) end end";
    let folder = Folder::new(&[("main.lua", script)]);
    let words = [
        "run",
        "--allow=console,time",
        "--fuel=100000",
        "--record=journal",
        "main.lua",
    ];
    let first = bvm(&folder, &words);
    assert!(
        first.stdout.lines().count() > 5 && first.code == Some(124),
        "{first:?}"
    );
    assert_eq!(bvm(&folder, &["replay", "journal"]), first);
}

#[test]
fn clones_draw_numbers_of_their_own() {
    let script = "math.randomseed(1) for i = 1, 1e4 do end print(math.random(1e9))";
    let folder = Folder::new(&[("main.lua", script)]);
    let run = bvm(
        &folder,
        &["run", "--fuel=1000", "--snapshot-out=s", "main.lua"],
    );
    assert_eq!(run.code, Some(124));
    let number = |options: &[&str]| {
        let run = bvm(&folder, &[&["clone"], options, &["s", "c"]].concat());
        assert_eq!(run.code, Some(0), "{run:?}");
        let run = bvm(&folder, &["resume", "c"]);
        assert_eq!(run.code, Some(0), "{run:?}");
        run.stdout
    };
    let kept = bvm(&folder, &["resume", "s"]).stdout;
    assert_eq!(number(&["--keep-seed"]), kept);
    assert_eq!(number(&["--seed=5"]), number(&["--seed=5"]));
    let numbers =
        std::collections::BTreeSet::from([kept, number(&[]), number(&[]), number(&["--seed=5"])]);
    assert_eq!(numbers.len(), 4);
    let wrong = bvm(&folder, &["clone", "main.lua", "c"]);
    assert_eq!(wrong.stderr, "bvm: main.lua: not a snapshot\n");
}

#[test]
fn files_that_would_take_each_others_place_are_refused() {
    let script = "print('run')";
    let folder = Folder::new(&[("main.lua", script)]);
    let cases: [(&[&str], &str); 3] = [
        (
            &["--record=x", "--snapshot-out=./x"],
            "bvm: ./x: --snapshot-out is the same file as --record\n",
        ),
        (
            &["--record=main.lua"],
            "bvm: main.lua: --record is the same file as the script\n",
        ),
        (
            &["--snapshot-out=./main.lua"],
            "bvm: ./main.lua: --snapshot-out is the same file as the script\n",
        ),
    ];
    for (options, stderr) in cases {
        let words = [&["run"], options, &["main.lua"]].concat();
        let run = bvm(&folder, &words);
        assert_eq!((run.code, run.stderr.as_str()), (Some(1), stderr));
        let left = std::fs::read_to_string(folder.path.join("main.lua"));
        assert_eq!(left.ok().as_deref(), Some(script));
    }
    let words = [
        "run",
        "--record=/dev/null",
        "--snapshot-out=/dev/null",
        "main.lua",
    ];
    assert_eq!(bvm(&folder, &words).code, Some(0));
}
