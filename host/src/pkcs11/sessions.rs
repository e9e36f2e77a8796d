//! The sessions of one token, as data: the threads that own them, the jobs that
//! wait, and what is to be done next.
//!
//! Nothing here waits, locks, reads a clock or calls a library. Threads tell
//! [`Sessions::step`] what has happened and carry out what it answers (see
//! [`super::threads`]).
//!
//! | a thread | does | until |
//! |---|---|---|
//! | `Seeks` | waits for its turn to open a session: one thread tries at a time, and after a failure nobody for 20 to 300 ms | `Opens` |
//! | `Opens` | logs in | `Opened`: `Idles` · `OpenFailed`: `Seeks` |
//! | `Idles` | waits for a job | `Works` |
//! | `Works` | does a job | `Ended`: `Idles`, or `Seeks` when the session is lost |
//! | `Closes` | closes a lost session | `Seeks` |
//! | `Restarts` | starts the library again, after two failures in a row | `Restarted`: `Seeks` |
//!
//! Apart from what it does, a thread *serves* or not. It begins to when it has a
//! session. It goes on serving while it opens another in place of a lost one, and
//! stops when that fails or takes long. A thread that has been in the library for
//! too long is *stuck*: another is started in its place, and when it comes back
//! it goes on if it is needed and ends otherwise. While no thread serves, jobs are
//! refused at once.
//!
//! A search that finds nothing and proves nothing has all sessions *distrusted*:
//! each thread stops serving and closes its own, and when all are closed the library
//! is started again, before any other is opened.

mod attempts;
mod distrust;
mod steps;

use std::collections::{BTreeMap, VecDeque};
use std::time::{Duration, Instant};

use self::attempts::Attempts;
use self::distrust::Distrust;
use super::fault::TokenFault;
use super::keys::TokenState;
use super::library::Restart;
use super::outage::{Line, Outage};
use super::return_value::ReturnValue;
use super::slot::OpenFault;

/// A job that takes longer is stuck, and so is whatever a serving thread does.
const STUCK: Duration = Duration::from_secs(1);
/// An attempt to open a session that takes longer is stuck, and others may try.
const ATTEMPT: Duration = Duration::from_secs(5);
/// How long a thread whose session is lost serves on without its turn to open
/// another.
const PATIENCE: Duration = Duration::from_millis(50);
/// To an AWS CloudHSM `CKR_FUNCTION_FAILED` is a lost device and an overloaded
/// one. Giving sessions up at once would burden the overloaded one more, and never
/// giving them up would keep the library from being started again. So a session is
/// given up when no call has ended otherwise for this long: whether another can be
/// opened tells which it is.
const DOUBT: Duration = Duration::from_millis(500);
/// To wake a thread costs more than a job of a token in software: a thread at work
/// takes the next one in passing, if it began this one less long ago.
const BRISK: Duration = Duration::from_micros(200);
/// And if all that wait are done in this time at the pace of the last job.
const PASSING: Duration = Duration::from_millis(1);

/// Most jobs that nobody waits for any more and that are done all the same.
const LATE: usize = 256;

/// A thread of the token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Worker(u64);

/// What has happened.
pub(super) enum Event<J> {
    /// A request brings a job.
    Queued(J),
    Thread(Worker, Report<J>),
    /// A thread has ended, or could not be started.
    Left(Worker),
    /// Time has passed.
    Tick,
    /// The start has reported what it found; `out` when it has warned.
    InService {
        out: bool,
    },
    /// The token is closed.
    Stopped,
}

/// What a thread has done. It is outside the library again.
pub(super) enum Report<J> {
    /// Nothing: it is new, was woken, or has closed its session.
    Asks,
    /// A job.
    Ended(Outcome<J>),
    Opened(Login),
    OpenFailed(OpenFault),
    /// Whether the library was started again.
    Restarted(bool),
}

/// What is to be done.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Action<J> {
    /// By the thread that told of the event.
    Order(Order<J>),
    /// The job gets this fault as its answer.
    Refuse(J, TokenFault),
    /// Starts a thread.
    Start(Worker),
    /// Wakes one of the threads that wait for a job.
    WakeOne,
    /// Wakes all that wait for anything else.
    WakeOthers,
    /// Wakes all that wait.
    WakeAll,
    /// Writes a line to the log.
    Say(Line),
}

/// What a thread does next.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Order<J> {
    /// The job, under the login of this number.
    Do(J, u64),
    /// Opens a session; then closes the one it has.
    Open,
    Close,
    Restart(Restart),
    AwaitJob,
    AwaitTurn(Instant),
    /// Closes the session it has, and ends.
    End,
}

/// What a job leaves behind.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Outcome<J> {
    /// An answer, and a session for the next job.
    Answered,
    /// The same, and the token has shown a key.
    Proven,
    /// A fault as the answer, and a session that may see nothing of the token, like
    /// all of this start of the library.
    Distrusted,
    /// A failure as the answer, and a session of which one cannot be sure.
    Doubtful(ReturnValue),
    /// An answer, and a session that is of no use any more.
    Spent(ReturnValue),
    /// No answer yet, and a session that is of no use any more. No value: the
    /// library was started again behind the session's back, and nothing was done.
    Lost(Option<ReturnValue>, J),
}

/// The login that a new session belongs to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Login {
    /// Of the library.
    pub(super) start: u64,
    /// Nobody was logged in before: earlier handles of private objects are void.
    pub(super) is_new: bool,
    /// Never used before, in case it is new.
    pub(super) number: u64,
}

/// What is asked of a job.
pub(super) trait Wanted {
    /// Whether somebody waits for the answer still.
    fn is_wanted(&self, now: Instant) -> bool;
    /// Whether the answer is of use to somebody who asks later.
    fn lasts(&self, now: Instant) -> bool;
    /// Whether it may be done once more after this.
    fn may_repeat(&self, value: ReturnValue) -> bool;
}

/// The sessions of one token.
pub(super) struct Sessions<J> {
    /// How many there are to be. At most twice as many threads exist.
    wanted: usize,
    /// Most jobs that wait.
    capacity: usize,
    /// How long the last job took.
    pace: Duration,
    waiting: VecDeque<J>,
    /// Jobs that nobody waits for any more and that are of use later: done when no
    /// other waits.
    late: VecDeque<J>,
    threads: BTreeMap<Worker, Thread<J>>,
    last_worker: u64,
    /// A thread was woken for a job, and has not looked for it yet. More are woken
    /// one by one: a thread at work often takes the job sooner.
    woken: bool,
    attempts: Attempts,
    distrust: Distrust,
    /// Since when calls have ended in doubt only.
    doubt: Option<Instant>,
    /// The last one that was new.
    login: Login,
    outage: Outage,
    stopped: bool,
    /// Whoever looks after the threads was told that there is nothing to look at.
    rests: bool,
    /// When the event happened that is looked at, and what follows from it so far.
    now: Instant,
    actions: Vec<Action<J>>,
}

struct Thread<J> {
    does: Does,
    since: Instant,
    standing: Standing,
    /// Has a session, be it a lost one.
    holds: bool,
    /// The session is of this start of the library.
    start: u64,
    /// Lost its session; is done once more with the next.
    repeats: Option<J>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Does {
    Seeks,
    Opens,
    Closes,
    Restarts,
    Idles,
    Works { again: bool },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Standing {
    Absent,
    Serves,
    Stuck,
}

impl<J: Wanted> Sessions<J> {
    pub(super) fn new(wanted: usize, capacity: usize, now: Instant) -> Self {
        Self {
            wanted,
            capacity,
            pace: STUCK,
            waiting: VecDeque::new(),
            late: VecDeque::new(),
            threads: BTreeMap::new(),
            last_worker: 0,
            woken: false,
            attempts: Attempts::default(),
            distrust: Distrust::default(),
            doubt: None,
            login: Login::default(),
            outage: Outage::default(),
            stopped: false,
            rests: false,
            now,
            actions: Vec::new(),
        }
    }

    /// What follows from an event.
    pub(super) fn step(&mut self, event: Event<J>, now: Instant) -> Vec<Action<J>> {
        self.now = now;
        match event {
            Event::Queued(job) => self.queue(job),
            Event::Thread(me, report) => {
                match report {
                    Report::Asks => {}
                    Report::Ended(outcome) => self.ended(me, outcome),
                    Report::Opened(login) => self.opened(me, login),
                    Report::OpenFailed(fault) => self.open_failed(me, fault),
                    Report::Restarted(done) => self.restarted(me, done),
                }
                let order = self.next(me);
                self.actions.push(Action::Order(order));
            }
            Event::Left(me) => {
                self.threads.remove(&me);
                self.actions.push(Action::WakeOthers);
            }
            Event::Tick => self.tick(),
            Event::InService { out } => self.outage.begin_service(out),
            Event::Stopped => {
                self.stopped = true;
                self.outage = Outage::default();
                self.refuse_waiting();
                self.actions.push(Action::WakeOthers);
            }
        }
        std::mem::take(&mut self.actions)
    }
}

/// What others can see.
impl<J> Sessions<J> {
    /// How the token is doing.
    pub(super) fn state(&self) -> TokenState {
        match self.serving() {
            0 => TokenState::Unavailable,
            all if all >= self.wanted && self.none(Standing::Stuck) => TokenState::Serving,
            _ => TokenState::Degraded,
        }
    }

    /// What the start has found: an attempt that failed, or that all sessions work.
    /// `None` while neither is known.
    pub(super) fn found(&self) -> Option<Result<(), OpenFault>> {
        match &self.attempts.last_fault {
            Some(fault) => Some(Err(fault.clone())),
            None => (self.serving() >= self.wanted).then_some(Ok(())),
        }
    }

    /// How many threads serve.
    pub(super) fn serving(&self) -> usize {
        self.count(Standing::Serves)
    }

    /// How many threads there are.
    pub(super) fn threads(&self) -> usize {
        self.threads.len()
    }

    /// Whether nothing is to be looked after until a job comes, which is told then.
    pub(super) fn rests(&mut self) -> bool {
        let idle = |it: &Thread<J>| it.does == Does::Idles && it.standing == Standing::Serves;
        self.rests = self.waiting.is_empty()
            && self.threads.len() == self.wanted
            && self.threads.values().all(idle);
        self.rests
    }

    /// The number of the present login.
    pub(super) fn login(&self) -> u64 {
        self.login.number
    }

    pub(super) fn is_stopped(&self) -> bool {
        self.stopped
    }
}
