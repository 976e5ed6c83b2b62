//! Files by their names: removing, renaming, reading whole, temporary ones. Streams are elsewhere.

use super::errno::{ENOMEM, failure, from_io};
use bvm_vm::{HostError, Reply, Word};
use std::ffi::OsStr;
use std::fs::{self, File, OpenOptions};
use std::hash::{BuildHasher, Hasher};
use std::io::{self, Read};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

/// Error number of unlinking a directory.
const EISDIR: i32 = 21;
/// How often a name for a temporary file is tried.
const ATTEMPTS: u32 = 100;

/// The path that bytes name: C strings end at a NUL.
pub fn path_of(bytes: &[u8]) -> &Path {
    let bytes = bytes.split(|&byte| byte == 0).next().unwrap_or_default();
    Path::new(OsStr::from_bytes(bytes))
}

/// Makes a folder and those above it.
///
/// # Errors
/// What the system says.
pub fn make_folder(path: &Path) -> io::Result<()> {
    fs::create_dir_all(path)
}

/// Removes a file or an empty directory.
pub fn remove(path: &[u8]) -> Reply {
    let path = path_of(path);
    let removed = match fs::remove_file(path) {
        Err(error) if error.raw_os_error() == Some(EISDIR) => fs::remove_dir(path),
        other => other,
    };
    removed
        .map(|()| Vec::new())
        .map_err(|error| from_io(&error))
}

/// Renames a file.
pub fn rename(from: &[u8], to: &[u8]) -> Reply {
    fs::rename(path_of(from), path_of(to))
        .map(|()| Vec::new())
        .map_err(|error| from_io(&error))
}

/// The bytes of a file, when they are not more than `limit`.
pub fn read_whole(path: &[u8], limit: u64) -> Reply {
    let file = File::open(path_of(path)).map_err(|error| from_io(&error))?;
    let mut bytes = Vec::new();
    file.take(limit.saturating_add(1))
        .read_to_end(&mut bytes)
        .map_err(|error| from_io(&error))?;
    if bytes.len() as u64 > limit {
        return Err(failure(ENOMEM));
    }
    Ok(vec![Word::Bytes(bytes)])
}

/// Whether a file can be opened.
pub fn readable(path: &[u8]) -> Reply {
    Ok(vec![Word::Bool(File::open(path_of(path)).is_ok())])
}

/// Makes an empty file of a new name, as C's `mkstemp` does.
fn fresh() -> Result<(PathBuf, File), HostError> {
    const LETTERS: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    let random = std::collections::hash_map::RandomState::new();
    let mut last = io::Error::from(io::ErrorKind::AlreadyExists);
    for attempt in 0..ATTEMPTS {
        let mut hasher = random.build_hasher();
        hasher.write_u32(attempt);
        let mut bits = hasher.finish();
        let mut name = String::from("/tmp/lua_");
        for _ in 0..6 {
            let letter = LETTERS.get((bits % 62) as usize).copied().unwrap_or(b'A');
            name.push(char::from(letter));
            bits /= 62;
        }
        let mut options = OpenOptions::new();
        options.read(true).write(true).create_new(true).mode(0o600);
        match options.open(&name) {
            Ok(file) => return Ok((PathBuf::from(name), file)),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => last = error,
            Err(error) => return Err(from_io(&error)),
        }
    }
    Err(from_io(&last))
}

/// A name for a temporary file; the file exists, so that nobody else takes the name.
pub fn temporary_name() -> Reply {
    let (path, _) = fresh()?;
    Ok(vec![Word::Bytes(path.as_os_str().as_bytes().to_vec())])
}

/// A file without a name.
pub fn temporary_file() -> Result<File, HostError> {
    let (path, file) = fresh()?;
    // A name that stays behind does no harm to the program.
    let _ = fs::remove_file(path);
    Ok(file)
}
