//! What follows from what, with a clock of its own and no thread.

mod distrust;
mod jobs;
mod opening;
mod stuck;

use super::super::fault::TokenFault;
use super::super::keys::TokenState;
use super::super::outage::Line;
use super::super::return_value::ReturnValue;
use super::super::sessions::{
    Action, Event, Login, Order, Outcome, Report, Sessions, Wanted, Worker,
};
use super::super::slot::OpenFault;
use super::*;

const DEVICE_ERROR: ReturnValue = ReturnValue(0x30);
const PIN_INCORRECT: ReturnValue = ReturnValue(0xa0);
/// Of the library, in these tests.
const START: u64 = 1;

/// A job, by its number.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Job {
    number: u32,
    until: Instant,
    lasts_until: Instant,
    may_repeat: bool,
}

impl Wanted for Job {
    fn is_wanted(&self, now: Instant) -> bool {
        now < self.until
    }

    fn lasts(&self, now: Instant) -> bool {
        now < self.lasts_until
    }

    fn may_repeat(&self, _: ReturnValue) -> bool {
        self.may_repeat
    }
}

/// Sessions, and a clock that only a test moves.
struct Trial {
    sessions: Sessions<Job>,
    now: Instant,
    started: Vec<Worker>,
    said: Vec<Line>,
    refused: Vec<(u32, TokenFault)>,
    woken: usize,
    woken_others: usize,
}

type Next = Option<Order<Job>>;

impl Trial {
    /// Threads are started, and none has a session.
    fn new(wanted: usize, capacity: usize) -> Self {
        let mut trial = Self {
            sessions: Sessions::new(wanted, capacity, Instant::now()),
            now: Instant::now(),
            started: Vec::new(),
            said: Vec::new(),
            refused: Vec::new(),
            woken: 0,
            woken_others: 0,
        };
        trial.tell(Event::Tick);
        assert_eq!(trial.started.len(), wanted);
        trial
    }

    /// All threads have a session and wait for jobs.
    fn serving(wanted: usize) -> Self {
        let mut trial = Self::new(wanted, 4);
        for worker in trial.started.clone() {
            assert_eq!(
                trial.tell(Event::Thread(worker, Report::Asks)),
                Some(Order::Open)
            );
            assert_eq!(trial.opens(worker), Some(Order::AwaitJob));
        }
        trial.tell(Event::InService { out: false });
        trial
    }

    fn tell(&mut self, event: Event<Job>) -> Next {
        let mut order = None;
        for action in self.sessions.step(event, self.now) {
            match action {
                Action::Order(mine) => assert_eq!(order.replace(mine), None),
                Action::Refuse(job, fault) => self.refused.push((job.number, fault)),
                Action::Start(worker) => self.started.push(worker),
                Action::WakeOne => self.woken += 1,
                Action::WakeOthers | Action::WakeAll => self.woken_others += 1,
                Action::Say(line) => self.said.push(line),
            }
        }
        order
    }

    fn pass(&mut self, milliseconds: u64) {
        self.now += Duration::from_millis(milliseconds);
    }

    /// So long from now, as an order has it.
    fn turn_in(&self, milliseconds: u64) -> Order<Job> {
        Order::AwaitTurn(self.now + Duration::from_millis(milliseconds))
    }

    /// A job that somebody waits for 240 ms.
    fn job(&self, number: u32) -> Job {
        Job {
            number,
            until: self.now + Duration::from_millis(240),
            lasts_until: self.now,
            may_repeat: true,
        }
    }

    fn queue(&mut self, number: u32) {
        let job = self.job(number);
        assert_eq!(self.tell(Event::Queued(job)), None);
    }

    /// A job that is of use for 10 s, whoever waits for it.
    fn queue_lasting(&mut self, number: u32) {
        let mut job = self.job(number);
        job.lasts_until = self.now + Duration::from_secs(10);
        assert_eq!(self.tell(Event::Queued(job)), None);
    }

    fn asks(&mut self, worker: Worker) -> Next {
        self.tell(Event::Thread(worker, Report::Asks))
    }

    /// A job was done, and the session is sound.
    fn ends(&mut self, worker: Worker) -> Next {
        self.tell(Event::Thread(worker, Report::Ended(Outcome::Answered)))
    }

    fn loses(&mut self, worker: Worker, job: Job) -> Next {
        let outcome = Outcome::Lost(Some(DEVICE_ERROR), job);
        self.tell(Event::Thread(worker, Report::Ended(outcome)))
    }

    /// A session is open; somebody was logged in already.
    fn opens(&mut self, worker: Worker) -> Next {
        self.opens_in(worker, START)
    }

    /// The same in another start of the library.
    fn opens_in(&mut self, worker: Worker, start: u64) -> Next {
        let login = Login {
            start,
            is_new: false,
            number: 7,
        };
        self.tell(Event::Thread(worker, Report::Opened(login)))
    }

    fn fails(&mut self, worker: Worker) -> Next {
        let fault = OpenFault::Unreachable(DEVICE_ERROR);
        self.tell(Event::Thread(worker, Report::OpenFailed(fault)))
    }

    /// Takes a job, which has the number.
    fn takes(&mut self, worker: Worker, number: u32) -> Job {
        match self.asks(worker) {
            Some(Order::Do(job, _)) if job.number == number => job,
            other => panic!("{other:?}"),
        }
    }
}
