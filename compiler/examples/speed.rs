//! Measures compile speed: `speed FILE [ROUNDS]` prints megabytes of source per second.

use std::time::Instant;

fn main() -> std::io::Result<()> {
    let mut args = std::env::args().skip(1);
    let file = args.next().unwrap_or_default();
    let rounds = args.next().and_then(|n| n.parse().ok()).unwrap_or(5);
    let source = std::fs::read(file)?;
    for _ in 0..rounds {
        let start = Instant::now();
        let outcome = bvm_compiler::compile(&source, b"@speed.lua");
        let seconds = start.elapsed().as_secs_f64();
        let words = outcome.map_or_else(|error| error.to_string(), |p| p.code.len().to_string());
        let speed = source.len() as f64 / 1e6 / seconds;
        println!("{speed:8.1} MB/s  {seconds:.4} s  main function: {words} words");
    }
    Ok(())
}
