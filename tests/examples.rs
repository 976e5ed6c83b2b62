//! Runs the examples of the root package and compares what they print with what their first lines
//! say. (This file belongs to the package `bvm`; the folder's other tests are `bvm-tests`.)

use std::path::{Path, PathBuf};
use std::process::Command;

const EXAMPLES: &[&str] = &[
    "embed",
    "fifty_thousand_guests",
    "fork_server",
    "fuel",
    "host_calls",
    "host_types",
    "limits",
    "measure",
    "paused_and_moved",
    "pauses",
    "plugin_host",
    "replayed_bug",
    "spinner",
];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Where cargo puts the examples: beside the folder of this test.
fn built(name: &str) -> PathBuf {
    let test = std::env::current_exe().expect("this test is a file");
    let profile = test.ancestors().nth(2).expect("in target/<profile>/deps");
    profile.join("examples").join(name)
}

/// The lines `//! > text` of an example.
fn announced(name: &str) -> String {
    let path = root().join("examples").join(name).with_extension("rs");
    let source = std::fs::read_to_string(&path).expect("the example is there");
    let lines = source
        .lines()
        .filter_map(|line| line.strip_prefix("//! > "));
    lines.map(|line| format!("{line}\n")).collect()
}

/// Whether an example has been built since its file was changed.
fn is_fresh(name: &str) -> bool {
    let changed = |path: PathBuf| path.metadata().and_then(|about| about.modified()).ok();
    let source = root().join("examples").join(name).with_extension("rs");
    changed(built(name)).is_some_and(|made| Some(made) >= changed(source))
}

/// Builds the examples. `cargo test` has done so already, unless only this test was asked for.
fn build() {
    let mut build = Command::new(env!("CARGO"));
    build
        .current_dir(root())
        .args(["build", "-q", "-p", "bvm", "--examples"]);
    if !cfg!(debug_assertions) {
        build.arg("--release");
    }
    assert!(build.status().expect("cargo runs").success());
}

#[test]
fn examples_print_what_they_say() {
    if !EXAMPLES.iter().all(|name| is_fresh(name)) {
        build();
    }
    for name in EXAMPLES {
        let output = Command::new(built(name))
            .output()
            .expect("the example runs");
        assert!(output.status.success(), "{name} fails: {output:?}");
        let printed = String::from_utf8_lossy(&output.stdout);
        assert_eq!(printed, announced(name), "examples/{name}.rs");
    }
}

#[test]
fn every_example_is_listed() {
    let files = std::fs::read_dir(root().join("examples")).expect("the folder is there");
    for file in files.flatten() {
        let name = file.file_name().to_string_lossy().into_owned();
        if let Some(name) = name.strip_suffix(".rs") {
            assert!(EXAMPLES.contains(&name), "{name} is not in EXAMPLES");
        }
    }
}
