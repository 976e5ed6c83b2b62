//! A disk and open files in memory, for guests under test. Must not know hypercalls or the machine.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

/// What a file operation fails with: an error number, worded by [`message`].
pub type Errno = i32;

/// No such file or directory.
pub const ENOENT: Errno = 2;
/// Bad file descriptor.
pub const EBADF: Errno = 9;
/// Is a directory.
pub const EISDIR: Errno = 21;
/// Invalid argument.
pub const EINVAL: Errno = 22;
/// File name too long.
pub const ENAMETOOLONG: Errno = 36;
/// Function not implemented.
pub const ENOSYS: Errno = 38;

/// An error number as `strerror` words it.
pub fn message(code: Errno) -> &'static str {
    match code {
        ENOENT => "No such file or directory",
        EBADF => "Bad file descriptor",
        EISDIR => "Is a directory",
        EINVAL => "Invalid argument",
        ENAMETOOLONG => "File name too long",
        _ => "Function not implemented",
    }
}

type Content = Rc<RefCell<Vec<u8>>>;

/// A file that a guest has open.
#[derive(Debug)]
struct Open {
    content: Content,
    position: usize,
    reads: bool,
    writes: bool,
    appends: bool,
}

/// All files of one guest. The only directories are `/` and `/tmp`.
#[derive(Debug, Default)]
pub struct Files {
    disk: BTreeMap<Vec<u8>, Content>,
    open: BTreeMap<i64, Open>,
    names: u32,
}

/// Most bytes of a name in a directory.
const LONGEST_NAME: usize = 255;
/// First handle that is not a standard stream.
const FIRST_HANDLE: i64 = 3;

impl Files {
    /// Opens a path with a mode of C's `fopen`.
    ///
    /// # Errors
    /// No such file, a directory, or no such mode.
    pub fn open(&mut self, path: &[u8], mode: &[u8]) -> Result<i64, Errno> {
        let plus = mode.contains(&b'+');
        let kind = mode.first().copied().unwrap_or(b'?');
        if matches!(path, b"/" | b"/tmp" | b"/tmp/" | b".") && (plus || kind != b'r') {
            return Err(EISDIR);
        }
        if path
            .split(|&b| b == b'/')
            .any(|part| part.len() > LONGEST_NAME)
        {
            return Err(ENAMETOOLONG);
        }
        let content = match kind {
            b'r' => self.disk.get(path).cloned().ok_or(ENOENT)?,
            b'w' | b'a' => self.create(path)?,
            _ => return Err(EINVAL),
        };
        if kind == b'w' {
            content.borrow_mut().clear();
        }
        let (reads, writes) = (kind == b'r' || plus, kind != b'r' || plus);
        Ok(self.add(Open {
            content,
            position: 0,
            reads,
            writes,
            appends: kind == b'a',
        }))
    }

    /// Opens a file without a name.
    pub fn scratch(&mut self) -> i64 {
        let content = Content::default();
        self.add(Open {
            content,
            position: 0,
            reads: true,
            writes: true,
            appends: false,
        })
    }

    fn create(&mut self, path: &[u8]) -> Result<Content, Errno> {
        let inside = path.strip_prefix(b"/tmp/").unwrap_or(path);
        if inside.is_empty() || inside.contains(&b'/') {
            return Err(ENOENT);
        }
        Ok(self.disk.entry(path.to_vec()).or_default().clone())
    }

    fn add(&mut self, open: Open) -> i64 {
        let handle = self
            .open
            .last_key_value()
            .map_or(FIRST_HANDLE, |(last, _)| last + 1);
        self.open.insert(handle, open);
        handle
    }

    /// Closes a handle.
    ///
    /// # Errors
    /// Not open.
    pub fn close(&mut self, handle: i64) -> Result<(), Errno> {
        self.open.remove(&handle).map(|_| ()).ok_or(EBADF)
    }

    /// A new file's name; the file exists and is empty.
    pub fn temporary_name(&mut self) -> Vec<u8> {
        self.names += 1;
        let path = format!("/tmp/lua_{:06}", self.names).into_bytes();
        self.disk.insert(path.clone(), Content::default());
        path
    }

    /// Removes a file's name.
    ///
    /// # Errors
    /// No such file.
    pub fn remove(&mut self, path: &[u8]) -> Result<(), Errno> {
        self.disk.remove(path).map(|_| ()).ok_or(ENOENT)
    }

    /// Gives a file another name.
    ///
    /// # Errors
    /// No such file.
    pub fn rename(&mut self, from: &[u8], to: &[u8]) -> Result<(), Errno> {
        let content = self.disk.remove(from).ok_or(ENOENT)?;
        self.disk.insert(to.to_vec(), content);
        Ok(())
    }

    /// The content of a file by its name.
    ///
    /// # Errors
    /// No such file.
    pub fn content(&self, path: &[u8]) -> Result<Vec<u8>, Errno> {
        self.disk
            .get(path)
            .map(|content| content.borrow().clone())
            .ok_or(ENOENT)
    }

    /// Whether a file of that name exists.
    pub fn exists(&self, path: &[u8]) -> bool {
        self.disk.contains_key(path)
    }

    /// Writes at the position, or at the end of a file opened for appending.
    ///
    /// # Errors
    /// Not open for writing.
    pub fn write(&mut self, handle: i64, data: &[u8]) -> Result<(), Errno> {
        let open = self
            .open
            .get_mut(&handle)
            .filter(|open| open.writes)
            .ok_or(EBADF)?;
        let mut content = open.content.borrow_mut();
        if open.appends {
            open.position = content.len();
        }
        let end = open.position + data.len();
        if content.len() < end {
            content.resize(end, 0);
        }
        content[open.position..end].copy_from_slice(data);
        open.position = end;
        Ok(())
    }

    /// Takes what `cut` says of the bytes that follow the position: how many to return, how many to
    /// go on. Nothing when there is nothing left and `cut` is not asked.
    fn take(
        &mut self,
        handle: i64,
        cut: impl FnOnce(&[u8]) -> (usize, usize),
    ) -> Result<Option<Vec<u8>>, Errno> {
        let open = self
            .open
            .get_mut(&handle)
            .filter(|open| open.reads)
            .ok_or(EBADF)?;
        let content = open.content.borrow();
        let rest = content.get(open.position..).unwrap_or_default();
        if rest.is_empty() {
            return Ok(None);
        }
        let (give, step) = cut(rest);
        let bytes = rest[..give].to_vec();
        open.position += step;
        Ok(Some(bytes))
    }

    /// Reads a line without its newline.
    ///
    /// # Errors
    /// Not open for reading.
    pub fn read_line(&mut self, handle: i64) -> Result<Option<Vec<u8>>, Errno> {
        self.take(handle, |rest| match rest.iter().position(|&b| b == b'\n') {
            Some(end) => (end, end + 1),
            None => (rest.len(), rest.len()),
        })
    }

    /// Reads the whole lines among the next `most` bytes.
    ///
    /// # Errors
    /// Not open for reading.
    pub fn lines_ahead(&mut self, handle: i64, most: usize) -> Result<Option<Vec<u8>>, Errno> {
        let lines = self.take(handle, |rest| {
            let rest = &rest[..most.min(rest.len())];
            let end = rest
                .iter()
                .rposition(|&b| b == b'\n')
                .map_or(0, |end| end + 1);
            (end, end)
        })?;
        Ok(lines.filter(|lines| !lines.is_empty()))
    }

    /// Reads at most `count` bytes; nothing at the end of the file.
    ///
    /// # Errors
    /// Not open for reading.
    pub fn read_bytes(&mut self, handle: i64, count: usize) -> Result<Option<Vec<u8>>, Errno> {
        self.take(handle, |rest| {
            (rest.len().min(count), rest.len().min(count))
        })
    }

    /// Reads the rest.
    ///
    /// # Errors
    /// Not open for reading.
    pub fn read_all(&mut self, handle: i64) -> Result<Vec<u8>, Errno> {
        Ok(self
            .take(handle, |rest| (rest.len(), rest.len()))?
            .unwrap_or_default())
    }

    /// Reads the longest decimal numeral after white space, as `fscanf` does.
    ///
    /// # Errors
    /// Not open for reading.
    pub fn read_number(&mut self, handle: i64) -> Result<Option<f64>, Errno> {
        let text = self.take(handle, |rest| {
            let blank = rest.iter().take_while(|b| b.is_ascii_whitespace()).count();
            let digits = numeral_length(&rest[blank..]);
            (blank + digits, blank + digits)
        })?;
        let text = text.unwrap_or_default();
        Ok(std::str::from_utf8(&text)
            .ok()
            .and_then(|text| number_of(text.trim())))
    }

    /// Moves the position: whence 0 start, 1 current, 2 end.
    ///
    /// # Errors
    /// Not open, or before the start.
    pub fn seek(&mut self, handle: i64, whence: i64, offset: i64) -> Result<i64, Errno> {
        let open = self.open.get_mut(&handle).ok_or(EBADF)?;
        let from = match whence {
            0 => 0,
            1 => open.position as i64,
            _ => open.content.borrow().len() as i64,
        };
        let to = from.saturating_add(offset);
        open.position = usize::try_from(to).map_err(|_| EINVAL)?;
        Ok(to)
    }

    /// Whether a handle is open.
    ///
    /// # Errors
    /// It is not.
    pub fn check(&self, handle: i64) -> Result<(), Errno> {
        self.open.get(&handle).map(|_| ()).ok_or(EBADF)
    }
}

/// The number of a numeral, which may be a whole one with hexadecimal digits.
fn number_of(text: &str) -> Option<f64> {
    let (sign, digits) = match text.strip_prefix('-') {
        Some(rest) => (-1.0, rest),
        None => (1.0, text.strip_prefix('+').unwrap_or(text)),
    };
    match digits.strip_prefix("0x").or(digits.strip_prefix("0X")) {
        Some(hex) => u64::from_str_radix(hex, 16).ok().map(|n| sign * n as f64),
        None => text.parse().ok(),
    }
}

/// Length of the longest prefix that can begin a decimal numeral.
fn numeral_length(text: &[u8]) -> usize {
    let sign = usize::from(matches!(text.first(), Some(b'+' | b'-')));
    if let Some([b'0', b'x' | b'X', rest @ ..]) = text.get(sign..) {
        let digits = rest.iter().take_while(|b| b.is_ascii_hexdigit()).count();
        return sign + 2 + digits;
    }
    let (mut point, mut exponent, mut digits) = (false, false, false);
    for (i, &b) in text.iter().enumerate() {
        let sign_fits = i == 0 || matches!(text[i - 1], b'e' | b'E');
        match b {
            b'0'..=b'9' => digits = true,
            b'+' | b'-' if sign_fits => {}
            b'.' if !point && !exponent => point = true,
            b'e' | b'E' if digits && !exponent => exponent = true,
            _ => return i,
        }
    }
    text.len()
}
