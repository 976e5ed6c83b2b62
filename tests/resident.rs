//! What a guest that has not run takes of the system's memory. A file of its own, because whatever else
//! runs in the process would count, too.
#![cfg(target_os = "linux")]

use bvm::Guest;

/// Bytes of this process that are in memory.
fn resident() -> usize {
    let statm = std::fs::read_to_string("/proc/self/statm").expect("Linux");
    let pages = statm.split_whitespace().nth(1).expect("a second word");
    pages.parse::<usize>().expect("a number") * 4096
}

#[test]
fn a_new_guest_takes_at_most_32_kib() {
    const COUNT: usize = 200;
    drop(Guest::new().expect("a guest"));
    let mut guests = Vec::with_capacity(COUNT);
    let before = resident();
    for _ in 0..COUNT {
        guests.push(Guest::new().expect("a guest"));
    }
    let each = resident().saturating_sub(before) / COUNT;
    println!("{} KiB", each / 1024);
    assert!(each <= 32 << 10, "{each} bytes");
}
