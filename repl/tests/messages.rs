//! What the command writes about errors that nobody catches, side by side with `lua5.1`.

mod common;

use common::{Folder, args, check};

/// Checks the standard error of a script that fails.
fn fails(script: &str, stdout: &str, stderr: &str) {
    check(&args(&["s.lua"]), &[("s.lua", script)], stdout, stderr, 1);
}

#[test]
fn a_message_ends_at_a_zero_byte() {
    fails("error('before\\0after')", "", "bvm: s.lua:1: before\n");
}

#[test]
fn errors_of_a_reader_function_have_a_traceback() {
    let script = "print(load(function() error('no', 0) end))";
    let shown = "nil\tno\nstack traceback:\n\t[C]: in function 'error'\n\ts.lua:1: in function <s.lua:1>\n\t[C]: in function 'load'\n\ts.lua:1: in main chunk\n\t[C]: ?\n";
    check(&args(&["s.lua"]), &[("s.lua", script)], shown, "", 0);
}

#[test]
fn the_traceback_comes_from_the_globals_of_the_thread() {
    let script = "setfenv(0, {})\nerror('x')";
    fails(script, "", "bvm: s.lua:2: x\n");
    let script = "setfenv(0, { debug = { traceback = function(text) return 'own ' .. text end } })\nerror('x')";
    fails(script, "", "bvm: own s.lua:2: x\n");
}

#[test]
fn the_traceback_may_come_from_metamethods() {
    let script = "debug = setmetatable({}, { __index = function(t, k) return function(text) return k .. ' ' .. text end end })\nerror('x')";
    fails(script, "", "bvm: traceback s.lua:2: x\n");
    let script = "local library = debug\ndebug = nil\nsetmetatable(_G, { __index = function(t, k) return k == 'debug' and library or nil end })\nerror('x', 0)";
    let shown = "bvm: x\nstack traceback:\n\t[C]: in function 'error'\n\ts.lua:4: in main chunk\n\t[C]: ?\n";
    fails(script, "", shown);
    let script = "setmetatable(_G, { __index = error })\ndebug = nil\nerror('x')";
    fails(script, "", "bvm: error in error handling\n");
    // What is no table has no field that counts, and what is no function is not called.
    let script =
        "debug = newproxy(true)\ngetmetatable(debug).__index = { traceback = print }\nerror('x')";
    fails(script, "", "bvm: s.lua:3: x\n");
    let script = "debug.traceback = setmetatable({}, { __call = print })\nerror('x')";
    fails(script, "", "bvm: s.lua:2: x\n");
}

#[test]
fn later_chunks_live_in_the_globals_of_the_thread() {
    let words = [
        "-e",
        "setfenv(0, setmetatable({ x = 5 }, { __index = _G }))",
        "-e",
        "print(x)",
    ];
    check(&args(&words), &[], "5\n", "", 0);
}

#[test]
fn the_shell_names_itself_sh() {
    let script = "os.execute('exec 2>&1; no_such_command')";
    check(
        &args(&["-e", script]),
        &[],
        "sh: 1: no_such_command: not found\n",
        "",
        0,
    );
}

#[test]
fn debugger_commands_are_whole_lines() {
    let stderr = "lua_debug> (debug command):2: unexpected symbol near '<eof>'\n\
        lua_debug> (debug command):1: '=' expected near 'y'\nlua_debug> lua_debug> ";
    let case = args(&["-e", "debug.debug()"]).stdin("x =\nx y\nprint(1)\ncont\nprint(2)\n");
    check(&case, &[], "1\n", stderr, 0);
}

#[test]
fn handlers_do_not_see_that_memory_has_run_out() {
    let script = "print(xpcall(function() local t = {} while true do t[#t + 1] = ('x'):rep(1e5) .. #t end end, function() return 'handled' end))";
    let run = args(&["--memory", "8M", "-e", script]).bvm(&Folder::new(&[]));
    assert_eq!(run.stdout, "false\tnot enough memory\n");
}

#[test]
fn summer_time_may_be_half_an_hour() {
    let script = "local function at(month, isdst)
            return os.time { year = 2020, month = month, day = 15, hour = 12, isdst = isdst }
        end
        print(at(1, true), at(1, false), at(1))
        print(at(7, true), at(7, false), at(7))";
    let moments = "1579050000\t1579051800\t1579050000\n1594774800\t1594776600\t1594776600\n";
    let zone = [("TZ", "LHST-10:30LHDT-11,M10.1.0,M4.1.0")];
    let case = args(&["s.lua"]).env(&zone);
    check(&case, &[("s.lua", script)], moments, "", 0);
}

#[test]
fn seconds_of_a_time_in_greenwich_are_those_of_a_local_one() {
    let script = "for _, t in ipairs { 0, 1700000000, 1720000000, -1 } do\n\
        print(os.date('!%s %H:%M%z', t), os.date('%s', t))\nend";
    let berlin = "-3600 00:00+0000\t0\n1699996400 22:13+0000\t1700000000\n\
        1719996400 09:46+0000\t1720000000\n-3601 23:59+0000\t-1\n";
    let half = "12600 00:00+0000\t0\n1700012600 22:13+0000\t1700000000\n\
        1720012600 09:46+0000\t1720000000\n12599 23:59+0000\t-1\n";
    for (name, output) in [("Europe/Berlin", berlin), ("XST3:30", half)] {
        let zone = [("TZ", name)];
        let case = args(&["s.lua"]).env(&zone);
        check(&case, &[("s.lua", script)], output, "", 0);
    }
}

#[test]
fn summer_time_goes_on_beyond_the_year_9999() {
    let zone = [("TZ", "Europe/Berlin")];
    let script = "for _, year in ipairs { 2030, 9999, 10000, 246982 } do\n\
        local t = os.time { year = year, month = 7, day = 1 }\n\
        print(t % 86400, os.date('%H', t), os.date('*t', t).isdst)\nend";
    let line = "36000\t12\ttrue\n";
    check(
        &args(&["s.lua"]).env(&zone),
        &[("s.lua", script)],
        &line.repeat(4),
        "",
        0,
    );
}
