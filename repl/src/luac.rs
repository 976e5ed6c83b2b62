//! `bvm luac`: compiles, lists and writes binary chunks with the options and words of `luac` 5.1, and an
//! option for the language.

use crate::host::{Host, STDERR, STDOUT, say};
use crate::report::FAILED;
use crate::run::{self, Refused, Source};
use bvm_isa::chunk::write_chunk;
use bvm_isa::listing::{PointerStyle, combine, list};
use bvm_isa::{Dialect, Proto};

/// The name before every message.
const PROGRAM: &str = "luac";
/// Where the chunk goes when no `-o` says so, and what is listed when no file is named.
const OUTPUT: &[u8] = b"luac.out";

const USAGE: &str = "usage: luac [options] [filenames].
Available options are:
  -        process stdin
  -l       list
  -o name  output to file 'name' (default is \"luac.out\")
  -p       parse only
  -s       strip debug information
  -v       show version information
  --       stop handling options
";

/// What the command line asks for.
#[derive(Debug, PartialEq, Eq)]
struct Options<'a> {
    listing: u32,
    dumping: bool,
    stripping: bool,
    version: u32,
    dialect: Dialect,
    /// `None` for standard output.
    output: Option<&'a [u8]>,
    files: Vec<&'a [u8]>,
}

/// Runs the compiler command; gives the exit code.
pub fn main(words: &[Vec<u8>]) -> i32 {
    let mut host = Host::new(u64::from(u32::MAX));
    let code = match parse(words) {
        Ok(options) => work(&mut host, &options, words.len() as u32),
        Err(message) => usage(&mut host, &message),
    };
    host.flush_all();
    code
}

fn usage(host: &mut Host, message: &[u8]) -> i32 {
    complain(host, message);
    say(host, STDERR, USAGE.as_bytes());
    FAILED
}

fn complain(host: &mut Host, message: &[u8]) {
    say(
        host,
        STDERR,
        &[PROGRAM.as_bytes(), b": ", message, b"\n"].concat(),
    );
}

/// Reads the words behind the program's name; a message when they are wrong.
fn parse(words: &[Vec<u8>]) -> Result<Options<'_>, Vec<u8>> {
    let mut options = Options {
        listing: 0,
        dumping: true,
        stripping: false,
        version: 0,
        dialect: Dialect::default(),
        output: Some(OUTPUT),
        files: Vec::new(),
    };
    let mut rest = words.iter().map(Vec::as_slice).peekable();
    while let Some(word) = rest.next_if(|word| word.first() == Some(&b'-') && *word != b"-") {
        match word {
            b"--" => {
                // `luac -v --` has nothing else to do either.
                options.version += u32::from(options.version > 0);
                break;
            }
            b"-l" => options.listing += 1,
            b"-o" => {
                let name = rest.next().filter(|name| !name.is_empty());
                let name = name.ok_or_else(|| b"'-o' needs argument".to_vec())?;
                options.output = if name == b"-" { None } else { Some(name) };
            }
            b"-p" => options.dumping = false,
            b"-s" => options.stripping = true,
            b"-v" => options.version += 1,
            [b'-', b'-', b's', b't', b'd', b'=', name @ ..] => {
                let known = std::str::from_utf8(name).ok().and_then(Dialect::from_name);
                let refusal = || [b"unknown language '", name, b"'"].concat();
                options.dialect = known.ok_or_else(refusal)?;
            }
            other => return Err([b"unrecognized option '", other, b"'"].concat()),
        }
    }
    options.files = rest.collect();
    if options.files.is_empty() && (options.listing > 0 || !options.dumping) {
        options.dumping = false;
        options.files.push(OUTPUT);
    }
    Ok(options)
}

fn work(host: &mut Host, options: &Options<'_>, words: u32) -> i32 {
    if options.version > 0 {
        say(host, STDOUT, run::BANNER.as_bytes());
        if options.version == words {
            return 0;
        }
    }
    if options.files.is_empty() {
        return usage(host, b"no input files given");
    }
    let mut protos = Vec::new();
    for file in &options.files {
        match compile(host, file, options.dialect) {
            Ok(proto) => protos.push(proto),
            Err(refused) => {
                complain(host, &refused.message);
                return FAILED;
            }
        }
    }
    let main = combine(protos);
    if options.listing > 0 {
        say(
            host,
            STDOUT,
            &list(&main, options.listing > 1, PointerStyle::Luac),
        );
    }
    if !options.dumping {
        return 0;
    }
    let chunk = write_chunk(&main, options.stripping);
    match options.output {
        None => say(host, STDOUT, &chunk),
        Some(path) => {
            if let Err((verb, error)) = host.write_file(path, &chunk) {
                let verb = verb.as_bytes();
                let message = error.message.as_bytes();
                complain(
                    host,
                    &[b"cannot ", verb, b" ", path, b": ", message].concat(),
                );
                return FAILED;
            }
        }
    }
    0
}

fn compile(host: &mut Host, file: &[u8], dialect: Dialect) -> Result<Proto, Refused> {
    let source = if file == b"-" {
        Source::Stdin
    } else {
        Source::File(file)
    };
    let (bytes, name) = run::read(host, &source)?;
    run::prepare(&bytes, &name, dialect).map(|verified| verified.into_parts().0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(line: &str, check: impl Fn(Result<Options<'_>, Vec<u8>>)) {
        let words: Vec<Vec<u8>> = line
            .split(' ')
            .map(|word| word.as_bytes().to_vec())
            .collect();
        check(parse(&words));
    }

    #[test]
    fn a_listing_without_files_lists_the_default_output() {
        parsed("-l -l", |options| {
            let options = options.expect("options");
            assert_eq!((options.listing, options.dumping), (2, false));
            assert_eq!(options.files, [OUTPUT]);
        });
    }

    #[test]
    fn wrong_options_are_named() {
        parsed("-x a.lua", |options| {
            assert_eq!(options, Err(b"unrecognized option '-x'".to_vec()));
        });
        parsed("a.lua -o", |options| assert!(options.is_ok()));
        parsed("-o", |options| {
            assert_eq!(options, Err(b"'-o' needs argument".to_vec()))
        });
    }
}
