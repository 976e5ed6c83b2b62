//! Files within folders that were granted, and nowhere else: neither `..` nor links lead out of them. Must not
//! know how streams work.

use super::errno::{ENOMEM, failure, from_io};
use super::files::path_of;
use super::stream::{Access, Stream};
use bvm_vm::{HostError, Reply, Word};
use cap_std::ambient_authority;
use cap_std::fs::{Dir, OpenOptions};
use std::io::{self, ErrorKind, Read};
use std::path::{Path, PathBuf};

/// `errno` of a file that is not there.
const ENOENT: i32 = 2;
/// `errno` of what is not allowed.
const EACCES: i32 = 13;
/// `errno` of unlinking a directory.
const EISDIR: i32 = 21;
/// `errno` of changing what may only be read.
const EROFS: i32 = 30;

/// A folder that was granted.
#[derive(Debug)]
struct Folder {
    /// Its names: the one it was granted by, and the one without links.
    names: [PathBuf; 2],
    dir: Dir,
    writes: bool,
}

/// The folders that were granted.
#[derive(Debug, Default)]
pub struct Folders(Vec<Folder>);

fn told(error: &io::Error) -> HostError {
    match error.raw_os_error() {
        // What cap-std itself refuses, a way out, has no number.
        None if error.kind() == ErrorKind::PermissionDenied => failure(EACCES),
        _ => from_io(error),
    }
}

impl Folders {
    /// Grants a folder.
    ///
    /// # Errors
    /// It cannot be opened.
    pub fn grant(&mut self, path: &Path, writes: bool) -> io::Result<()> {
        let dir = Dir::open_ambient_dir(path, ambient_authority())?;
        let names = [std::path::absolute(path)?, path.canonicalize()?];
        self.0.push(Folder { names, dir, writes });
        Ok(())
    }

    /// The folder that a path is in, and the rest of the path. What the rest leads to cap-std checks.
    fn find(&self, path: &[u8], writes: bool) -> Result<(&Folder, PathBuf), HostError> {
        let path = path_of(path);
        if path.as_os_str().is_empty() {
            return Err(failure(ENOENT));
        }
        let path = std::path::absolute(path).map_err(|error| told(&error))?;
        let mut found = Err(failure(EACCES));
        for folder in &self.0 {
            let rest = folder
                .names
                .iter()
                .find_map(|name| path.strip_prefix(name).ok());
            match rest {
                Some(_) if writes && !folder.writes => found = Err(failure(EROFS)),
                Some(rest) if rest.as_os_str().is_empty() => return Ok((folder, ".".into())),
                Some(rest) => return Ok((folder, rest.to_owned())),
                None => {}
            }
        }
        found
    }

    /// Opens a file as C's `fopen` does.
    pub fn open(&self, path: &[u8], mode: &[u8]) -> Result<Stream, HostError> {
        let access = Access::of(mode)?;
        let (folder, rest) = self.find(path, access.changes())?;
        let mut options = OpenOptions::new();
        options
            .read(access.reads)
            .write(access.writes)
            .append(access.appends)
            .create(access.creates)
            .create_new(access.new)
            .truncate(access.truncates);
        let file = folder.dir.open_with(rest, &options);
        let file = file.map_err(|error| told(&error))?;
        Ok(Stream::with(file.into_std(), access))
    }

    /// The bytes of a file, when they are not more than `limit`.
    pub fn read_whole(&self, path: &[u8], limit: u64) -> Reply {
        let (folder, rest) = self.find(path, false)?;
        let mut bytes = Vec::new();
        let file = folder.dir.open(rest).map_err(|error| told(&error))?;
        file.take(limit.saturating_add(1))
            .read_to_end(&mut bytes)
            .map_err(|error| told(&error))?;
        if bytes.len() as u64 > limit {
            return Err(failure(ENOMEM));
        }
        Ok(vec![Word::Bytes(bytes)])
    }

    /// Whether a file can be opened.
    pub fn readable(&self, path: &[u8]) -> Reply {
        let found = self.find(path, false);
        let yes = found.is_ok_and(|(folder, rest)| folder.dir.open(rest).is_ok());
        Ok(vec![Word::Bool(yes)])
    }

    /// Removes a file or an empty directory.
    pub fn remove(&self, path: &[u8]) -> Reply {
        let (folder, rest) = self.find(path, true)?;
        let removed = match folder.dir.remove_file(&rest) {
            Err(error) if error.raw_os_error() == Some(EISDIR) => folder.dir.remove_dir(&rest),
            other => other,
        };
        removed.map(|()| Vec::new()).map_err(|error| told(&error))
    }

    /// Renames a file.
    pub fn rename(&self, from: &[u8], to: &[u8]) -> Reply {
        let (old, from) = self.find(from, true)?;
        let (new, to) = self.find(to, true)?;
        let renamed = old.dir.rename(from, &new.dir, to);
        renamed.map(|()| Vec::new()).map_err(|error| told(&error))
    }

    /// Temporary files lie in no folder that was granted.
    pub fn no_temporary(&self) -> HostError {
        failure(EACCES)
    }
}
