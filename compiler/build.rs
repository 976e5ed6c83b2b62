//! Turns `src/grammar.lalrpop` into parser tables; nothing else happens at build time.

fn main() {
    if let Err(problem) = lalrpop::Configuration::new()
        .emit_rerun_directives(true)
        .process_dir("src")
    {
        eprintln!("{problem}");
        std::process::exit(1);
    }
}
