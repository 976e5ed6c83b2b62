//! Where the sources are that guests load by name: files of one folder, texts in memory, texts in the executable.
//! Must not know hypercalls.

use std::collections::{BTreeMap, HashMap};
use std::fs::File;
use std::hash::BuildHasher;
use std::io::{self, ErrorKind, Read};
use std::path::{Component, Path, PathBuf};

/// Most bytes of a source that is read from a file: 64 MiB.
const MOST: u64 = 64 << 20;

/// Finds what a guest asks for with `require`, `dofile` and `loadfile`.
///
/// `require("shapes.round")` asks for the files that `package.path` names, one after the other: with its usual value
/// for `shapes/round.lua` first. Names come here without a `./` in front; absolute ones, and those with a `..` in them,
/// do not come here at all. When no file is there, the guest gets the error that `lua5.1` gives, with the names that it
/// has asked for. A source that is found is read twice: once to see whether it is there.
///
/// ```
/// use bvm::{Console, Lua, Resolver};
/// use std::io;
/// struct Greetings;
/// impl Resolver for Greetings {
///     fn read(&mut self, name: &str) -> io::Result<Vec<u8>> {
///         match name.strip_suffix(".lua") {
///             Some(who) => Ok(format!("return 'hello {who}'").into_bytes()),
///             None => Err(io::ErrorKind::NotFound.into()),
///         }
///     }
/// }
/// let lua = Lua::builder().host(Console::new().resolver(Greetings)).lua()?;
/// assert_eq!(lua.load("require('bob')").eval::<String>()?, "hello bob");
/// # Ok::<(), bvm::Error>(())
/// ```
pub trait Resolver: Send {
    /// The source or binary chunk of this name.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`] when there is none. `require` looks further after any error; `dofile` and `loadfile`
    /// tell the guest its text.
    fn read(&mut self, name: &str) -> io::Result<Vec<u8>>;
}

fn not_found() -> io::Error {
    ErrorKind::NotFound.into()
}

/// No sources: all names are unknown.
impl Resolver for () {
    fn read(&mut self, _: &str) -> io::Result<Vec<u8>> {
        Err(not_found())
    }
}

/// Sources in the executable, by name.
///
/// ```
/// use bvm::{Console, Lua};
/// static SCRIPTS: &[(&str, &str)] = &[
///     ("rules.lua", "return { limit = 5 }"), // or include_str!("../scripts/rules.lua")
/// ];
/// let lua = Lua::builder().host(Console::new().resolver(SCRIPTS)).lua()?;
/// assert_eq!(lua.load("require('rules').limit").eval::<i64>()?, 5);
/// # Ok::<(), bvm::Error>(())
/// ```
impl<S: AsRef<[u8]> + Sync> Resolver for &'static [(&'static str, S)] {
    fn read(&mut self, name: &str) -> io::Result<Vec<u8>> {
        let found = self.iter().find(|(known, _)| *known == name);
        found
            .map(|(_, source)| source.as_ref().to_vec())
            .ok_or_else(not_found)
    }
}

impl<S: AsRef<[u8]> + Send, H: BuildHasher + Send> Resolver for HashMap<String, S, H> {
    fn read(&mut self, name: &str) -> io::Result<Vec<u8>> {
        let found = self.get(name).map(|source| source.as_ref().to_vec());
        found.ok_or_else(not_found)
    }
}

impl<S: AsRef<[u8]> + Send> Resolver for BTreeMap<String, S> {
    fn read(&mut self, name: &str) -> io::Result<Vec<u8>> {
        let found = self.get(name).map(|source| source.as_ref().to_vec());
        found.ok_or_else(not_found)
    }
}

/// Asks the second one for what the first does not have.
impl<A: Resolver, B: Resolver> Resolver for (A, B) {
    fn read(&mut self, name: &str) -> io::Result<Vec<u8>> {
        match self.0.read(name) {
            Err(error) if error.kind() == ErrorKind::NotFound => self.1.read(name),
            found => found,
        }
    }
}

/// The files of a folder and of those in it. Neither names nor links lead out of it; files have at most 64 MiB.
///
/// The folder is trusted to stay as it is while a file is looked up: whoever may exchange its parts for links at that
/// moment can show the guest other files. A guest with this host can write none.
#[derive(Debug, Clone)]
pub struct Folder(PathBuf);

impl Folder {
    /// The files in the folder at `path`.
    ///
    /// # Errors
    /// There is no such folder.
    pub fn new(path: impl AsRef<Path>) -> io::Result<Folder> {
        let path = path.as_ref().canonicalize()?;
        match path.is_dir() {
            true => Ok(Folder(path)),
            false => Err(ErrorKind::NotADirectory.into()),
        }
    }
}

impl Resolver for Folder {
    fn read(&mut self, name: &str) -> io::Result<Vec<u8>> {
        let name = inside(name).ok_or(ErrorKind::PermissionDenied)?;
        // Without links it is where the file is, wherever they lead.
        let path = self.0.join(name).canonicalize()?;
        if !path.starts_with(&self.0) {
            return Err(ErrorKind::PermissionDenied.into());
        }
        // Pipes and devices would keep the guest waiting.
        if !path.metadata()?.is_file() {
            return Err(ErrorKind::IsADirectory.into());
        }
        let mut bytes = Vec::new();
        let read = File::open(path)?.take(MOST + 1).read_to_end(&mut bytes)?;
        match read as u64 > MOST {
            true => Err(ErrorKind::FileTooLarge.into()),
            false => Ok(bytes),
        }
    }
}

/// A name without a `./` in front, if it cannot lead out of a folder.
pub(crate) fn inside(name: &str) -> Option<&str> {
    let mut name = name;
    while let Some(rest) = name.strip_prefix("./") {
        name = rest;
    }
    let stays = |part| matches!(part, Component::Normal(_) | Component::CurDir);
    let has_no_end = !name.contains('\0');
    (!name.is_empty() && has_no_end && Path::new(name).components().all(stays)).then_some(name)
}
