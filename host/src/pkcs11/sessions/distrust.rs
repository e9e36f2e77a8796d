//! Sessions that may see nothing of their token.

use std::time::{Duration, Instant};

/// For how long sessions are not opened because the library has to be started again
/// first, which a thread that hangs inside can prevent for ever.
const AWAIT_RESTART: Duration = Duration::from_secs(3);
/// From one restart for this reason to the next, while no key shows; each time twice
/// as long. A token that shows one may be lost again at once.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LAST_PAUSE: Duration = Duration::from_secs(30);

/// Whether the sessions of a token are distrusted.
#[derive(Default)]
pub(super) struct Distrust {
    /// Sessions of this start of the library are, since then.
    start: Option<(u64, Instant)>,
    pause: Duration,
    /// Not before.
    next: Option<Instant>,
}

impl Distrust {
    /// The sessions of this start are to be closed and the library to be started
    /// again; false when that was done so lately, to no effect, that it is not done.
    pub(super) fn begin(&mut self, start: u64, now: Instant) -> bool {
        if self.next.is_some_and(|next| now < next) {
            return false;
        }
        self.pause = (2 * self.pause).clamp(FIRST_PAUSE, LAST_PAUSE);
        self.next = Some(now + self.pause);
        self.start = Some((start, now));
        true
    }

    /// The library was started again.
    pub(super) fn restarted(&mut self) {
        self.start = None;
    }

    /// The token has shown a key.
    pub(super) fn proven(&mut self) {
        self.pause = Duration::ZERO;
        self.next = None;
    }

    /// Whether sessions of this start are distrusted.
    pub(super) fn covers(&self, start: u64) -> bool {
        self.start
            .is_some_and(|(distrusted, _)| distrusted == start)
    }

    /// Whether the library has to be started again before a session is opened.
    pub(super) fn awaits_restart(&self, now: Instant) -> bool {
        let patient = |(_, since)| now.duration_since(since) < AWAIT_RESTART;
        self.start.is_some_and(patient)
    }

    /// A session was opened without a restart, for want of one.
    pub(super) fn gives_up(&mut self) {
        self.start = None;
    }
}
