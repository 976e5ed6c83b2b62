//! Hands the order of code, `start.ld`, and a wish for packed relocations to linkers that understand them. Must
//! not do anything that the command needs to work.

use std::env::var;

fn main() {
    println!("cargo:rerun-if-changed=start.ld");
    println!("cargo:rerun-if-env-changed=RUSTC_LINKER");
    // Without optimisation there is no order worth keeping. A linker that somebody has chosen may be one
    // that reads no such files; those that compilers bring along do.
    let is_optimised = var("OPT_LEVEL").is_ok_and(|level| level != "0" && level != "1");
    let flags = var("CARGO_ENCODED_RUSTFLAGS").unwrap_or_default();
    let is_chosen = var("RUSTC_LINKER").is_ok() || flags.contains("link");
    let is_known = var("CARGO_CFG_TARGET_OS").is_ok_and(|os| os == "linux")
        && var("CARGO_CFG_TARGET_ENV").is_ok_and(|env| env == "gnu");
    if is_optimised && is_known && !is_chosen {
        let folder = var("CARGO_MANIFEST_DIR").unwrap_or_default();
        println!("cargo:rustc-link-arg-bins=-Wl,-T,{folder}/start.ld");
        // Relocations packed into a few pages: the loader reads all of them before the command begins.
        println!("cargo:rustc-link-arg-bins=-Wl,-z,pack-relative-relocs");
    }
}
