//! The shortest program with a guest in it: load, run, read a result.
//!
//! Prints:
//! > 55
//! > bad.lua:1: unexpected symbol near '*'

fn main() -> Result<(), bvm::Error> {
    let mut guest = bvm::Guest::new()?;
    let source = "local sum = 0 for i = 1, ... do sum = sum + i end return sum";
    let sum = guest.load(source, "=sum")?;
    if let [bvm::Value::Number(n)] = guest.call(&sum, &[10.into()], 1_000)?.as_slice() {
        println!("{n}");
    }
    if let Err(error) = guest.load("local x = * 2", "@bad.lua") {
        println!("{error}");
    }
    Ok(())
}
