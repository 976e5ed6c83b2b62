//! Streams of the command: buffering, processes, and what the outside world may do to it.

mod common;

use common::{Folder, args, check};

#[test]
fn what_is_written_arrives_in_order() {
    let script =
        "io.write('a') print('b') io.stdout:write('c\\n') io.stdout:setvbuf('no') io.write('d')";
    check(&args(&["-e", script]), &[], "ab\nc\nd", "", 0);
}

#[test]
fn output_before_an_error_arrives() {
    let case = args(&["-e", "io.write('half') error(nil)"]);
    check(&case, &[], "half", "", 1);
}

#[test]
fn much_is_written_in_pieces() {
    let script = "local s = ('0123456789'):rep(50000)\n\
        local f = assert(io.open('big', 'w'))\n\
        print(f:write(s, 1.5, s, 'end'))\n\
        print(pcall(f.write, f, s, 'x', {}))\n\
        f:close() f = io.open('big') local all = f:read('*a')\n\
        print(#all, all == s .. '1.5' .. s .. 'end' .. s .. 'x')";
    let stdout =
        "true\nfalse\tbad argument #4 to '?' (string expected, got table)\n1500007\ttrue\n";
    check(&args(&["s.lua"]), &[("s.lua", script)], stdout, "", 0);
}

#[test]
fn long_reads_take_no_more_than_they_ask_for() {
    let script = "local f = io.open('big', 'w+') f:write(('0123456789'):rep(3000)) f:seek('set', 1)\n\
        print(#f:read(20000), f:seek(), f:read(1), f:seek(), #f:read(9000), f:seek(), f:read(3))\n\
        print(#f:read('*a'), #f:read('*a'), f:read(10000), f:read())\n\
        f:write('end') f:seek('set', 29995) print(f:read('*a')) f:close()\n\
        print(io.open('big', 'a'):read(10000)) print(io.open('big', 'a'):read('*a'))";
    let stdout = "20000\t20001\t1\t20002\t9000\t29002\t234\n995\t0\tnil\tnil\n56789end\n\
        nil\tBad file descriptor\t9\nnil\tBad file descriptor\t9\n";
    check(&args(&["s.lua"]), &[("s.lua", script)], stdout, "", 0);
}

#[test]
fn reading_and_writing_share_a_position() {
    let script = "local f = io.open('x', 'w+') f:write('one\\ntwo\\nthree') f:seek('set', 0)\n\
        print(f:read(), f:read(1)) f:write('XX') f:seek('set', 0) print(f:read('*a'))\n\
        print(f:seek('end'), f:seek('set', 2), f:read(3), f:seek())";
    let stdout = "one\tt\none\ntXX\nthree\n13\t2\te\nt\t5\n";
    check(&args(&["s.lua"]), &[("s.lua", script)], stdout, "", 0);
}

#[test]
fn whole_numbers_leave_what_is_behind_them() {
    let script = "local f = io.open('n', 'w')\n\
        f:write('1 -2\\n\\t003 -0 123456789012345 1234567890123456 5x 7') f:close() f = io.open('n')\n\
        print(f:read('*n', 1, '*n', '*n', '*n'))\n\
        for i = 1, 3 do print(string.format('%.0f', f:read('*n')), f:seek()) end\n\
        print(f:read(2, '*n', '*a'))";
    let stdout = "1\t \t-2\t3\t-0\n123456789012345\t28\n1234567890123456\t45\n5\t47\n\
        x \t7\t\n";
    check(&args(&["s.lua"]), &[("s.lua", script)], stdout, "", 0);
}

#[test]
fn numbers_are_read_as_c_reads_them() {
    let script = "while true do local n, rest = io.read('*n', 1) print(n, rest) if not rest and not io.read(1) then break end end";
    let input = "1 0x10 -2.5e1,1e5x .5. nan inf;infinity-7 +8 00x1 0x.8p1 ";
    check(
        &args(&["-e", script]).stdin(input),
        &[],
        &expected_numbers(),
        "",
        0,
    );
}

fn expected_numbers() -> String {
    let rows = [
        ("1", " "),
        ("16", " "),
        ("-25", ","),
        ("100000", "x"),
        ("0.5", "."),
        ("nan", " "),
        ("inf", ";"),
        ("inf", "-"),
        ("7", " "),
        ("8", " "),
        ("0", "x"),
        ("1", " "),
        ("1", " "),
    ];
    let mut text: String = rows
        .iter()
        .map(|(n, rest)| format!("{n}\t{rest}\n"))
        .collect();
    text.push_str("nil\tnil\n");
    text
}

#[test]
fn processes_read_and_write() {
    let script = "local p = io.popen('cat > out; exit 3', 'w') p:write('to', 1) print(p:close())\n\
        print(io.open('out'):read('*a'), io.popen('echo from'):read())\n\
        print(os.execute('exit 2'), os.execute())";
    check(
        &args(&["s.lua"]),
        &[("s.lua", script)],
        "true\nto1\tfrom\n512\t1\n",
        "",
        0,
    );
}

#[test]
fn files_nobody_holds_are_written_out() {
    let script = "do local f = io.open('x', 'w') f:write('kept') end collectgarbage() collectgarbage()\n\
        print(io.open('x'):read('*a')) local f = io.open('y', 'w') f:write('at the end')";
    let folder = Folder::new(&[("s.lua", script)]);
    assert_eq!(args(&["s.lua"]).bvm(&folder).stdout, "kept\n");
    assert_eq!(
        std::fs::read_to_string(folder.path.join("y")).expect("written"),
        "at the end"
    );
}

#[test]
fn nobody_reading_ends_the_program_quietly() {
    let folder = Folder::new(&[]);
    let line = format!(
        "'{}' -e 'while true do print(1) end' | head -n 1",
        env!("CARGO_BIN_EXE_bvm")
    );
    let script = format!("return os.execute({line:?})");
    let run = args(&["-e", &script]).bvm(&folder);
    assert_eq!((run.stdout.as_str(), run.stderr.as_str()), ("1\n", ""));
}

#[test]
fn endless_input_ends_at_the_limit() {
    let read = "print(pcall(function() return io.open('/dev/zero'):read('*a') end))";
    let run = args(&["--memory", "8M", "-e", read]).bvm(&Folder::new(&[]));
    assert_eq!(run.stdout, "false\tnot enough memory\n");
}

#[test]
fn waiting_ends_with_the_time() {
    let run = args(&[
        "--timeout",
        "0.1",
        "-e",
        "os.execute('exec sleep 2 >/dev/null 2>&1')",
    ])
    .bvm(&Folder::new(&[]));
    assert_eq!(
        (run.stderr.as_str(), run.code),
        ("bvm: out of time\n", Some(124))
    );
}

#[test]
fn bytes_go_through_unchanged() {
    let script = "local s = io.read('*a') io.write(#s, ':', s)";
    check(
        &args(&["-e", script]).stdin("a\0b\r\n\u{ff}\n"),
        &[],
        "8:a\0b\r\n\u{ff}\n",
        "",
        0,
    );
}

#[test]
fn a_stream_without_a_buffer_does_not_get_one_again() {
    let script = "local f = io.open('f', 'w')\nf:setvbuf('no') f:setvbuf('full', 1024) f:write('at once')\nprint(io.open('f'):read('*a'))\nf = io.open('g', 'w') f:setvbuf('full', 1024) f:write('later')\nprint(io.open('g'):read('*a'))";
    let files = [("s.lua", script)];
    check(&args(&["s.lua"]), &files, "at once\n\n", "", 0);
}
