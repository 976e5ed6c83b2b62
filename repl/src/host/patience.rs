//! Answers by a time: what may take as long as the outside world likes is done on a thread of its own, which is given
//! up when the time is over. Must not know what is done.

use super::stream::Stream;
use super::{Folders, Host, Outcome, STDOUT};
use crate::signals::Signals;
use bvm_isa::hypercall::Hypercall;
use bvm_vm::{Request, Word};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};

/// Bytes at hand in which a numeral ends that is one.
const NUMERAL: usize = 512;

/// How long nothing is looked at while an answer does not come.
const PAUSE: Duration = Duration::from_millis(50);

/// A thread that answers, and how long it has for that.
#[derive(Debug)]
pub struct Helper {
    deadline: Option<Instant>,
    /// What ends the waiting, too.
    signals: Option<Signals>,
    to: Sender<(Host, Request)>,
    from: Receiver<(Host, Outcome)>,
}

impl Helper {
    fn new(deadline: Option<Instant>, signals: Option<Signals>) -> Option<Helper> {
        let (to, requests) = channel::<(Host, Request)>();
        let (answers, from) = channel();
        let work = move || {
            for (mut host, request) in requests {
                // What the program has said is not lost when it waits for too long. Errors are the next write's.
                if let Some(Some(stdout)) = host.streams.get_mut(STDOUT as usize) {
                    let _ = stdout.flush();
                }
                let outcome = host.answer(request);
                if answers.send((host, outcome)).is_err() {
                    return;
                }
            }
        };
        // Without a thread the program waits as it does without a limit.
        std::thread::Builder::new().spawn(work).ok()?;
        Some(Helper {
            deadline,
            signals,
            to,
            from,
        })
    }
}

impl Helper {
    /// The answer; none when the time is over or a signal has come before.
    fn wait(&self) -> Option<(Host, Outcome)> {
        loop {
            let left = self
                .deadline
                .map(|at| at.saturating_duration_since(Instant::now()));
            match self
                .from
                .recv_timeout(left.map_or(PAUSE, |left| left.min(PAUSE)))
            {
                Ok(answer) => return Some(answer),
                Err(RecvTimeoutError::Disconnected) => return None,
                Err(RecvTimeoutError::Timeout) => {}
            }
            let is_told = self.signals.as_ref().and_then(Signals::code).is_some();
            if is_told || left == Some(Duration::ZERO) {
                return None;
            }
        }
    }
}

impl Host {
    /// Gives up what is not answered by then, or when a signal comes.
    pub fn give_up(&mut self, deadline: Option<Instant>, signals: Option<Signals>) {
        if deadline.is_some() || signals.is_some() {
            self.helper = Helper::new(deadline, signals);
        }
    }

    /// Answers a request as [`Host::answer`]. When its time is over before, the request comes back, and the streams
    /// are lost: they stay with the thread that waits. The program must not go on then.
    pub fn answer_in_time(&mut self, request: Request) -> Result<Outcome, Request> {
        let Some(helper) = self.helper.take() else {
            return Ok(self.answer(request));
        };
        if !self.may_wait(&request) {
            let outcome = self.answer(request);
            self.helper = Some(helper);
            return Ok(outcome);
        }
        let asked = request.clone();
        let nothing = Host {
            streams: Vec::new(),
            spare: Vec::new(),
            limit: self.limit,
            folders: Some(Folders::default().into()),
            helper: None,
        };
        let host = std::mem::replace(self, nothing);
        // The thread ends with the helper alone.
        let _ = helper.to.send((host, request));
        match helper.wait() {
            Some((host, outcome)) => {
                *self = host;
                self.helper = Some(helper);
                Ok(outcome)
            }
            None => {
                // For what the command itself has to say.
                self.streams = Stream::standard();
                Err(asked)
            }
        }
    }

    /// Whether the answer may depend on when somebody else does something.
    fn may_wait(&self, request: &Request) -> bool {
        let index = match request.args.first() {
            Some(Word::Int(handle)) => usize::try_from(*handle).ok(),
            _ => None,
        };
        let stream = index.and_then(|index| self.streams.get(index)?.as_ref());
        match request.call {
            Hypercall::Open
            | Hypercall::POpen
            | Hypercall::Execute
            | Hypercall::ReadFile
            | Hypercall::Readable => true,
            _ => stream.is_some_and(|stream| stream_may_wait(stream, request)),
        }
    }
}

fn stream_may_wait(stream: &Stream, request: &Request) -> bool {
    let (ahead, second) = (stream.unread(), request.args.get(1));
    let is_at_hand = match (request.call, second) {
        (Hypercall::Write, Some(Word::Bytes(bytes))) => stream.holds(bytes),
        (Hypercall::ReadLine, _) => memchr::memchr(b'\n', ahead).is_some(),
        (Hypercall::ReadBytes, Some(Word::Int(count))) => {
            usize::try_from(*count).is_ok_and(|count| (1..=ahead.len()).contains(&count))
        }
        (Hypercall::ReadNumber, _) => ahead.len() >= NUMERAL,
        (Hypercall::Flush | Hypercall::Seek | Hypercall::SetVBuf, _) => stream.is_flushed(),
        _ => false,
    };
    !is_at_hand && !stream.is_file()
}
