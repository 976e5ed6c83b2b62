//! The signals that ask the command to end. Must not know what is ended.

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

/// What shells add to the number of a signal for the exit code of whom it ended.
const BY_SIGNAL: i32 = 128;
/// Exit code after Ctrl-C.
pub const INTERRUPTED: i32 = BY_SIGNAL + SIGINT;

/// Remembers that Ctrl-C was pressed or SIGTERM sent.
#[derive(Debug, Clone)]
pub struct Signals {
    /// The number of the last signal; 0 before the first one.
    last: Arc<AtomicUsize>,
}

impl Signals {
    /// Watches from now on. The second signal ends the command at once: what the first one asks for may take long, if
    /// nobody reads what the program has written.
    pub fn watch() -> Signals {
        let last = Arc::new(AtomicUsize::new(0));
        let again = Arc::new(AtomicBool::new(false));
        for signal in [SIGINT, SIGTERM] {
            // Without the handlers a signal ends the command, which is what there is then.
            let _ = flag::register_conditional_default(signal, again.clone());
            let _ = flag::register_usize(signal, last.clone(), signal as usize);
        }
        for signal in [SIGINT, SIGTERM] {
            let _ = flag::register(signal, again.clone());
        }
        Signals { last }
    }

    /// The exit code, when there was a signal.
    pub fn code(&self) -> Option<i32> {
        match self.last.load(Ordering::Relaxed) {
            0 => None,
            signal => Some(BY_SIGNAL + signal as i32),
        }
    }
}
