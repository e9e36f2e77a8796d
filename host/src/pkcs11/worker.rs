//! A thread that owns one session of a token and does jobs with it.
//!
//! It never leaves the library alone with a job: when the session is lost it
//! opens another, and does a job that nothing has come of once more. A thread
//! that is stuck in the library is counted out by [`super::watch`]; when the
//! library lets go of it, it goes on if it is needed and ends otherwise.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tracing::{info, warn};

use super::fault::TokenFault;
use super::job::{Outcome, Task};
use super::recovery::{ATTEMPT, Turn};
use super::return_value::ReturnValue;
use super::session::{Call, Login, OpenSession};
use super::shared::Shared;
use super::slot::{self, OpenFault};
use super::worker_state::WorkerState;

/// A call that takes longer counts as stuck.
const STUCK: Duration = Duration::from_secs(1);

/// How long a job waits for a turn to open a session in place of a lost one.
const TURN: Duration = Duration::from_millis(50);

/// Failed attempts in a row after which the library is started again.
const BEFORE_RESTART: u32 = 2;

/// The life of the thread.
pub(super) fn run(shared: &Shared, me: &WorkerState) {
    while let Some(mut session) = open(shared, me) {
        if !rejoin(shared, me) {
            session.close(&shared.library);
            break;
        }
        shared.recovery.serves();
        let ended = serve(shared, me, &mut session);
        if me.leaves() {
            leave(shared);
        }
        session.close(&shared.library);
        if ended == Ended::Stopped {
            break;
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ended {
    /// The token is closed, or there are enough threads.
    Stopped,
    /// The session is of no use any more.
    Lost,
}

fn serve(shared: &Shared, me: &WorkerState, session: &mut OpenSession) -> Ended {
    let mut took = None;
    while let Some(mut task) = shared.queue.pop(took.take()) {
        let now = Instant::now();
        if !task.is_wanted(now) {
            task.fail(TokenFault::Deadline);
            continue;
        }
        me.busy(shared.age(Instant::now() + STUCK));
        let sound = complete(shared, session, &mut *task);
        me.free();
        took = Some(now.elapsed());
        if !sound {
            return Ended::Lost;
        }
        if me.is_stuck() && !rejoin(shared, me) {
            return Ended::Stopped;
        }
    }
    Ended::Stopped
}

/// Does a job; false when no session is left after it.
fn complete(shared: &Shared, session: &mut OpenSession, task: &mut dyn Task) -> bool {
    let value = match attempt(shared, session, task) {
        Some(Outcome::Answered) => {
            shared.doubt.ends();
            return true;
        }
        Some(Outcome::Doubtful(value)) => return keep(shared, session, value),
        Some(Outcome::Spent(value)) => {
            info!(token = shared.name, "a session was spent: {value}");
            return renew(shared, session);
        }
        Some(Outcome::Lost(value)) => Some(value),
        // The library was started again behind this session's back.
        None => None,
    };
    if let Some(value) = value {
        warn!(token = shared.name, "a session was lost: {value}");
    }
    if !renew(shared, session) {
        task.fail(TokenFault::Unavailable);
        return false;
    }
    if value.is_some_and(|value| !task.may_repeat(value)) || !task.is_wanted(Instant::now()) {
        task.fail(TokenFault::Unavailable);
        return true;
    }
    match attempt(shared, session, task) {
        Some(Outcome::Answered | Outcome::Doubtful(_)) => true,
        Some(Outcome::Spent(_)) => false,
        Some(Outcome::Lost(_)) | None => {
            task.fail(TokenFault::Unavailable);
            false
        }
    }
}

/// After a failure that may mean that the device is lost; false when no session is
/// left.
fn keep(shared: &Shared, session: &mut OpenSession, value: ReturnValue) -> bool {
    if !shared.doubt.grows(shared.age(Instant::now())) {
        return true;
    }
    info!(token = shared.name, "a session was given up: {value}");
    renew(shared, session)
}

fn attempt(shared: &Shared, session: &mut OpenSession, task: &mut dyn Task) -> Option<Outcome> {
    let inside = shared.library.enter()?;
    if !session.belongs_to(&inside) {
        return None;
    }
    let mut call = Call {
        session,
        inside: &inside,
        generation: shared.generation(),
    };
    Some(task.run(&mut call))
}

/// Opens another session in place of a lost one, if that works at once.
fn renew(shared: &Shared, session: &mut OpenSession) -> bool {
    let Some(turn) = shared.recovery.soon(TURN) else {
        return false;
    };
    match try_to_open(shared, turn) {
        Some(new) => {
            std::mem::replace(session, new).close(&shared.library);
            true
        }
        None => false,
    }
}

/// Opens a session however long it takes; `None` when the token is closed.
fn open(shared: &Shared, me: &WorkerState) -> Option<OpenSession> {
    loop {
        let turn = shared.recovery.wait()?;
        me.busy(shared.age(Instant::now() + ATTEMPT));
        let session = try_to_open(shared, turn);
        me.free();
        if session.is_some() {
            return session;
        }
    }
}

fn try_to_open(shared: &Shared, turn: Turn) -> Option<OpenSession> {
    match open_now(shared) {
        Ok(session) => {
            shared.recovery.succeeded(turn);
            shared.doubt.ends();
            Some(session)
        }
        Err(fault) => {
            shared.outage.attempt_failed(&fault);
            let refused = matches!(fault, OpenFault::Pin(_));
            let failures = shared.recovery.failed(turn, fault);
            if failures >= BEFORE_RESTART && !refused && shared.library.restart(Instant::now()) {
                shared.outage.library_restarted();
                shared.recovery.hasten();
            }
            None
        }
    }
}

fn open_now(shared: &Shared) -> Result<OpenSession, OpenFault> {
    let inside = shared.library.enter_started()?;
    let slot = slot::find(&inside, &shared.selector)?;
    let (session, login) = OpenSession::open(&inside, slot, &shared.pin)?;
    shared.logged_in(inside.start(), login == Login::New);
    Ok(session)
}

/// Takes jobs (again). False when there are enough threads without this one.
fn rejoin(shared: &Shared, me: &WorkerState) -> bool {
    if me.is_stuck() {
        let roster = shared.roster.lock();
        if active(&roster) >= shared.sessions {
            return false;
        }
        me.is_back();
    }
    me.joins();
    shared.queue.joined();
    shared.outage.ends();
    true
}

/// One session less works.
pub(super) fn leave(shared: &Shared) {
    shared.queue.left();
    if shared.queue.serving() == 0 && !shared.recovery.is_stopped() {
        shared.outage.begins();
    }
}

/// How many threads are not stuck.
pub(super) fn active(roster: &[Arc<WorkerState>]) -> usize {
    roster.iter().filter(|worker| !worker.is_stuck()).count()
}
