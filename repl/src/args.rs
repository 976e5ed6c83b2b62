//! The command line: exactly lua 5.1's options in exactly its syntax, and long options of ours.
//! Must not run anything.

use crate::report::FAILED;
use bvm_isa::Dialect;
use clap::Parser;
use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;
use std::time::Duration;

/// What the command line asks for.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// `-e` and `-l` in their order.
    pub actions: Vec<Action>,
    /// Index of the script in the words of the command line.
    pub script: Option<usize>,
    /// `-i`
    pub interactive: bool,
    /// `-v`, or `-i`, which implies it.
    pub version: bool,
    /// `-E`
    pub ignore_environment: bool,
    /// An option of `lua` is wrong, which that tells when `LUA_INIT` has run. The limits of that may stand
    /// behind it, so the rest is read.
    pub is_wrong: bool,
    /// Some `-e` is there.
    pub has_statement: bool,
    /// Limits of the run.
    pub limits: Limits,
    /// The language of the program.
    pub dialect: Dialect,
    /// Where the state goes when fuel or time is over.
    pub snapshot_out: Option<Vec<u8>>,
}

/// What the program may use.
#[derive(Debug, Default, PartialEq, Eq, Clone, Copy)]
pub struct Limits {
    /// Units of fuel.
    pub fuel: Option<u64>,
    /// Bytes of guest memory.
    pub memory: Option<u64>,
    /// Time on the wall.
    pub timeout: Option<Duration>,
}

/// An option that runs something.
#[derive(Debug, PartialEq, Eq)]
pub enum Action {
    /// `-e stat`
    Statement(Vec<u8>),
    /// `-l name`
    Library(Vec<u8>),
}

/// What to do instead of running.
#[derive(Debug, PartialEq, Eq)]
pub enum Other {
    /// `--help`
    Help,
    /// `--version`
    Version,
    /// The command line is wrong; a message when there is more to say than the usage.
    Wrong(Option<String>),
}

/// The usage text, after `usage: bvm `.
pub const USAGE: &str = "usage: bvm [options] [script [args]].
Available options are:
  -e stat  execute string 'stat'
  -l name  require library 'name'
  -i       enter interactive mode after executing 'script'
  -v       show version information
  -E       ignore LUA_INIT, LUA_PATH and LUA_CPATH
  --       stop handling options
  -        execute stdin and stop handling options
  --fuel N           stop after N units of fuel (exit code 124)
  --memory SIZE      limit the program's memory: bytes, or with K, M, G (exit code 137)
  --timeout SECONDS  stop after a time (exit code 124)
  --snapshot-out FILE  when fuel or time is over, write the program's state
                       to a file; 'bvm resume' goes on with it, and allows it
                       the console, or what its --allow or --trusted says
  --std LANGUAGE     5.1: nothing but Lua 5.1; bvm: with additions (default);
                     bvm52: and with __pairs, __ipairs and __len on tables
  --help             show this text
  --version          show the version of bvm
Subcommands:
  run [options] SCRIPT    run a program that is not trusted; 'bvm run --help'
  replay JOURNAL          run it again from what --record has written
  clone SNAPSHOT OUT      a saved program with random numbers of its own;
           --seed N, --keep-seed
  resume [options] FILE   go on with a saved program, which may use the console
           and what --allow says, or with --trusted everything; takes --fuel,
           --memory, --timeout, --snapshot-out; 'bvm resume --help'
  info FILE               say what a saved program is
  fleet [--json] [--threads N] FILE
           run the guests that a TOML file declares, and watch them
  luac     compile or list, with the options of luac: -l -o -p -s -v -
           and --std=LANGUAGE
";

/// Reads the options of a subcommand that are not lua's, or shows what is wrong with them or the help: an exit
/// code.
pub fn parse_own<T: Parser>(argv: &[Vec<u8>]) -> Result<T, i32> {
    let words = argv.iter().cloned().map(OsString::from_vec);
    T::try_parse_from(words).map_err(|error| {
        // There is nowhere to tell that telling failed.
        let _ = error.print();
        if error.use_stderr() { FAILED } else { 0 }
    })
}

/// Reads the words of a command line, of which the first is the program.
///
/// # Errors
/// Nothing is to be run.
pub fn parse(argv: &[Vec<u8>]) -> Result<Options, Other> {
    let mut options = Options::default();
    let mut i = 1;
    while let Some(word) = argv.get(i) {
        match word.as_slice() {
            b"-" => {
                options.script = Some(i);
                break;
            }
            b"--" => {
                options.script = argv.get(i + 1).map(|_| i + 1);
                break;
            }
            [b'-', b'-', name @ ..] => i += long(name, argv.get(i + 1), &mut options)?,
            [b'-', b'i'] => {
                options.interactive = true;
                options.version = true;
            }
            [b'-', b'v'] => options.version = true,
            [b'-', b'E'] => options.ignore_environment = true,
            [b'-', letter @ (b'e' | b'l'), rest @ ..] => {
                let text = match rest {
                    [] => {
                        i += 1;
                        options.is_wrong |= argv.get(i).is_none();
                        argv.get(i).cloned().unwrap_or_default()
                    }
                    rest => rest.to_vec(),
                };
                options.has_statement |= *letter == b'e';
                options.actions.push(match letter {
                    b'e' => Action::Statement(text),
                    _ => Action::Library(text),
                });
            }
            [b'-', ..] => options.is_wrong = true,
            _ => {
                options.script = Some(i);
                break;
            }
        }
        i += 1;
    }
    Ok(options)
}

/// Reads a long option, `--name value` or `--name=value`; gives how many words it took more.
fn long(name: &[u8], next: Option<&Vec<u8>>, options: &mut Options) -> Result<usize, Other> {
    match name {
        b"help" => return Err(Other::Help),
        b"version" => return Err(Other::Version),
        _ => {}
    }
    let (name, attached) = match name.iter().position(|&byte| byte == b'=') {
        Some(at) => (name.get(..at).unwrap_or_default(), name.get(at + 1..)),
        None => (name, None),
    };
    if !matches!(
        name,
        b"fuel" | b"memory" | b"timeout" | b"std" | b"snapshot-out"
    ) {
        // It may be a limit misspelt, which nothing is to run without.
        return Err(Other::Wrong(None));
    }
    let shown = String::from_utf8_lossy(name);
    let value = attached.or(next.map(Vec::as_slice));
    let wrong = |what: &str| Other::Wrong(Some(format!("option '--{shown}' {what}")));
    let value = value.ok_or_else(|| wrong("needs a value"))?;
    let text = std::str::from_utf8(value).unwrap_or_default();
    let limits = &mut options.limits;
    let understood = match name {
        b"fuel" => {
            limits.fuel = text.replace('_', "").parse().ok();
            limits.fuel.is_some()
        }
        b"memory" => {
            limits.memory = size(text);
            limits.memory.is_some()
        }
        b"snapshot-out" => {
            options.snapshot_out = Some(value.to_vec());
            !value.is_empty()
        }
        b"std" => {
            let dialect = Dialect::from_name(text);
            options.dialect = dialect.unwrap_or_default();
            dialect.is_some()
        }
        _ => {
            let seconds = text.parse().ok();
            limits.timeout = seconds.and_then(|s| Duration::try_from_secs_f64(s).ok());
            limits.timeout.is_some()
        }
    };
    if !understood {
        return Err(wrong(&format!("does not understand '{text}'")));
    }
    Ok(usize::from(attached.is_none()))
}

/// A number of bytes, with K, M or G behind it for powers of 1024.
pub fn size(text: &str) -> Option<u64> {
    let digits = text.trim_end_matches(|letter: char| letter.is_ascii_alphabetic());
    let unit = match text.get(digits.len()..)?.to_ascii_uppercase().as_str() {
        "" | "B" => 1,
        "K" | "KB" | "KIB" => 1 << 10,
        "M" | "MB" | "MIB" => 1 << 20,
        "G" | "GB" | "GIB" => 1 << 30,
        _ => return None,
    };
    digits.parse::<u64>().ok()?.checked_mul(unit)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(line: &str) -> Vec<Vec<u8>> {
        line.split(' ')
            .map(|word| word.as_bytes().to_vec())
            .collect()
    }

    #[test]
    fn attached_and_separate_values_are_the_same() {
        assert_eq!(
            parse(&words("bvm -ex=1 -lm")),
            parse(&words("bvm -e x=1 -l m"))
        );
        assert_eq!(
            parse(&words("bvm --fuel=7 s")),
            parse(&words("bvm --fuel=7 s"))
        );
    }

    #[test]
    fn the_script_ends_the_options() {
        let options = parse(&words("bvm -v s.lua -e x")).expect("options");
        assert_eq!(options.script, Some(2));
        assert!(options.actions.is_empty());
    }

    #[test]
    fn limits_behind_a_wrong_option_are_read() {
        let options = parse(&words("bvm -x --fuel 7 -e")).expect("options");
        assert!(options.is_wrong);
        assert_eq!(options.limits.fuel, Some(7));
        assert!(parse(&words("bvm -x --fule 7")).is_err());
    }

    #[test]
    fn sizes_have_units() {
        assert_eq!(size("64M"), Some(64 << 20));
        assert_eq!(size("1k"), Some(1024));
        assert_eq!(size("12"), Some(12));
        assert_eq!(size("M"), None);
        assert_eq!(size("99999999999G"), None);
    }
}
