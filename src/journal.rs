//! Journals: all that the outside world has answered to a guest, and how its host has limited it, to run the guest again
//! without them.
//! Their file, too. Must not run guests.

use crate::changes::Change;
use crate::host::Answer;
use bvm_isa::Dialect;
use bvm_isa::hypercall::Hypercall;
use bvm_vm::{Grants, Reply, Request, Word};
use serde::{Deserialize, Serialize};

/// The format that this version writes and reads.
pub const JOURNAL_VERSION: u32 = 4;

/// First bytes of a journal.
const MAGIC: &[u8; 8] = b"bvmjrnl\n";
/// Bytes before the rest.
const HEADER: usize = 24;

/// What a guest was made with, as far as its run depends on it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Setup {
    /// Seed of the guest.
    pub seed: u64,
    /// Number of its language: see [`Setup::dialect`].
    pub language: u32,
    /// Its limit of memory in bytes.
    pub memory: u64,
    /// The number of the ring that its program runs in.
    pub ring: u8,
    /// Whether it has the library `task`.
    pub tasks: bool,
    /// What it was granted.
    pub grants: Grants,
    /// How many handles it may have.
    pub handles: u64,
    /// Whether its calls end where its memory does.
    pub ends_at_memory: bool,
    /// Units of fuel in a second of its own clock; 0 for that of the host.
    pub clock: u64,
}

impl Setup {
    /// The guest's language.
    pub fn dialect(&self) -> Dialect {
        Dialect::from_code(self.language)
    }
}

/// What a host has answered.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
enum Said {
    Reply(Reply),
    Later,
    End(i64),
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
enum Entry {
    /// A request, by its number and a digest of its arguments, and what the host said.
    Asked(u16, u32, Said),
    /// The reply to a request that had been put off.
    Late(Reply),
    /// A change of limits, at a time of the guest.
    Changed(u64, Change),
    /// The same where the host had just been told that the guest's memory is full. Its time may be that of a place where
    /// fuel ended before, so it does not say where that was.
    Full(u64, Change),
}

/// All answers to a guest since it was made, what it was made with, and all changes of its limits.
///
/// ```
/// use bvm::{Answer, Exit, Guest, Journal, Request, Word};
/// let host = |_: &Request| Answer::words([Word::Int(1_000_000_000)]);
/// let mut guest = Guest::builder().host(host).record().build()?;
/// let then: f64 = guest.eval("return os.time()", 1_000)?;
/// let bytes = guest.take_journal().expect("it records").to_bytes();
///
/// let journal = Journal::from_bytes(&bytes).expect("good bytes");
/// let mut again = Guest::builder().replay(journal).build()?;
/// assert_eq!(again.eval::<f64>("return os.time()", 1_000)?, then);
/// // This is not what the first one did.
/// let exit = again.eval::<f64>("return os.time()", 1_000).expect_err("nothing is left");
/// assert_eq!(exit.to_string(), "replay diverges at entry 2: the guest asks for time(), the journal ends");
/// # Ok::<(), bvm::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Journal {
    /// What the guest was made with.
    pub setup: Setup,
    /// Bytes of whoever keeps the journal: the program, its arguments.
    pub note: Vec<u8>,
    entries: Vec<Entry>,
}

/// Why bytes are no journal.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum JournalError {
    /// The bytes are something else.
    #[error("not a journal")]
    NotAJournal,
    /// Another version of bvm has written them.
    #[error("journal of format {0}, where this bvm has {JOURNAL_VERSION}")]
    Version(u32),
    /// The bytes end too early, or go on behind their end.
    #[error("journal is cut off, or something follows it")]
    Length,
    /// The bytes have changed since they were written.
    #[error("journal is damaged: its checksum is another one")]
    Checksum,
    /// The checksum is right, but there is no journal behind it.
    #[error("journal is damaged: {0}")]
    Damaged(String),
}

/// A guest does not do what it did when its journal was written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("replay diverges at entry {entry}: the guest asks for {asked}, the journal {has}")]
pub struct Divergence {
    /// The entry of the journal, from 1.
    pub entry: usize,
    /// What the guest asks for now.
    pub asked: String,
    /// What the journal has there.
    pub has: String,
}

impl Journal {
    /// A journal without entries.
    pub fn new(setup: Setup) -> Journal {
        Journal {
            setup,
            note: Vec::new(),
            entries: Vec::new(),
        }
    }

    /// How many entries there are.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether nothing has been asked or changed.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Notes what a host has answered.
    pub fn push(&mut self, request: &Request, answer: &Answer) {
        let said = match answer {
            Answer::Reply(reply) => Said::Reply(reply.clone()),
            Answer::Later => Said::Later,
            Answer::End(code) => Said::End(*code),
        };
        let entry = Entry::Asked(request.call as u16, digest(request), said);
        self.entries.push(entry);
    }

    /// Notes the reply to the request that was put off last.
    pub fn push_late(&mut self, reply: &Reply) {
        self.entries.push(Entry::Late(reply.clone()));
    }

    /// Notes a change of limits, at a time of the guest, and whether its host had just been told that its memory is full.
    pub(crate) fn push_change(&mut self, time: u64, change: Change, is_full: bool) {
        self.entries.push(match is_full {
            true => Entry::Full(time, change),
            false => Entry::Changed(time, change),
        });
    }

    /// The journal as bytes. The same journal gives the same bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = vec![0; HEADER];
        // Nothing in a journal can fail to be written.
        bytes.extend(postcard::to_stdvec(self).unwrap_or_default());
        let len = bytes.len() as u64;
        if let Some((head, _)) = bytes.split_first_chunk_mut::<HEADER>() {
            head[..8].copy_from_slice(MAGIC);
            head[8..12].copy_from_slice(&JOURNAL_VERSION.to_le_bytes());
            head[16..].copy_from_slice(&len.to_le_bytes());
        }
        let sum = crc32fast::hash(bytes.get(16..).unwrap_or_default());
        if let Some(place) = bytes.get_mut(12..16) {
            place.copy_from_slice(&sum.to_le_bytes());
        }
        bytes
    }

    /// The journal that bytes hold, whoever they come from.
    ///
    /// # Errors
    /// What is wrong with them.
    pub fn from_bytes(bytes: &[u8]) -> Result<Journal, JournalError> {
        if !bytes.starts_with(MAGIC) {
            return Err(JournalError::NotAJournal);
        }
        let word = |at: usize| {
            let field = bytes.get(at..at + 4).and_then(|b| b.first_chunk::<4>());
            field
                .map(|b| u32::from_le_bytes(*b))
                .ok_or(JournalError::Length)
        };
        let version = word(8)?;
        if version != JOURNAL_VERSION {
            return Err(JournalError::Version(version));
        }
        let sum = word(12)?;
        let len = u64::from(word(16)?) | u64::from(word(20)?) << 32;
        if len != bytes.len() as u64 {
            return Err(JournalError::Length);
        }
        if crc32fast::hash(bytes.get(16..).unwrap_or_default()) != sum {
            return Err(JournalError::Checksum);
        }
        let body = bytes.get(HEADER..).unwrap_or_default();
        match postcard::take_from_bytes(body) {
            Ok((journal, [])) => Ok(journal),
            Ok(_) => Err(JournalError::Length),
            Err(error) => Err(JournalError::Damaged(error.to_string())),
        }
    }
}

/// A number that arguments have in common only by accident.
fn digest(request: &Request) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    for word in &request.args {
        match word {
            Word::Nil => hasher.update(&[0]),
            Word::Bool(b) => hasher.update(&[1, u8::from(*b)]),
            Word::Number(n) => {
                hasher.update(&[2]);
                hasher.update(&n.to_bits().to_le_bytes());
            }
            Word::Int(n) => {
                hasher.update(&[3]);
                hasher.update(&n.to_le_bytes());
            }
            Word::Bytes(bytes) => {
                hasher.update(&[4]);
                hasher.update(&(bytes.len() as u64).to_le_bytes());
                hasher.update(bytes);
            }
        }
    }
    hasher.finalize()
}

/// Answers a guest from a journal, in its order.
#[derive(Debug, Clone)]
pub struct Replay {
    entries: std::vec::IntoIter<Entry>,
    /// The entry that was taken last, from 1.
    at: usize,
    /// The guest's times at the changes of limits that are left; none comes to that of one that waits for a full memory.
    times: std::vec::IntoIter<u64>,
    /// Fuel of a slice that the guest gets once it has come to the next change of limits.
    pub(crate) held_back: u64,
}

impl Replay {
    /// Begins with the first entry.
    pub fn new(journal: Journal) -> Replay {
        let times = journal.entries.iter().filter_map(|entry| match entry {
            Entry::Changed(time, _) => Some(*time),
            Entry::Full(..) => Some(u64::MAX),
            _ => None,
        });
        Replay {
            times: times.collect::<Vec<_>>().into_iter(),
            entries: journal.entries.into_iter(),
            at: 0,
            held_back: 0,
        }
    }

    /// How many entries are left.
    pub fn left(&self) -> usize {
        self.entries.len()
    }

    /// What the host answered to this request.
    ///
    /// # Errors
    /// The guest did not ask for this then.
    pub fn answer(&mut self, request: &Request) -> Result<Answer, Divergence> {
        self.at += 1;
        let entry = self.entries.next();
        let has = match entry {
            Some(Entry::Asked(number, args, said)) => {
                if number != request.call as u16 {
                    format!("has {}", name_of(number))
                } else if args != digest(request) {
                    format!("has {} with other arguments", name_of(number))
                } else {
                    return Ok(match said {
                        Said::Reply(reply) => Answer::Reply(reply),
                        Said::Later => Answer::Later,
                        Said::End(code) => Answer::End(code),
                    });
                }
            }
            Some(Entry::Late(_)) => "has an answer to what was asked before".to_owned(),
            Some(Entry::Changed(time, _) | Entry::Full(time, _)) => {
                format!("has a change of limits at {time}")
            }
            None => "ends".to_owned(),
        };
        Err(Divergence {
            entry: self.at,
            asked: shown(request),
            has,
        })
    }

    /// The reply to the request that was put off, if it came before anything else.
    pub fn late(&mut self) -> Option<Reply> {
        match self.entries.as_slice() {
            [Entry::Late(_), ..] => {}
            _ => return None,
        }
        self.at += 1;
        match self.entries.next() {
            Some(Entry::Late(reply)) => Some(reply),
            _ => None,
        }
    }
}

impl Replay {
    /// The guest's time at the next change of limits, whatever else comes before it.
    pub(crate) fn next_change(&self) -> Option<u64> {
        self.times.as_slice().first().copied()
    }

    /// The next entry, if it is a change of limits for which it is time. One that was made where memory was full is made
    /// where it `is_full`, and what comes behind it waits for the next time, or the next place like that.
    pub(crate) fn take_change(&mut self, now: u64, is_full: &mut bool) -> Option<Change> {
        let change = match self.entries.as_slice() {
            [Entry::Changed(time, change), ..] if *time <= now => *change,
            [Entry::Full(_, change), ..] if std::mem::take(is_full) => *change,
            _ => return None,
        };
        self.entries.next();
        self.times.next();
        self.at += 1;
        Some(change)
    }
}

fn name_of(number: u16) -> String {
    let known = Hypercall::ALL.iter().find(|call| **call as u16 == number);
    known.map_or_else(|| format!("hypercall {number}"), |call| call.name().into())
}

/// A request for messages.
fn shown(request: &Request) -> String {
    const MOST: usize = 40;
    let words = request.args.iter().map(|word| match word {
        Word::Nil => "nothing".to_owned(),
        Word::Bool(b) => b.to_string(),
        Word::Number(n) => n.to_string(),
        Word::Int(n) => n.to_string(),
        Word::Bytes(bytes) if bytes.len() <= MOST => {
            format!("{:?}", String::from_utf8_lossy(bytes))
        }
        Word::Bytes(bytes) => format!("{} bytes", bytes.len()),
    });
    format!(
        "{}({})",
        request.call.name(),
        words.collect::<Vec<_>>().join(", ")
    )
}
