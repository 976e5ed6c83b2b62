//! The options of `bvm run`, those that `bvm resume` shares with it, and what `--allow` means. Must not run
//! anything.

use crate::args::{self, Limits};
use crate::host::Folders;
use bvm::{Dialect, Grants, Group};
use clap::Parser;
use std::ffi::OsString;
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;
use std::time::Duration;

/// Run a program that is not trusted: it may use nothing but what it is allowed.
#[derive(Debug, Parser)]
#[command(name = "bvm run", bin_name = "bvm run", disable_version_flag = true)]
pub struct Options {
    /// The ring that the program runs in: 1 library, 2 application, 3 plugin
    #[arg(long, value_name = "N", default_value_t = 2, value_parser = clap::value_parser!(u8).range(1..=3))]
    pub ring: u8,
    #[command(flatten)]
    pub bounds: Bounds,
    /// Seed of hashes and math.random
    #[arg(long, value_name = "N")]
    pub seed: Option<u64>,
    /// The language: 5.1, bvm or bvm52
    #[arg(long = "std", value_name = "LANGUAGE", value_parser = language)]
    pub dialect: Option<Dialect>,
    /// Write all that the program is told by the outside world to a file, for 'bvm replay'
    #[arg(long, value_name = "FILE")]
    pub record: Option<PathBuf>,
    /// The program, or - for standard input, and its arguments
    #[arg(
        value_name = "SCRIPT [ARGS]",
        required = true,
        trailing_var_arg = true,
        allow_hyphen_values = true
    )]
    pub words: Vec<OsString>,
}

/// What a program may use, and when it is stopped.
#[derive(Debug, clap::Args)]
pub struct Bounds {
    /// Stop after N units of fuel (exit code 124)
    #[arg(long, value_name = "N", value_parser = fuel)]
    pub fuel: Option<u64>,
    /// Limit the program's memory: bytes, or with K, M, G (exit code 137)
    #[arg(long, value_name = "SIZE", value_parser = memory)]
    pub memory: Option<u64>,
    /// Stop after a time (exit code 124)
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    pub timeout: Option<Duration>,
    /// What the program may use, with commas between: console, time, env, os, random, fs:ro:DIR, fs:rw:DIR.
    /// Without a word about it, console
    #[arg(long, value_name = "LIST")]
    pub allow: Vec<String>,
    /// When fuel or time is over, write the program's state to a file. 'bvm resume FILE' goes on with it, and
    /// allows it the console, or what its own --allow says, whatever the program was allowed before
    #[arg(long, value_name = "FILE")]
    pub snapshot_out: Option<PathBuf>,
}

impl Bounds {
    /// What stops the program.
    pub fn limits(&self) -> Limits {
        Limits {
            fuel: self.fuel,
            memory: self.memory,
            timeout: self.timeout,
        }
    }
}

fn fuel(text: &str) -> Result<u64, String> {
    let digits = text.replace('_', "");
    digits.parse().map_err(|_| "not a number of units".into())
}

fn memory(text: &str) -> Result<u64, String> {
    args::size(text).ok_or_else(|| "not a size".into())
}

fn seconds(text: &str) -> Result<Duration, String> {
    let seconds = text.parse().ok();
    let time = seconds.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    time.ok_or_else(|| "not a number of seconds".into())
}

fn language(text: &str) -> Result<Dialect, String> {
    Dialect::from_name(text).ok_or_else(|| "no such language".into())
}

/// What `--allow` allows.
#[derive(Debug)]
pub struct Allowed {
    pub grants: Grants,
    pub folders: Folders,
    /// The program may have random numbers that nobody knows.
    pub random: bool,
}

/// Reads the lists of `--allow`, for a program of a ring.
///
/// # Errors
/// What is wrong with them.
pub fn allowed(lists: &[String], ring: u8) -> Result<Allowed, String> {
    let mut allowed = Allowed {
        grants: Grants::none(),
        folders: Folders::default(),
        random: false,
    };
    let default = ["console".to_owned()];
    let lists = match lists.is_empty() {
        true => default.as_slice(),
        false => lists,
    };
    let words = lists.iter().flat_map(|list| list.split(','));
    for word in words.filter(|word| !word.is_empty()) {
        allow(&mut allowed, ring, word)?;
    }
    Ok(allowed)
}

/// The groups that the files of a folder need.
pub const OF_FOLDERS: [Group; 2] = [Group::Io, Group::Load];

/// The folder that a word grants, and whether its files may be changed.
pub fn folder_in(word: &str) -> Option<(&str, bool)> {
    match word.split_at_checked(6)? {
        ("fs:ro:", folder) => Some((folder, false)),
        ("fs:rw:", folder) => Some((folder, true)),
        _ => None,
    }
}

fn allow(allowed: &mut Allowed, ring: u8, word: &str) -> Result<(), String> {
    let groups: &[Group] = match word {
        "console" => &[Group::Console],
        "time" => &[Group::Time],
        "env" => &[Group::Env],
        // The pipes of its processes are streams as files are; of those there are only the folders'.
        "os" => &[Group::Os, Group::Io],
        "random" => {
            allowed.random = true;
            &[Group::Random]
        }
        _ => {
            let Some((folder, writes)) = folder_in(word) else {
                return Err(format!("--allow does not know '{word}'"));
            };
            let granted = allowed.folders.grant(folder.as_ref(), writes);
            granted.map_err(|error| format!("--allow={word}: {error}"))?;
            &OF_FOLDERS
        }
    };
    for group in groups {
        allowed.grants = allowed.grants.allow(ring, *group);
    }
    Ok(())
}

/// The bytes of words of the command line.
pub fn bytes(word: &std::ffi::OsStr) -> Vec<u8> {
    word.as_bytes().to_vec()
}
