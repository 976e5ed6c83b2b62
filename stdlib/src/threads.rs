//! Threads for work that takes long. Starting one takes the time of many slices, so one or two that have nothing to do
//! stay for a while. Must not know what the work is.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread::{self, Builder, ThreadId};
use std::time::Duration;

/// Bytes of a thread's stack: what main threads of other threads' libraries are content with. Compiling nests 200 levels
/// at most, which take less than a quarter of it even without optimisation.
const STACK: usize = 2 << 20;

/// Most threads that wait for work.
const MOST_IDLE: usize = 2;

/// How long they wait.
const PATIENCE: Duration = Duration::from_secs(1);

type Job = Box<dyn FnOnce() + Send>;

/// The threads that wait, and how to give them work.
static IDLE: Mutex<Vec<(ThreadId, Sender<Job>)>> = Mutex::new(Vec::new());

fn idle() -> MutexGuard<'static, Vec<(ThreadId, Sender<Job>)>> {
    // A list is whole whatever has panicked.
    IDLE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Does a job on a thread that waits for one, or on a new one. A panic ends the job, and nothing else.
///
/// # Errors
/// The system has no thread.
pub(crate) fn run(job: impl FnOnce() + Send + 'static) -> io::Result<()> {
    let mut job: Job = Box::new(job);
    let waiting = idle().pop();
    if let Some((_, thread)) = waiting {
        match thread.send(job) {
            Ok(()) => return Ok(()),
            Err(unsent) => job = unsent.0,
        }
    }
    Builder::new()
        .name("bvm compiles".to_owned())
        .stack_size(STACK)
        .spawn(move || work(job))?;
    Ok(())
}

/// Has a thread ready for the next job: waking one whose processor sleeps takes the time of many slices, which need not
/// be waited for.
pub(crate) fn wake() {
    // Without one the job will be refused.
    let _ = run(|| ());
}

/// Does one job after the other.
fn work(first: Job) {
    let (give, jobs) = channel();
    let mut job = first;
    loop {
        // Whoever waits for what it comes to sees that nothing comes.
        let _ = catch_unwind(AssertUnwindSafe(job));
        match next(&give, &jobs) {
            Some(next) => job = next,
            None => return,
        }
    }
}

/// Waits for the next job; `None` when there is none for long, or there are enough threads that wait.
fn next(give: &Sender<Job>, jobs: &Receiver<Job>) -> Option<Job> {
    let me = thread::current().id();
    let mut waiting = idle();
    if waiting.len() >= MOST_IDLE {
        return None;
    }
    waiting.push((me, give.clone()));
    drop(waiting);
    match jobs.recv_timeout(PATIENCE) {
        Ok(job) => return Some(job),
        Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {}
    }
    let mut waiting = idle();
    match waiting.iter().position(|(id, _)| *id == me) {
        Some(at) => {
            waiting.swap_remove(at);
            None
        }
        // Somebody has chosen this thread, and a job is on its way.
        None => {
            drop(waiting);
            jobs.recv().ok()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thread_takes_the_next_job_even_after_a_panic() {
        let (tell, told) = channel();
        run(|| panic!("on purpose")).expect("a thread");
        for i in 0..100 {
            let tell = tell.clone();
            run(move || tell.send(i).expect("a listener")).expect("a thread");
        }
        let mut got: Vec<i32> = told.iter().take(100).collect();
        got.sort_unstable();
        assert_eq!(got, (0..100).collect::<Vec<_>>());
        assert!(idle().len() <= MOST_IDLE);
    }
}
