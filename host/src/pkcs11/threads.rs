//! The threads of a token: they carry out what [`Sessions`] says.

use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use claviger_config::secrets::Pin;
use claviger_config::{Profile, TokenSelector};
use parking_lot::{Condvar, Mutex};
use tracing::error;

use super::job::Task;
use super::known::Known;
use super::library::{LibraryUse, fresh_number};
use super::searches::Searches;
use super::session::{Call, OpenSession};
use super::sessions::{Action, Event, Login, Order, Outcome, Report, Sessions, Worker};
use super::slot::{self, OpenFault};

/// How often somebody looks whether a thread is stuck, or a job waits in vain.
const LOOK: Duration = Duration::from_millis(20);
/// The same while all threads wait for jobs. The first job wakes it.
const LOOK_AT_IDLE: Duration = Duration::from_secs(5);

type Job = Box<dyn Task>;

/// A token, for its threads.
pub(super) struct Shared {
    /// What the operator calls it.
    pub(super) name: String,
    pub(super) selector: TokenSelector,
    /// How it does AES-GCM.
    pub(super) profile: Profile,
    pub(super) pin: Pin,
    pub(super) library: LibraryUse,
    pub(super) known: Mutex<Known>,
    pub(super) searches: Arc<Searches>,
    pub(super) sessions: Mutex<Sessions<Job>>,
    /// Threads wait here for a job.
    pub(super) queued: Condvar,
    /// Whoever waits for something else.
    pub(super) changed: Condvar,
}

/// Starts the threads of a token, and the one that looks after them.
pub(super) fn start(shared: &Arc<Shared>) {
    shared.tell(Event::Tick);
    let watched = Arc::clone(shared);
    shared.spawn("watch", move || {
        loop {
            let mut sessions = watched.sessions.lock();
            if sessions.is_stopped() {
                return;
            }
            let look = if sessions.rests() { LOOK_AT_IDLE } else { LOOK };
            watched.changed.wait_for(&mut sessions, look);
            drop(sessions);
            watched.tell(Event::Tick);
        }
    });
}

impl Shared {
    /// Tells of an event that no thread of the token reports.
    pub(super) fn tell(self: &Arc<Self>, event: Event<Job>) {
        let actions = self.sessions.lock().step(event, Instant::now());
        self.carry_out(actions);
    }

    /// What the thread does next, after this report of it; sleeps until there is
    /// something.
    fn next(self: &Arc<Self>, me: Worker, report: Report<Job>) -> Option<Order<Job>> {
        let mut sessions = self.sessions.lock();
        let mut actions = sessions.step(Event::Thread(me, report), Instant::now());
        loop {
            match *actions {
                [Action::Order(Order::AwaitJob)] => self.queued.wait(&mut sessions),
                [Action::Order(Order::AwaitTurn(until))] => {
                    self.changed.wait_until(&mut sessions, until);
                }
                _ => break,
            }
            actions = sessions.step(Event::Thread(me, Report::Asks), Instant::now());
        }
        drop(sessions);
        self.carry_out(actions)
    }

    /// Carries out everything but the order to the thread itself, and returns that.
    fn carry_out(self: &Arc<Self>, actions: Vec<Action<Job>>) -> Option<Order<Job>> {
        let mut mine = None;
        for action in actions {
            match action {
                Action::Order(order) => mine = Some(order),
                Action::Refuse(job, fault) => job.fail(fault),
                Action::Say(line) => line.write(&self.name),
                Action::WakeOne => {
                    self.queued.notify_one();
                }
                Action::WakeAll => {
                    self.queued.notify_all();
                    self.changed.notify_all();
                }
                Action::WakeOthers => {
                    self.changed.notify_all();
                }
                Action::Start(worker) => {
                    let own = Arc::clone(self);
                    if !self.spawn("session", move || own.run(worker)) {
                        self.tell(Event::Left(worker));
                    }
                }
            }
        }
        mine
    }

    /// The life of a thread.
    fn run(self: &Arc<Self>, me: Worker) {
        let mut session = None;
        let mut report = Report::Asks;
        while let Some(order) = self.next(me, report) {
            report = match order {
                Order::Do(job, login) => Report::Ended(self.work(session.as_mut(), job, login)),
                Order::Open => match self.open() {
                    Ok((new, login)) => {
                        // Not before: without any session the login would end.
                        self.close(session.replace(new));
                        Report::Opened(login)
                    }
                    Err(fault) => Report::OpenFailed(fault),
                },
                Order::Close => {
                    self.close(session.take());
                    Report::Asks
                }
                Order::Restart(manner) => {
                    Report::Restarted(self.library.restart(manner, Instant::now()))
                }
                // Something else had to be carried out first.
                Order::AwaitJob | Order::AwaitTurn(_) => Report::Asks,
                Order::End => break,
            };
        }
        self.close(session);
        self.tell(Event::Left(me));
    }

    fn work(&self, session: Option<&mut OpenSession>, job: Job, login: u64) -> Outcome<Job> {
        match (session, self.library.enter()) {
            (Some(session), Some(inside)) if session.belongs_to(&inside) => job.run(&mut Call {
                session,
                inside: &inside,
                login,
                profile: &self.profile,
                known: &self.known,
                saw_key: false,
            }),
            _ => Outcome::Lost(None, job),
        }
    }

    fn open(&self) -> Result<(OpenSession, Login), OpenFault> {
        let inside = self.library.enter_started()?;
        let slot = slot::find(&inside, &self.selector)?;
        let (session, is_new) = OpenSession::open(&inside, slot, &self.pin)?;
        let login = Login {
            start: inside.start.number,
            is_new,
            number: fresh_number(),
        };
        Ok((session, login))
    }

    fn close(&self, session: Option<OpenSession>) {
        if let Some(session) = session {
            session.close(&self.library);
        }
    }

    fn spawn(&self, what: &str, body: impl FnOnce() + Send + 'static) -> bool {
        let thread = thread::Builder::new().name(format!("{what} {}", self.name));
        let started = thread.spawn(body);
        if let Err(fault) = &started {
            error!(token = self.name, "a thread cannot be started: {fault}");
        }
        started.is_ok()
    }
}
