//! The console's host: what is printed, read and loaded.

use bvm::{Console, Folder, Lua, Output, Resolver, Result};
use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

fn with(console: Console) -> Lua {
    Lua::builder().host(console).lua().expect("a guest")
}

fn error(lua: &Lua, source: &str) -> String {
    let run = lua.load(source).name("=main").exec();
    run.expect_err("an error").to_string()
}

#[test]
fn output_goes_to_writers() -> Result<()> {
    let (out, err) = (Output::default(), Output::default());
    let lua = with(Console::new().stdout(out.clone()).stderr(err.clone()));
    lua.load("print('a', 1) io.write('b') io.stderr:write('c') io.stdout:flush()")
        .exec()?;
    assert_eq!(out.take(), b"a\t1\nb");
    assert_eq!(err.take(), b"c");
    assert_eq!(out.take(), b"");
    Ok(())
}

#[test]
fn input_comes_from_a_reader() -> Result<()> {
    let text = &b"first\n\n 0x10 2.5 rest\nmore"[..];
    let lua = with(Console::new().stdin(text));
    let source = "local a, b, n, m = io.read('*l', '*l', '*n', '*n')
        local c, d, e = io.read(3, 0, '*a')
        return a, b, n, m, c, d, e, io.read('*a'), io.read('*l'), io.read(0), io.read('*n')";
    let read: Vec<bvm::Value> = lua.load(source).eval::<bvm::MultiValue>()?.into_vec();
    let shown: Vec<String> = read.iter().map(|value| format!("{value:?}")).collect();
    let expected = "String(\"first\") String(\"\") Number(16.0) Number(2.5) String(\" re\") String(\"\") \
        String(\"st\\nmore\") String(\"\") Nil Nil Nil";
    assert_eq!(shown.join(" "), expected);
    let none = with(Console::new());
    assert_eq!(none.load("io.read()").eval::<Option<String>>()?, None);
    Ok(())
}

#[test]
fn lines_are_read_one_by_one() -> Result<()> {
    let lua = with(Console::new().stdin(&b"a\nb\nc"[..]));
    let joined: String = lua
        .load("local s = '' for line in io.lines() do s = s .. line .. ';' end return s")
        .eval()?;
    assert_eq!(joined, "a;b;c;");
    Ok(())
}

#[test]
fn a_missing_module_lists_what_was_tried_as_lua_does() {
    let sources = HashMap::from([("known.lua".to_owned(), "return 1")]);
    for lua in [
        with(Console::new()),
        with(Console::new().resolver(sources)),
        with(Console::new().resolver(Folder::new(".").expect("a folder"))),
    ] {
        let expected = "main:1: module 'a.b' not found:\n\
            \tno field package.preload['a.b']\n\
            \tno file './a/b.lua'\n\
            \tno file '/x/a/b/init.lua'\n\
            \tno file './a/b.so'";
        let source =
            "package.path, package.cpath = './?.lua;/x/?/init.lua', './?.so' require 'a.b'";
        let message = error(&lua, source);
        // The last loader looks for the first part of the name.
        assert!(message.starts_with(expected), "{message}");
    }
}

#[test]
fn modules_are_found_in_memory() -> Result<()> {
    static EMBEDDED: &[(&str, &str)] = &[
        ("shapes/round.lua", "return { name = ..., pi = 3 }"),
        ("broken.lua", "return ="),
    ];
    let map = BTreeMap::from([("own.lua".to_owned(), b"return 7".to_vec())]);
    let lua = with(Console::new().resolver((map, EMBEDDED)));
    let round =
        "local r = require('shapes.round') return r.name, r.pi, r == require('shapes.round')";
    assert_eq!(
        lua.load(round).eval::<(String, i64, bool)>()?,
        ("shapes.round".into(), 3, true)
    );
    assert_eq!(lua.load("dofile('own.lua')").eval::<i64>()?, 7);
    assert_eq!(lua.load("loadfile('./own.lua')()").eval::<i64>()?, 7);
    assert_eq!(
        error(&lua, "require 'broken'"),
        "error loading module 'broken' from file './broken.lua':\n\
         \t./broken.lua:1: unexpected symbol near '='"
    );
    assert_eq!(
        error(&lua, "assert(loadfile('none.lua'))"),
        "main:1: cannot open none.lua: No such file or directory"
    );
    Ok(())
}

/// A folder of scripts with one file outside, that goes away.
struct Scripts(PathBuf);

impl Scripts {
    fn new(name: &str) -> Scripts {
        let root = std::env::temp_dir().join(format!("bvm-{name}-{}", std::process::id()));
        std::fs::create_dir_all(root.join("in/deep")).expect("a folder");
        for (file, text) in [
            ("in/a.lua", "return 'a'"),
            ("in/deep/b.lua", "return 'b'"),
            ("secret.lua", "return 'secret'"),
        ] {
            std::fs::write(root.join(file), text).expect("a file");
        }
        Scripts(root)
    }
}

impl Drop for Scripts {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

#[cfg(unix)]
fn link(to: &Path, from: &Path) {
    std::os::unix::fs::symlink(to, from).expect("a link");
}

#[test]
#[cfg(unix)]
fn nothing_leads_out_of_a_folder() -> Result<()> {
    let scripts = Scripts::new("folder");
    let inner = scripts.0.join("in");
    link(&scripts.0.join("secret.lua"), &inner.join("link.lua"));
    link(&scripts.0, &inner.join("up"));
    link(&inner.join("a.lua"), &inner.join("fine.lua"));
    let lua = with(Console::new().resolver(Folder::new(&inner)?));
    for (module, text) in [("a", "a"), ("deep.b", "b"), ("fine", "a")] {
        let found: String = lua.load(format!("require '{module}'")).eval()?;
        assert_eq!(found, text);
    }
    let absolute = scripts.0.join("secret.lua");
    let names = [
        "../secret.lua",
        "deep/../../secret.lua",
        "./../in/../secret.lua",
        "link.lua",
        "up/secret.lua",
        "deep",
        ".",
        "",
        absolute.to_str().expect("a name"),
    ];
    for name in names {
        let source = format!("return (loadfile('{name}'))");
        assert_eq!(
            lua.load(source).eval::<Option<bvm::Function>>()?,
            None,
            "{name}"
        );
        let mut folder = Folder::new(&inner)?;
        assert!(folder.read(name).is_err(), "{name}");
    }
    assert!(Folder::new(&inner)?.read("a.lua\0").is_err());
    assert!(Folder::new(inner.join("a.lua")).is_err());
    assert!(Folder::new(inner.join("none")).is_err());
    Ok(())
}
