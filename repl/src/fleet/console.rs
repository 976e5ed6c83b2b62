//! The host of a guest in a fleet: what it writes is handed on with its id, all else is the command's host's.

use super::pipe::{Writer, Written};
use crate::host::{Folders, Host, Outcome, STDERR, STDOUT};
use bvm::{Answer, Hypercall, Id, Request, Word};
use std::sync::Arc;

/// The host of one guest.
pub struct Console {
    guest: Id,
    written: Writer,
    host: Host,
}

/// Most bytes of an answer.
const MOST: u64 = 1 << 26;

/// `errno` of a stream that is not there.
const EBADF: i32 = 9;

impl Console {
    /// A host that hands on what its guest writes, and has only the files of some folders, or all.
    pub fn new(guest: Id, written: Writer, folders: Option<Arc<Folders>>) -> Console {
        let mut host = Host::new(MOST);
        if let Some(folders) = folders {
            host.confine(folders);
        }
        Console {
            guest,
            written,
            host,
        }
    }
}

impl bvm::Host for Console {
    fn answer(&mut self, request: &Request) -> Answer {
        match (request.call, request.args.as_slice()) {
            (Hypercall::Write, [Word::Int(handle @ (STDOUT | STDERR)), Word::Bytes(bytes)]) => {
                let piece = Written {
                    guest: self.guest,
                    is_error: *handle == STDERR,
                    bytes: bytes.clone(),
                };
                self.written.write(piece);
                Answer::words([])
            }
            (Hypercall::Flush | Hypercall::SetVBuf, [Word::Int(STDOUT | STDERR), ..]) => {
                Answer::words([])
            }
            // Standard input is nobody's.
            (_, [Word::Int(0), ..]) if request.call != Hypercall::Exit => {
                Answer::error("Bad file descriptor", EBADF)
            }
            _ => match self.host.answer(request.clone()) {
                Outcome::Reply(reply) => Answer::Reply(reply),
                Outcome::Exit(code) => Answer::End(i64::from(code)),
            },
        }
    }
}
