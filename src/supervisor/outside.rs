//! What a supervised guest reaches: other guests by the supervisor, all else by its own host. Must not run
//! guests.

use super::arena::Id;
use super::control::{Quota, Tie};
use super::mail::Message;
use super::plan::Plan;
use super::shared::Shared;
use super::state::Act;
use super::ties::Tied;
use super::{MESSAGE_BYTES, Refusal};
use crate::host::{Answer, Host};
use crate::value::Value;
use bvm_isa::hypercall::Hypercall;
use bvm_vm::{Request, Word};
use std::sync::Arc;

/// The host of a supervised guest.
pub(crate) struct Outside {
    host: Box<dyn Host>,
    shared: Arc<Shared>,
    id: Id,
}

/// `errno` of what is not allowed, of a guest that is not there, of too many guests and of no room for bytes.
const EPERM: i32 = 1;
const ESRCH: i32 = 3;
const EAGAIN: i32 = 11;
const ENOBUFS: i32 = 105;
/// And of too much output, and too many messages.
const ENOSPC: i32 = 28;
const EDQUOT: i32 = 122;

impl Outside {
    pub fn new(host: Box<dyn Host>, shared: Arc<Shared>, id: Id) -> Outside {
        Outside { host, shared, id }
    }

    /// Counts a request, and what is handed out with it; refuses it when there has been too much of that, or when
    /// the guest is killed by now.
    fn count(&self, request: &Request) -> Option<Answer> {
        let mut control = self.shared.arena.slot(self.id)?.lock();
        if control.state().is_end() {
            return Some(Answer::End(0));
        }
        control.counters.hypercalls += 1;
        match (request.call, request.args.as_slice()) {
            (Hypercall::Write, [_, Word::Bytes(bytes)]) => {
                let count = bytes.len() as u64;
                if !Quota::take(&mut control.quota.output, count) {
                    return Some(Answer::error("No space left on device", ENOSPC));
                }
                control.counters.output += count;
            }
            (Hypercall::Send, _) => {
                if !Quota::take(&mut control.quota.messages, 1) {
                    return Some(Answer::error("too many messages", EDQUOT));
                }
                control.counters.sent += 1;
            }
            _ => {}
        }
        None
    }

    fn send(&self, to: Id, message: &[u8]) -> Answer {
        if message.len() > MESSAGE_BYTES {
            return Answer::error("message too long", ENOBUFS);
        }
        let message = Message(message.to_vec());
        let sent = match to {
            Id::NOBODY => match self.shared.post.push(self.id, message) {
                true => Ok(()),
                false => Err(Refusal::InboxFull(to)),
            },
            to => self.shared.send(self.id, to, message),
        };
        match sent {
            Ok(()) => Answer::words([]),
            Err(Refusal::InboxFull(_)) => inbox_full(),
            Err(_) => no_such_guest(),
        }
    }

    fn find(&self, name: &[u8]) -> Answer {
        let name = std::str::from_utf8(name).ok();
        match name.and_then(|name| self.shared.names.find(name)) {
            Some(id) => Answer::words([Word::Int(id.number() as i64)]),
            None => no_such_guest(),
        }
    }

    /// The first message, if there is one; else the guest waits, and gets the next one when it comes.
    fn receive(&self) -> Answer {
        let message = self
            .shared
            .glance(self.id, |held| Ok(held.control.inbox.pop()));
        match message {
            Ok(Some((_, bytes))) => Answer::words([Word::Bytes(bytes)]),
            _ => Answer::Later,
        }
    }

    fn spawn(&self, source: &[u8], name: &[u8], args: &[u8]) -> Answer {
        let parent = self.shared.glance(self.id, |held| {
            let (plan, budget) = (held.control.plan.clone(), held.control.budget.clone());
            Ok((
                plan.ok_or(Refusal::NoSuchGuest(self.id))?,
                budget,
                held.control.limits,
            ))
        });
        let Ok((parent, family, limits)) = parent else {
            return no_such_guest();
        };
        let name = String::from_utf8_lossy(name);
        let bytes = source.len() + name.len() + args.len();
        let Some(kept) = family.keep(bytes as u64) else {
            return Answer::error("no room for what guests are spawned with", ENOBUFS);
        };
        let args = [source, name.as_bytes(), args].map(Value::from);
        let Some(plan) = Plan::child(&parent, BOOT, "=task.spawn", args.into()) else {
            return Answer::error("no more guests may be spawned", EPERM);
        };
        let plan = plan.limits(limits).of_family(family, kept);
        let started = self.shared.create(plan).and_then(|id| {
            self.shared.begin(id, Act::Start)?;
            Ok(id)
        });
        match started {
            Ok(id) => Answer::words([Word::Int(id.number() as i64)]),
            Err(_) => Answer::error("no room for a guest", EAGAIN),
        }
    }

    fn tie(&self, to: Id, tie: Tie) -> Answer {
        if to == self.id {
            return Answer::words([]);
        }
        if to == Id::NOBODY {
            return Answer::error("guest 0 has no end", EPERM);
        }
        match self.shared.tie(self.id, to, tie) {
            Tied::Done => Answer::words([]),
            Tied::TooMany => Answer::error("too many guests watch it", EAGAIN),
            Tied::InboxFull => inbox_full(),
        }
    }
}

/// What a spawned guest does first. It has its own globals, untouched yet.
const BOOT: &[u8] = b"local source, name, args = ...
return assert(loadstring(source, name))(task.unpack(args))";

fn inbox_full() -> Answer {
    Answer::error("inbox full", ENOBUFS)
}

fn no_such_guest() -> Answer {
    Answer::error("no such guest", ESRCH)
}

/// Asks something of the guest with a number, if it may be that of one. 0 is the owner's.
fn to_guest(number: i64, ask: impl FnOnce(Id) -> Answer) -> Answer {
    match u64::try_from(number) {
        Ok(number) => ask(Id::from_number(number)),
        Err(_) => no_such_guest(),
    }
}

impl Host for Outside {
    fn answer(&mut self, request: &Request) -> Answer {
        if let Some(refused) = self.count(request) {
            return refused;
        }
        match (request.call, request.args.as_slice()) {
            (Hypercall::TaskId, _) => Answer::words([Word::Int(self.id.number() as i64)]),
            (Hypercall::Send, [Word::Int(to), Word::Bytes(message)]) => {
                to_guest(*to, |to| self.send(to, message))
            }
            (Hypercall::Find, [Word::Bytes(name)]) => self.find(name),
            (Hypercall::Receive, _) => self.receive(),
            (Hypercall::Sleep, _) => Answer::Later,
            (Hypercall::Spawn, [Word::Bytes(source), Word::Bytes(name), Word::Bytes(args)]) => {
                self.spawn(source, name, args)
            }
            (Hypercall::Link, [Word::Int(to)]) => to_guest(*to, |to| self.tie(to, Tie::Link)),
            (Hypercall::Monitor, [Word::Int(to)]) => to_guest(*to, |to| self.tie(to, Tie::Monitor)),
            _ => self.host.answer(request),
        }
    }
}
