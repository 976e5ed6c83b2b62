//! Compiles each file named on the command line and writes the binary chunk to standard output,
//! or with `-p` only the error messages: what `luac5.1 -o -` and `luac5.1 -p` do.

use bvm_compiler::Mode;
use bvm_isa::Dialect;
use std::io::Write;

fn main() -> std::io::Result<()> {
    let mut args: Vec<String> = std::env::args().skip(1).collect();
    let parse_only = args.first().is_some_and(|arg| arg == "-p");
    if parse_only {
        args.remove(0);
    }
    let letter = Mode {
        dialect: Dialect::Lua51,
        ..Mode::default()
    };
    let mut out = std::io::stdout().lock();
    for file in args {
        let text = std::fs::read(&file)?;
        let source = match text.first() {
            Some(b'#') => skip_first_line(&text),
            _ => &text,
        };
        match bvm_compiler::compile_as(source, format!("@{file}").as_bytes(), letter) {
            Ok(_) if parse_only => writeln!(out, "{file}: ok")?,
            Ok(proto) => out.write_all(&bvm_isa::chunk::write_chunk(&proto, false))?,
            Err(error) => {
                out.write_all(&error.message)?;
                writeln!(out)?;
            }
        }
    }
    Ok(())
}

/// The line break stays, so that lines are counted right.
fn skip_first_line(text: &[u8]) -> &[u8] {
    let end = text.iter().position(|&b| b == b'\n');
    text.get(end.unwrap_or(text.len())..).unwrap_or_default()
}
