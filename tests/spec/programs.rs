//! The Lua programs of the page: they run, in every dialect they are meant for, and print what they say.
//!
//! A block of code that begins with three back-quotes and `lua` is a program; the words behind say where
//! it runs. Nothing: everywhere, and in `lua5.1` if that is there. `bvm`: in both dialects with
//! additions. `5.1`, `bvm52`: in that dialect. `differs`: everywhere, but `lua5.1` gives something else.
//! A comment `--> text` announces a line of output, `--> error: text` the uncaught error.

use super::page;
use bvm::{Capture, Exit, Guest};
use bvm_isa::Dialect;
use std::process::Command;

struct Program {
    /// Line of the page.
    line: usize,
    /// The words behind the back-quotes and `lua`.
    says: String,
    source: String,
}

/// All programs of the page.
fn programs() -> Vec<Program> {
    let mut programs = Vec::new();
    let mut open: Option<Program> = None;
    for (number, line) in page().lines().enumerate() {
        if let Some(program) = &mut open {
            if line == "```" {
                programs.extend(open.take());
            } else {
                program.source += line;
                program.source.push('\n');
            }
        } else if let Some(says) = line.strip_prefix("```lua") {
            open = Some(Program {
                line: number + 1,
                says: says.trim().to_owned(),
                source: String::new(),
            });
        }
    }
    assert!(open.is_none(), "a program of spec.md has no end");
    programs
}

/// What a program announces.
fn expected(source: &str) -> String {
    let announced = source.lines().filter_map(|line| {
        let at = line.find("-->")?;
        Some(line[at + 3..].strip_prefix(' ').unwrap_or_default())
    });
    announced.map(|line| format!("{line}\n")).collect()
}

/// What a program prints in a dialect, and how it ends if not well.
fn output(source: &str, dialect: Dialect) -> String {
    let (host, output) = Capture::new(1 << 20);
    let guest = Guest::builder()
        .host(host)
        .dialect(dialect)
        .memory(256 << 20);
    let mut guest = guest.build().expect("a guest");
    let end = match guest.load(source, "=spec") {
        Err(error) => format!("error: {error}\n"),
        Ok(function) => {
            guest.start(&function, &[]).expect("it starts");
            match guest.run(1_000_000_000) {
                Exit::Done(_) => String::new(),
                Exit::Error(error) => format!("error: {}\n", first_line(&error.to_string())),
                other => format!("{other:?}\n"),
            }
        }
    };
    String::from_utf8_lossy(&output.take()).into_owned() + &end
}

fn first_line(text: &str) -> &str {
    text.lines().next().unwrap_or_default()
}

/// The dialects that a program is meant for, and whether `lua5.1` is.
fn meant_for(says: &str) -> (&'static [Dialect], bool) {
    use Dialect::{Bvm, Bvm52, Lua51};
    match says {
        "" => (&[Lua51, Bvm, Bvm52], true),
        "differs" => (&[Lua51, Bvm, Bvm52], false),
        "5.1" => (&[Lua51], true),
        "bvm" => (&[Bvm, Bvm52], false),
        "bvm only" => (&[Bvm], false),
        "bvm52" => (&[Bvm52], false),
        other => panic!("a program of spec.md is for '{other}'"),
    }
}

/// What `lua5.1` prints, when it is there.
fn reference(source: &str) -> Option<String> {
    let folder = std::env::temp_dir().join(format!("bvm-spec-{}", std::process::id()));
    std::fs::create_dir_all(&folder).ok()?;
    std::fs::write(folder.join("spec"), source).ok()?;
    let run = Command::new("lua5.1")
        .arg("spec")
        .current_dir(&folder)
        .output();
    let _ = std::fs::remove_dir_all(&folder);
    let run = run.ok()?;
    let mut text = String::from_utf8_lossy(&run.stdout).into_owned();
    if !run.status.success() {
        let error = String::from_utf8_lossy(&run.stderr).into_owned();
        let error = first_line(&error).trim_start_matches("lua5.1: ").to_owned();
        text += &format!("error: {error}\n");
    }
    Some(text)
}

#[test]
fn programs_print_what_they_say() {
    let programs = programs();
    assert!(programs.len() > 15, "only {} programs", programs.len());
    let mut wrong = String::new();
    for program in &programs {
        let expected = expected(&program.source);
        assert!(
            !expected.is_empty(),
            "the program in line {} of spec.md announces nothing",
            program.line
        );
        let (dialects, in_lua) = meant_for(&program.says);
        let mut compare = |who: &str, got: String| {
            if got != expected {
                wrong += &format!(
                    "line {} of spec.md, {who}\n--- says\n{expected}--- prints\n{got}",
                    program.line
                );
            }
        };
        for dialect in dialects {
            compare(&format!("{dialect:?}"), output(&program.source, *dialect));
        }
        if in_lua || program.says == "differs" {
            let Some(got) = reference(&program.source) else {
                continue;
            };
            if in_lua {
                compare("lua5.1", got);
            } else if got == expected {
                let line = program.line;
                wrong += &format!("line {line} of spec.md: lua5.1 prints nothing else\n");
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}
