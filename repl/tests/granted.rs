//! What the guests of a fleet may use, and what they are told of the rest.

mod common;

use common::{Folder, args};

#[test]
fn guests_in_ring_3_have_tasks_where_they_are_granted() {
    let fleet = "[[guest]]\nscript = 'plugin.lua'\nring = 3\n[[guest]]\nscript = 'app.lua'\n
[[guest]]\nname = 'mute'\nscript = 'mute.lua'\nring = 3\nallow = ['console']\n";
    let plugin = "task.send(assert(task.find('app')), 7) print(task.spawn('return 1'))";
    let folder = Folder::new(&[
        ("fleet.toml", fleet),
        ("plugin.lua", plugin),
        ("app.lua", "return task.receive()"),
        ("mute.lua", "print(task.find('app'))"),
    ]);
    let run = args(&["fleet", "fleet.toml"]).bvm(&folder);
    assert_eq!(run.code, Some(0), "{run:?}");
    let has = |text: &str| run.stdout.contains(text);
    assert!(has("hypercall 'spawn' (task) is not granted"), "{run:?}");
    assert!(has("hypercall 'find' (task) is not granted"), "{run:?}");
    let app = run.stdout.lines().find(|line| line.starts_with("app  "));
    assert!(app.is_some_and(|line| line.ends_with("  7")), "{run:?}");
}

#[test]
fn what_is_not_granted_is_refused() {
    let fleet = "[[guest]]\nscript = 'open.lua'\n[[guest]]\nname = 'io'\nscript = 'open.lua'\nallow = ['io', 'console']\n";
    let folder = Folder::new(&[
        ("fleet.toml", fleet),
        ("open.lua", "return assert(io.open('fleet.toml')):read()"),
    ]);
    let run = args(&["fleet", "fleet.toml"]).bvm(&folder);
    assert!(
        run.stdout
            .contains("hypercall 'open' (io) is not granted to ring 2"),
        "{}",
        run.stdout
    );
    assert!(run.stdout.contains("[[guest]]"), "{}", run.stdout);
}

#[test]
fn folders_are_granted_as_to_single_programs() {
    let script = "local folder, name = ...
        local function try(name, mode) return (select(2, io.open(name, mode))) or 'open' end
        print(try(folder .. name), try(folder .. name, 'w'), try('/etc/passwd'), try(folder .. '../fleet.toml'))";
    let folder = Folder::new(&[("read.lua", script), ("text.txt", "text")]);
    std::fs::create_dir(folder.path.join("data")).expect("a folder");
    std::fs::write(folder.path.join("data/text.txt"), "text").expect("a file");
    let place = folder.path.join("data").display().to_string() + "/";
    let guest = |name: &str, allow: &str| {
        format!(
            "[[guest]]\nname = '{name}'\nscript = 'read.lua'\nargs = ['{place}', 'text.txt']\nallow = ['console', {allow}]\n"
        )
    };
    let fleet = [
        guest("read", "'fs:ro:data'"),
        guest("write", "'fs:rw:data'"),
        guest("os", "'os', 'io'"),
    ];
    std::fs::write(folder.path.join("fleet.toml"), fleet.concat()).expect("a file");
    let run = args(&["fleet", "fleet.toml"]).bvm(&folder);
    let of = |name: &str| {
        let begin = format!("{name}| ");
        let line = run.stdout.lines().find(|line| line.starts_with(&begin));
        line.map(|line| line.replace(&place, "data/"))
    };
    let denied = "Permission denied";
    assert_eq!(
        of("read").as_deref(),
        Some(&*format!(
            "read| open\tdata/text.txt: Read-only file system\t/etc/passwd: {denied}\tdata/../fleet.toml: {denied}"
        )),
        "{}",
        run.stdout
    );
    assert_eq!(
        of("write").as_deref(),
        Some(&*format!(
            "write| open\topen\t/etc/passwd: {denied}\tdata/../fleet.toml: {denied}"
        ))
    );
    assert_eq!(of("os").as_deref(), Some("os| open\topen\topen\topen"));
}
