//! `bvm luac` side by side with `luac5.1`.

mod common;

use common::{Case, Folder, args};

const PROGRAM: &str = "local x <const> = 1"; // Not Lua 5.1.
const GOOD: &str = "local t = {1, 2, k = 'v'}\nfor i, v in ipairs(t) do print(i, v) end\nreturn function(a, ...) return a + x, ... end\n";

/// What `luac5.1` is given behind `bvm luac`'s first word, and both are compared.
fn same(words: &[&str], files: &[(&str, &str)], stdin: &str) -> common::Run {
    let ours: Vec<&str> = ["luac"].into_iter().chain(words.iter().copied()).collect();
    let folder = Folder::new(files);
    let run = Case {
        args: &ours,
        env: &[],
        stdin,
    }
    .bvm(&folder);
    let case = Case {
        args: words,
        env: &[],
        stdin,
    };
    if let Some(mut reference) = case.reference("luac5.1", "luac", &Folder::new(files)) {
        reference.stderr = reference.stderr.replace("usage: luac5.1", "usage: luac");
        reference.stdout = without_addresses(&reference.stdout);
        assert_eq!(
            without_addresses(&run.stdout),
            reference.stdout,
            "{words:?}"
        );
        assert_eq!(
            (&run.stderr, run.code),
            (&reference.stderr, reference.code),
            "{words:?}"
        );
    }
    run
}

fn without_addresses(listing: &str) -> String {
    let mut pieces = listing.split("0x");
    let mut text = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        text.push('@');
        text.push_str(piece.trim_start_matches(|c: char| c.is_ascii_hexdigit()));
    }
    text
}

#[test]
fn listings_are_those_of_luac() {
    let files = [("a.lua", GOOD), ("b.lua", "print('b')")];
    for words in [
        &["-l", "-p", "a.lua"][..],
        &["-l", "-l", "-p", "a.lua"],
        &["-l", "-p", "a.lua", "b.lua"],
        &["-p", "a.lua"],
        &["-l", "--", "a.lua"],
    ] {
        let run = same(words, &files, "");
        assert_eq!(run.code, Some(0));
    }
    let listing = same(&["-l", "-"], &[], "print(1)").stdout;
    assert!(
        listing.starts_with("\nmain <stdin:0,0> (4 instructions, 16 bytes at 0x"),
        "{listing}"
    );
    assert!(
        listing.contains("\n\t1\t[1]\tGETGLOBAL\t0 -1\t; print\n"),
        "{listing}"
    );
}

#[test]
fn messages_are_those_of_luac() {
    let files = [("bad.lua", PROGRAM), ("a.lua", GOOD)];
    for words in [
        &[][..],
        &["-x"],
        &["-o"],
        &["-o", ""],
        &["nofile.lua"],
        &["bad.lua"],
        &["a.lua", "bad.lua"],
        &["-l"],
        &["-o", "no/such/folder", "a.lua"],
    ] {
        let run = same(words, &files, "");
        assert_eq!(run.code, Some(1), "{words:?}");
    }
    let run = same(&["bad.lua"], &files, "");
    assert_eq!(run.stderr, "luac: bad.lua:1: unexpected symbol near '<'\n");
}

#[test]
fn chunks_go_round() {
    let folder = Folder::new(&[("a.lua", "print('a', ...)"), ("b.lua", "print('b', x)")]);
    let bvm = |words: &[&str]| args(words).bvm(&folder);
    assert_eq!(bvm(&["luac", "a.lua"]).code, Some(0));
    assert_eq!(bvm(&["luac.out", "1"]).stdout, "a\t1\n");
    assert_eq!(
        bvm(&["luac", "-s", "-o", "both", "a.lua", "b.lua"]).code,
        Some(0)
    );
    assert_eq!(bvm(&["both"]).stdout, "a\nb\tnil\n");
    assert_eq!(bvm(&["luac", "-o", "again", "luac.out"]).code, Some(0));
    let read = |name: &str| std::fs::read(folder.path.join(name)).expect("written");
    assert_eq!(read("again"), read("luac.out"));
    if let Some(run) = args(&["luac.out", "1"]).reference("lua5.1", "bvm", &folder) {
        assert_eq!(run.stdout, "a\t1\n");
    }
    if let Some(run) = args(&["-o", "theirs", "a.lua"]).reference("luac5.1", "luac", &folder) {
        assert_eq!(run.code, Some(0));
        assert_eq!(read("theirs"), read("luac.out"));
        assert_eq!(bvm(&["theirs", "2"]).stdout, "a\t2\n");
    }
}

#[test]
fn the_version_alone_is_enough() {
    let folder = Folder::new(&[]);
    let run = args(&["luac", "-v"]).bvm(&folder);
    assert!(
        run.stdout.starts_with("bvm ") && run.stdout.ends_with("Lua 5.1\n"),
        "{run:?}"
    );
    assert_eq!(run.code, Some(0));
}
