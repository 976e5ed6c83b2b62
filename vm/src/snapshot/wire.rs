//! The bytes of a snapshot: written one after the other, and read by somebody who does not trust them.

use super::SnapshotError;
use crate::exit::{HostError, Request, Word};
use crate::grants::OUTERMOST;
use crate::handles::Handles;
use crate::host::Host;
use bvm_isa::hypercall::Hypercall;

/// Bytes before the rest, which the checksum covers.
pub(super) const HEADER: usize = 24;

/// Puts the header before what has been written behind room for it.
pub(super) fn seal(bytes: &mut [u8]) {
    let len = bytes.len() as u64;
    if let Some((head, _)) = bytes.split_first_chunk_mut::<HEADER>() {
        head[..8].copy_from_slice(super::MAGIC);
        head[8..12].copy_from_slice(&super::VERSION.to_le_bytes());
        head[16..24].copy_from_slice(&len.to_le_bytes());
    }
    let sum = crc32fast::hash(bytes.get(16..).unwrap_or_default());
    if let Some(place) = bytes.get_mut(12..16) {
        place.copy_from_slice(&sum.to_le_bytes());
    }
}

/// What the header is followed by.
pub(super) fn open(bytes: &[u8]) -> Result<Reader<'_>, SnapshotError> {
    if !bytes.starts_with(super::MAGIC) {
        return Err(SnapshotError::NotASnapshot);
    }
    let mut head = Reader(bytes.get(8..).unwrap_or_default());
    let version = head.u32()?;
    if version != super::VERSION {
        return Err(SnapshotError::Version(version));
    }
    let sum = head.u32()?;
    let summed = head.0;
    if head.u64()? != bytes.len() as u64 {
        return Err(SnapshotError::Length);
    }
    match crc32fast::hash(summed) == sum {
        true => Ok(head),
        false => Err(SnapshotError::Checksum),
    }
}

/// Reads from the front.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reader<'a>(pub &'a [u8]);

impl<'a> Reader<'a> {
    pub fn bytes(&mut self, len: u64) -> Result<&'a [u8], SnapshotError> {
        let len = usize::try_from(len).map_err(|_| SnapshotError::Length)?;
        let (taken, rest) = self.0.split_at_checked(len).ok_or(SnapshotError::Length)?;
        self.0 = rest;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], SnapshotError> {
        let (taken, rest) = self
            .0
            .split_first_chunk::<N>()
            .ok_or(SnapshotError::Length)?;
        self.0 = rest;
        Ok(*taken)
    }

    pub fn u8(&mut self) -> Result<u8, SnapshotError> {
        self.array::<1>().map(|[byte]| byte)
    }

    pub fn u32(&mut self) -> Result<u32, SnapshotError> {
        self.array().map(u32::from_le_bytes)
    }

    pub fn u64(&mut self) -> Result<u64, SnapshotError> {
        self.array().map(u64::from_le_bytes)
    }

    fn sized(&mut self) -> Result<&'a [u8], SnapshotError> {
        let len = self.u64()?;
        self.bytes(len)
    }
}

fn put_sized(out: &mut Vec<u8>, bytes: &[u8]) {
    out.extend_from_slice(&(bytes.len() as u64).to_le_bytes());
    out.extend_from_slice(bytes);
}

fn put_words(out: &mut Vec<u8>, words: &[Word]) {
    out.extend_from_slice(&(words.len() as u32).to_le_bytes());
    for word in words {
        match word {
            Word::Nil => out.push(0),
            Word::Bool(b) => out.extend_from_slice(&[1, u8::from(*b)]),
            Word::Number(n) => {
                out.push(2);
                out.extend_from_slice(&n.to_bits().to_le_bytes());
            }
            Word::Int(n) => {
                out.push(3);
                out.extend_from_slice(&n.to_le_bytes());
            }
            Word::Bytes(bytes) => {
                out.push(4);
                put_sized(out, bytes);
            }
        }
    }
}

const NO_WORD: SnapshotError = SnapshotError::Damaged {
    what: "a word of no type",
    at: 0,
};

fn words(input: &mut Reader<'_>) -> Result<Vec<Word>, SnapshotError> {
    let count = input.u32()?;
    let mut words = Vec::new();
    for _ in 0..count {
        words.push(match input.u8()? {
            0 => Word::Nil,
            1 => Word::Bool(input.u8()? != 0),
            2 => Word::Number(f64::from_bits(input.u64()?)),
            3 => Word::Int(input.u64()? as i64),
            4 => Word::Bytes(input.sized()?.to_vec()),
            _ => return Err(NO_WORD),
        });
    }
    Ok(words)
}

/// Writes what lies outside the memory: what is on its way to the host or from there, what a native keeps,
/// and the number of the handle given last.
pub(super) fn put_outside(out: &mut Vec<u8>, host: &Host) {
    match &host.request {
        None => out.push(0),
        Some(request) => {
            out.push(1);
            put_sized(out, request.call.name().as_bytes());
            put_words(out, &request.args);
            out.push(request.ring);
        }
    }
    match &host.reply {
        None => out.push(0),
        Some(Ok(words)) => {
            out.push(1);
            put_words(out, words);
        }
        Some(Err(error)) => {
            out.push(2);
            put_sized(out, error.message.as_bytes());
            out.extend_from_slice(&error.code.to_le_bytes());
        }
    }
    match host.kept_bytes() {
        None => out.push(0),
        Some(kept) => {
            out.push(1);
            put_sized(out, &kept);
        }
    }
    out.extend_from_slice(&host.handles.last().to_le_bytes());
}

/// Reads what [`put_outside`] wrote, up to the end.
pub(super) fn outside(mut input: Reader<'_>, host: &mut Host) -> Result<(), SnapshotError> {
    let input = &mut input;
    if input.u8()? != 0 {
        let name = input.sized()?;
        let wrong = |what| SnapshotError::Damaged { what, at: 0 };
        let call = Hypercall::by_name(name).ok_or(wrong("an unknown hypercall"))?;
        let args = words(input)?;
        let ring = input.u8()?;
        let request = Request { call, args, ring };
        if !(1..=OUTERMOST).contains(&ring) {
            return Err(wrong("a ring that there is not"));
        }
        let checked = request.check();
        checked.map_err(|_| wrong("arguments that a hypercall does not have"))?;
        host.request = Some(request);
    }
    host.reply = match input.u8()? {
        0 => None,
        1 => Some(Ok(words(input)?)),
        _ => {
            let message = String::from_utf8_lossy(input.sized()?).into_owned();
            let code = input.u32()? as i32;
            Some(Err(HostError { message, code }))
        }
    };
    if input.u8()? != 0 {
        host.kept = Some(input.sized()?.to_vec());
    }
    host.handles = Handles::after(input.u32()?);
    match input.0.is_empty() {
        true => Ok(()),
        false => Err(SnapshotError::Length),
    }
}
