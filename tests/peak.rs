//! What a guest at its limit makes its host take. A file of its own, because whatever else runs in the process would
//! count, too.
#![cfg(target_os = "linux")]

use bvm::{Capture, Guest};

/// Most bytes of this process that have been in memory at a time.
fn peak() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").expect("Linux");
    let line = status.lines().find(|line| line.starts_with("VmHWM:"));
    let kib = line.and_then(|line| line.split_whitespace().nth(1));
    kib.and_then(|kib| kib.parse::<usize>().ok())
        .expect("a number")
        * 1024
}

/// What a program hands to its host, or to functions that work outside of its memory, is not multiplied there.
#[test]
fn a_full_guest_takes_its_limit_and_a_constant() {
    const PROGRAMS: [&str; 4] = [
        "print(unpack(t))",
        "io.write(unpack(t)) io.stderr:write(unpack(t))",
        "package.path = ('?'):rep(16000) require(('x'):rep(4000))",
        "return string.format(('%s'):rep(400), unpack(t)) .. string.pack(('z'):rep(400), unpack(t))",
    ];
    let before = peak();
    for program in PROGRAMS {
        let (host, _) = Capture::new(1 << 20);
        let guest = Guest::builder().host(host).memory(16 << 20).build();
        let source =
            format!("local s, t = ('x'):rep(4e6), {{}} for i = 1, 400 do t[i] = s end {program}");
        // How it ends is no matter.
        let _ = guest.expect("a guest").eval::<()>(&source, 1 << 30);
        let more = peak().saturating_sub(before);
        assert!(more < 64 << 20, "{program}: {} KiB", more / 1024);
    }
}
