//! Options, arguments, environment, messages and exit codes of the command, side by side with `lua5.1`.

mod common;

use common::{Folder, args, check};

#[test]
fn statements_run_in_their_order() {
    let case = args(&["-e", "x = 1", "-eprint(x)", "-e", "print(arg)"]);
    check(&case, &[], "1\nnil\n", "", 0);
}

#[test]
fn a_script_gets_its_arguments() {
    let script = "print(..., select('#', ...), #arg)\nfor i = -3, 2 do io.write(i, '=', arg[i] and 'set' or 'nil', ' ') end\nprint(arg[0], arg[1])";
    let case = args(&["-e", "", "s.lua", "a", "b c"]);
    let stdout = "a\t2\t2\n-3=set -2=set -1=set 0=set 1=set 2=set s.lua\ta\n";
    check(&case, &[("s.lua", script)], stdout, "", 0);
}

#[test]
fn a_shebang_line_is_skipped_but_counted() {
    let script = "#!/usr/bin/env bvm\nprint(1)\nerror('here', 1)";
    let stderr = "bvm: s.lua:3: here\nstack traceback:\n\t[C]: in function 'error'\n\ts.lua:3: in main chunk\n\t[C]: ?\n";
    check(&args(&["s.lua"]), &[("s.lua", script)], "1\n", stderr, 1);
}

#[test]
fn standard_input_is_a_chunk() {
    check(&args(&[]).stdin("print('in', ...)"), &[], "in\n", "", 0);
    check(
        &args(&["-", "a"]).stdin("print('in', ...)"),
        &[],
        "in\ta\n",
        "",
        0,
    );
    check(
        &args(&["-e", "x = 3", "-", "a"]).stdin("print(x, arg[0])"),
        &[],
        "3\t-\n",
        "",
        0,
    );
}

#[test]
fn an_error_in_standard_input_is_no_failure_of_the_command() {
    let stderr = "bvm: stdin:1: x\nstack traceback:\n\t[C]: in function 'error'\n\tstdin:1: in main chunk\n\t[C]: ?\n";
    check(&args(&[]).stdin("error('x')"), &[], "", stderr, 0);
    check(&args(&["-"]).stdin("error('x')"), &[], "", stderr, 1);
}

#[test]
fn two_dashes_end_the_options() {
    check(
        &args(&["--", "-s.lua", "x"]),
        &[("-s.lua", "print(arg[0], ...)")],
        "-s.lua\tx\n",
        "",
        0,
    );
}

#[test]
fn libraries_are_required_before_the_script() {
    let files = [
        ("m.lua", "m = {value = 7}\nprint(...)"),
        ("s.lua", "print(m.value)"),
    ];
    check(&args(&["-l", "m", "s.lua"]), &files, "m\n7\n", "", 0);
    check(&args(&["-lm", "s.lua"]), &files, "m\n7\n", "", 0);
}

#[test]
fn a_failed_statement_ends_the_run() {
    let case = args(&["-e", "print(1)", "-e", "x x", "-e", "print(2)"]);
    check(
        &case,
        &[],
        "1\n",
        "bvm: (command line):1: '=' expected near 'x'\n",
        1,
    );
}

#[test]
fn a_script_that_is_not_there() {
    let stderr = "bvm: cannot open nofile.lua: No such file or directory\n";
    check(&args(&["nofile.lua"]), &[], "", stderr, 1);
}

#[test]
fn errors_that_are_no_texts() {
    check(
        &args(&["-e", "error({})"]),
        &[],
        "",
        "bvm: (error object is not a string)\n",
        1,
    );
    check(&args(&["-e", "error()"]), &[], "", "", 1);
    let stderr = "bvm: (command line):1: 12\nstack traceback:\n\t[C]: in function 'error'\n\t(command line):1: in main chunk\n\t[C]: ?\n";
    check(&args(&["-e", "error(12)"]), &[], "", stderr, 1);
}

#[test]
fn the_program_chooses_its_exit_code() {
    check(&args(&["-e", "io.write('a') os.exit(7)"]), &[], "a", "", 7);
    check(&args(&["-e", "os.exit()"]), &[], "", "", 0);
    check(&args(&["-e", "os.exit(258)"]), &[], "", "", 2);
}

#[test]
fn the_environment_initializes() {
    let init = [("LUA_INIT", "y = 5")];
    check(&args(&["-e", "print(y)"]).env(&init), &[], "5\n", "", 0);
    let file = [("LUA_INIT", "@init.lua")];
    check(
        &args(&["-e", "print(y)"]).env(&file),
        &[("init.lua", "y = 6")],
        "6\n",
        "",
        0,
    );
    let wrong = [("LUA_INIT", "y =")];
    let stderr = "bvm: LUA_INIT:1: unexpected symbol near '<eof>'\n";
    check(&args(&["-e", "print(y)"]).env(&wrong), &[], "", stderr, 1);
}

#[test]
fn the_environment_sets_paths() {
    let path = [("LUA_PATH", "here/?.x;;end")];
    let print =
        "print(package.path:match('^here/%?%.x;%./%?%.lua;') ~= nil, package.path:match(';end$'))";
    check(&args(&["-e", print]).env(&path), &[], "true\t;end\n", "", 0);
}

#[test]
fn the_environment_can_be_ignored() {
    let init = [("LUA_INIT", "y = 5"), ("LUA_PATH", "nowhere")];
    let case = args(&["-E", "-e", "print(y, package.path == 'nowhere')"]).env(&init);
    let run = case.bvm(&Folder::new(&[]));
    assert_eq!((run.stdout.as_str(), run.code), ("nil\tfalse\n", Some(0)));
}

#[test]
fn finalizers_run_at_the_end_newest_first() {
    let script = "for i = 1, 3 do local p = newproxy(true)\n\
        getmetatable(p).__gc = function() print('gc', i) if i == 2 then error('lost') end end\n\
        _G['p' .. i] = p end\nprint('end')";
    check(
        &args(&["s.lua"]),
        &[("s.lua", script)],
        "end\ngc\t3\ngc\t2\ngc\t1\n",
        "",
        0,
    );
    let exit = format!("{script}\nos.exit(0)");
    check(&args(&["s.lua"]), &[("s.lua", &exit)], "end\n", "", 0);
}

#[test]
fn wrong_options_show_the_usage_after_the_environment_has_been_run() {
    let folder = Folder::new(&[]);
    for words in [&["-x"][..], &["-e"], &["-e", "print(1)", "-x"]] {
        for (init, stdout) in [("print('init')", "init\n"), ("error('no', 0)", "")] {
            let init = [("LUA_INIT", init)];
            let case = args(words).env(&init);
            let run = case.bvm(&folder);
            if let Some(reference) = case.reference("lua5.1", "bvm", &folder) {
                let usage = |run: &common::Run| run.stderr.contains("[options] [script [args]]");
                assert_eq!(reference.stdout, stdout, "{words:?}");
                assert_eq!(usage(&reference), usage(&run), "{words:?}");
            }
            assert_eq!((run.stdout.as_str(), run.code), (stdout, Some(1)));
        }
    }
    // A limit may be meant: nothing runs without it.
    let init = [("LUA_INIT", "print('init')")];
    let run = args(&["--fule", "7"]).env(&init).bvm(&folder);
    assert_eq!((run.stdout.as_str(), run.code), ("", Some(1)));
}

#[test]
fn wrong_options_show_the_usage() {
    for words in [
        &["-x"][..],
        &["-e"],
        &["-l"],
        &["-vv"],
        &["--unknown"],
        &["-i1"],
    ] {
        let run = args(words).bvm(&Folder::new(&[]));
        assert_eq!((run.stdout.as_str(), run.code), ("", Some(1)), "{words:?}");
        assert!(
            run.stderr
                .starts_with("usage: bvm [options] [script [args]].\n"),
            "{words:?}"
        );
    }
}

#[test]
fn versions_and_help() {
    let folder = Folder::new(&[]);
    let run = args(&["-v"]).bvm(&folder);
    assert!(
        run.stderr.starts_with("bvm ") && run.stderr.ends_with("  Lua 5.1\n"),
        "{run:?}"
    );
    assert_eq!((run.stdout.as_str(), run.code), ("", Some(0)));
    assert!(args(&["--version"]).bvm(&folder).stdout.starts_with("bvm "));
    assert!(args(&["--help"]).bvm(&folder).stdout.starts_with("usage: "));
}

#[test]
fn fuel_ends_with_124() {
    for words in [
        &["--fuel", "100000", "-e", "print(1) while true do end"][..],
        &[
            "--fuel=100000",
            "-e",
            "print(1) while true do pcall(function() while true do end end) end",
        ],
        &[
            "--fuel=100_000",
            "-e",
            "print(1) string.rep('x', 1e9):find(('.-'):rep(20) .. 'y')",
        ],
    ] {
        let run = args(words).bvm(&Folder::new(&[]));
        let got = (run.stdout.as_str(), run.stderr.as_str(), run.code);
        assert_eq!(got, ("1\n", "bvm: out of fuel\n", Some(124)), "{words:?}");
    }
}

#[test]
fn time_ends_with_124() {
    let run = args(&["--timeout", "0.2", "-e", "while true do end"]).bvm(&Folder::new(&[]));
    assert_eq!(
        (run.stderr.as_str(), run.code),
        ("bvm: out of time\n", Some(124))
    );
}

#[test]
fn memory_ends_with_137() {
    let grow = "local t = {} for i = 1, 1e9 do t[i] = {} end";
    let run = args(&["--memory", "8M", "-e", grow]).bvm(&Folder::new(&[]));
    assert_eq!(
        (run.stderr.as_str(), run.code),
        ("bvm: not enough memory\n", Some(137))
    );
    let caught = "print(pcall(string.rep, 'x', 1e8))";
    let run = args(&["--memory", "8M", "-e", caught]).bvm(&Folder::new(&[]));
    assert_eq!(
        (run.stdout.as_str(), run.code),
        ("false\tnot enough memory\n", Some(0))
    );
}

#[test]
fn limits_need_values() {
    let folder = Folder::new(&[]);
    let run = args(&["--fuel"]).bvm(&folder);
    assert!(
        run.stderr
            .starts_with("bvm: option '--fuel' needs a value\nusage: "),
        "{run:?}"
    );
    let run = args(&["--memory", "much"]).bvm(&folder);
    assert!(
        run.stderr
            .starts_with("bvm: option '--memory' does not understand 'much'\n"),
        "{run:?}"
    );
    assert_eq!(run.code, Some(1));
}

#[test]
fn a_binary_chunk_is_a_script() {
    let folder = Folder::new(&[("s.lua", "print('chunk', ...)")]);
    assert_eq!(
        args(&["luac", "-o", "s.out", "s.lua"]).bvm(&folder).code,
        Some(0)
    );
    assert_eq!(args(&["s.out", "a"]).bvm(&folder).stdout, "chunk\ta\n");
}

#[test]
fn broken_chunks_are_refused() {
    let files = [("s.lua", "\x1bLua nothing")];
    let run = args(&["s.lua"]).bvm(&Folder::new(&files));
    assert_eq!(run.stderr, "bvm: s.lua: bad header in precompiled chunk\n");
    assert_eq!(run.code, Some(1));
}

#[test]
fn typed_lines_are_chunks_when_interactive() {
    let lines = "x = 5\n=x, 'a'\nx + 1\nfor i = 1, 2 do\nprint(i)\nend\nnil\nprint(\n'p')\n";
    let run = args(&["-i"]).stdin(lines).bvm(&Folder::new(&[]));
    let stdout: String = run.stdout.replace("> ", "").replace('>', "");
    assert_eq!(stdout, "5\ta\n6\n1\n2\nnil\np\n\n");
    assert_eq!(run.code, Some(0));
}

#[test]
fn expressions_need_a_sign_in_lua_5_1() {
    let lines = "x = 5\n=x\nx + 1\nx\n'a'\n= x\n+ 1\nreturn x,\n2\n";
    let folder = Folder::new(&[]);
    let run = args(&["--std=5.1", "-i"]).stdin(lines).bvm(&folder);
    assert_eq!(run.stdout, "> > 5\n> > >> > 5\n> > >> 5\t2\n> \n");
    // What the reference writes out may have the lines in it that it has read.
    let case = args(&["-i"]).stdin(lines);
    if let Some(reference) = case.reference("lua5.1", "bvm", &folder) {
        let behind_banner =
            |run: &common::Run| run.stderr.split_once('\n').map(|it| it.1.to_owned());
        assert_eq!(behind_banner(&reference), behind_banner(&run));
    }
    assert!(run.stderr.contains("stdin:1: '=' expected near '+'\n"));
}

#[test]
fn interactive_errors_do_not_end_the_session() {
    let lines = "error('a', 0)\n)\n_PROMPT = 'ready '\nprint = 1\n=1\n";
    let run = args(&["-i"]).stdin(lines).bvm(&Folder::new(&[]));
    assert!(run.stderr.contains("\na\nstack traceback:\n"), "{run:?}");
    assert!(
        run.stderr
            .contains("\nstdin:1: unexpected symbol near ')'\n"),
        "{run:?}"
    );
    assert!(
        run.stderr
            .contains("error calling 'print' (attempt to call a number value)"),
        "{run:?}"
    );
    assert!(run.stdout.contains("ready "), "{run:?}");
    assert_eq!(run.code, Some(0));
}

#[test]
fn a_prompt_that_is_no_text_is_the_usual_one() {
    let lines = "_PROMPT = 5\n_PROMPT = {}\nprint(1)\n";
    let run = args(&["-i"]).stdin(lines).bvm(&Folder::new(&[]));
    assert_eq!(run.stdout, "> 5> 1\n> \n");
}

#[test]
fn a_saved_program_is_described_with_its_rings() {
    let script = "ring.limit(3, { memory = 65536 }) ring.run(3, 'for i = 1, 1000 do end', { fuel = 5000 }) while true do end";
    let folder = Folder::new(&[("s.lua", script)]);
    let words = ["--fuel", "9000", "--snapshot-out", "s", "s.lua"];
    assert_eq!(args(&words).bvm(&folder).code, Some(124));
    let info = args(&["info", "s"]).bvm(&folder);
    let lines = [
        "  ring      2",
        "  ring 2    fuel used ",
        "  ring 3    fuel used ",
    ];
    for line in lines {
        assert!(info.stdout.contains(line), "{line}: {}", info.stdout);
    }
    assert!(info.stdout.ends_with(", limit 65536\n"), "{}", info.stdout);
}

#[test]
fn a_program_out_of_fuel_is_saved_and_goes_on() {
    let folder = Folder::new(&[(
        "s.lua",
        "local n = 0 for i = 1, 1e4 do n = n + i end print(n, ...)",
    )]);
    let words = ["--fuel", "9000", "--snapshot-out", "s.snap", "s.lua", "a"];
    let cut = args(&words).bvm(&folder);
    assert_eq!(
        (cut.stderr.as_str(), cut.code),
        ("bvm: out of fuel\n", Some(124))
    );
    let info = args(&["info", "s.snap"]).bvm(&folder);
    assert!(info.stdout.contains("in the middle of its run"), "{info:?}");
    let words = ["resume", "--fuel=5000", "--snapshot-out=t.snap", "s.snap"];
    assert_eq!(args(&words).bvm(&folder).code, Some(124));
    let end = args(&["resume", "t.snap"]).bvm(&folder);
    assert_eq!((end.stdout.as_str(), end.code), ("50005000\ta\n", Some(0)));
    let wrong = args(&["resume", "s.lua"]).bvm(&folder);
    assert_eq!(wrong.stderr, "bvm: s.lua: not a snapshot\n");
    assert_eq!(wrong.code, Some(1));
}
