//! Looks after the threads of a token: one that is stuck in the vendor's library
//! is counted out and replaced.

use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use tracing::{error, warn};

use super::shared::Shared;
use super::worker::{self, active, leave};
use super::worker_state::WorkerState;

/// How often it looks.
const LOOK: Duration = Duration::from_millis(200);

/// Starts the threads of a token, and the one that looks after them.
pub(super) fn start(shared: &Arc<Shared>) {
    fill(shared);
    let watched = Arc::clone(shared);
    spawn(shared, "watch", move || watch(&watched));
}

fn watch(shared: &Arc<Shared>) {
    loop {
        let mut roster = shared.roster.lock();
        shared.changed.wait_for(&mut roster, LOOK);
        if shared.recovery.is_stopped() {
            return;
        }
        let age = shared.age(Instant::now());
        let stuck: Vec<_> = roster
            .iter()
            .filter_map(|worker| worker.count_out(age))
            .collect();
        drop(roster);
        for was_serving in stuck {
            warn!(
                token = shared.name,
                "a thread is stuck in the library: another takes its place"
            );
            if was_serving {
                leave(shared);
            }
        }
        fill(shared);
    }
}

/// As many threads as there are to be sessions, those that are stuck not
/// counted, and at most twice as many altogether.
fn fill(shared: &Arc<Shared>) {
    let mut roster = shared.roster.lock();
    while active(&roster) < shared.sessions && roster.len() < 2 * shared.sessions {
        let me = Arc::new(WorkerState::default());
        roster.push(Arc::clone(&me));
        let own = Arc::clone(shared);
        let started = spawn(shared, "session", move || {
            worker::run(&own, &me);
            own.roster.lock().retain(|other| !Arc::ptr_eq(other, &me));
            own.changed.notify_all();
        });
        if !started {
            roster.pop();
            return;
        }
    }
}

fn spawn(shared: &Shared, what: &str, body: impl FnOnce() + Send + 'static) -> bool {
    let thread = thread::Builder::new().name(format!("{what} {}", shared.name));
    match thread.spawn(body) {
        Ok(_) => true,
        Err(fault) => {
            error!(token = shared.name, "a thread cannot be started: {fault}");
            false
        }
    }
}
