//! What guests that do not run take of the system's memory. A file of its own, because whatever else runs in the process
//! would count, too.
#![cfg(target_os = "linux")]

use bvm::Guest;

/// Bytes of this process that are in memory, shared with nobody.
fn private() -> usize {
    let rollup = std::fs::read_to_string("/proc/self/smaps_rollup").expect("Linux");
    let kib = |name: &str| {
        let line = rollup.lines().find(|line| line.starts_with(name));
        let kib = line.and_then(|line| line.split_whitespace().nth(1));
        kib.and_then(|kib| kib.parse::<usize>().ok())
            .expect("a number")
    };
    (kib("Private_Dirty:") + kib("Private_Clean:")) * 1024
}

/// Bytes that each of many guests takes.
fn each(mut make: impl FnMut() -> Guest) -> usize {
    const COUNT: usize = 200;
    drop(make());
    let mut guests = Vec::with_capacity(COUNT);
    let before = private();
    for _ in 0..COUNT {
        guests.push(make());
    }
    private().saturating_sub(before) / COUNT
}

#[test]
fn idle_guests_take_little_memory() {
    let new = each(|| Guest::new().expect("a guest"));
    assert!(new <= 32 << 10, "a new one takes {new} bytes");
    let mut warm = Guest::new().expect("a guest");
    warm.eval::<()>("t = {} for i = 1, 2e4 do t[i] = { i } end", 1_000_000)
        .expect("enough fuel");
    let image = warm.image().expect("an image");
    let fork = || Guest::builder().fork(&image).expect("a clone");
    let idle = each(fork);
    assert!(idle <= 16 << 10, "an idle clone takes {idle} bytes");
}
