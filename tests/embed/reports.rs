//! Errors as people read them. `INSTA_UPDATE=always cargo test -p bvm --test embed` writes the snapshots.

use bvm::{Console, Cx, Error, Function, Lua, Result};
use proptest::prelude::*;
use std::fmt;

/// The report of a program that fails.
fn report(lua: &Lua, name: &str, source: &str) -> String {
    let error = lua.load(source).name(name).exec().expect_err("an error");
    let report = error.report().source(name, source).to_string();
    let first = report.lines().next().unwrap_or_default();
    assert!(
        error.to_string().starts_with(first) || first.contains("\\u"),
        "{report}"
    );
    report
}

fn plain(source: &str) -> String {
    report(&Lua::new().expect("a guest"), "@main.lua", source)
}

#[derive(Debug)]
struct NoFile(std::io::Error);

impl fmt::Display for NoFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no configuration")
    }
}

impl std::error::Error for NoFile {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.0)
    }
}

#[test]
fn names_in_messages_are_found_in_their_line() {
    let calls =
        "local function start(app)\n\tlocal cfg = 1 + app.cfg.timeout -- cfg\nend\nstart({})\n";
    insta::assert_snapshot!("field", plain(calls));
    insta::assert_snapshot!("global", plain("print(x.print, nope(1), o.nope)"));
    insta::assert_snapshot!("method", plain("local s = 'ß' .. ('x'):shout()"));
    insta::assert_snapshot!(
        "argument",
        plain("return 1,\n  ('x'):rep(string.rep('y', {}))")
    );
    insta::assert_snapshot!(
        "nothing_named",
        plain("local t = {}\nreturn t + 1, {} .. 'x'")
    );
}

#[test]
fn syntax_errors() {
    insta::assert_snapshot!("syntax", plain("#!/usr/bin/lua\nlocal x = = 5\n"));
    insta::assert_snapshot!("syntax_at_the_end", plain("for i = 1, 3 do\n  print(i)\n"));
    insta::assert_snapshot!("syntax_string", plain("local s = \"abc\nlocal y"));
    let lua = Lua::new().expect("a guest");
    insta::assert_snapshot!("syntax_without_a_name", report(&lua, "x = = 1", "x = = 1"));
}

#[test]
fn stacks_go_across_the_host() -> Result<()> {
    let lua = Lua::builder().fuel(1_000_000).lua()?;
    let run = lua.function(|_: &Cx<'_>, f: Function| f.call::<()>(()))?;
    lua.globals().set("run", run)?;
    let source = "local function inner() error('deep') end\nrun(function() inner() end)";
    insta::assert_snapshot!("stack", report(&lua, "=job", source));
    let read = lua.function(|| -> Result<()> {
        let inner = std::io::Error::other("the disk is gone");
        Err(Error::external(NoFile(inner)))
    })?;
    lua.globals().set("read", read)?;
    insta::assert_snapshot!("cause", report(&lua, "=job", "local text = read()"));
    Ok(())
}

#[test]
fn long_stacks_and_lines_are_cut() {
    let deep = "local function f(n) if n == 0 then error('end') end return 1 + f(n - 1) end\nf(40)";
    insta::assert_snapshot!("long_stack", plain(deep));
    let long = format!("local t = {{ {} }} return t.x.y", "1, ".repeat(200));
    insta::assert_snapshot!("long_line", plain(&long));
}

#[test]
fn control_characters_are_shown() {
    insta::assert_snapshot!("control", plain("error('red \\27[31m', 0) -- \u{1b}[0m"));
}

#[test]
fn other_errors_and_the_guest() -> Result<()> {
    let lua = Lua::builder()
        .host(Console::new())
        .fuel(10_000)
        .memory(4 << 20)
        .lua()?;
    let error = lua.load("while true do end").exec().expect_err("an error");
    let report = error.report().guest(&lua).to_string();
    let mut words = report.split("guest ");
    assert_eq!(words.next(), Some("out of fuel\n"));
    let rest = words.next().unwrap_or_default();
    let (number, rest) = rest.split_once(", ").expect("a number");
    assert!(number.parse::<u64>().is_ok(), "{report}");
    assert!(rest.starts_with("ring 2, fuel "), "{report}");
    assert!(rest.contains(" used and 0 left, memory "), "{report}");
    assert_eq!(
        Error::Foreign.report().to_string(),
        Error::Foreign.to_string()
    );
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn anything_can_be_shown(
        source in proptest::collection::vec(any::<u8>(), 0..60),
        message in "main:[0-9]{1,3}: (field|local|to|method) '.{0,3}'.{0,8}",
        text in "(.{0,9}\n?){0,9}",
    ) {
        let lua = Lua::builder().libraries(bvm::Libraries::None).fuel(1_000).lua().expect("a guest");
        if let Err(error) = lua.load(&source).name("=main").exec() {
            let shown = error.report().source("=main", &source).guest(&lua).to_string();
            prop_assert!(shown.lines().count() > 0);
        }
        let shown = Error::runtime(message).report().source("=main", &text).to_string();
        prop_assert!(shown.chars().all(|c| !c.is_control() || c == '\n' || c == '\t'));
    }
}
