//! What follows from each event.

use std::time::Instant;

use super::super::fault::TokenFault;
use super::super::library::Restart;
use super::super::outage::Line;
use super::super::return_value::ReturnValue;
use super::super::slot::OpenFault;
use super::{ATTEMPT, BRISK, DOUBT, LATE, PASSING, PATIENCE, STUCK};
use super::{Action, Does, Login, Order, Outcome, Sessions, Standing, Thread, Wanted, Worker};

impl<J: Wanted> Sessions<J> {
    /// A job waits, unless no thread serves or too many wait already.
    pub(super) fn queue(&mut self, job: J) {
        if self.stopped || self.none(Standing::Serves) {
            return self.refuse(job, TokenFault::Unavailable);
        }
        if self.waiting.len() >= self.capacity {
            // Jobs that nobody waits for any more take nobody's place. The oldest
            // come first, and their deadlines with them.
            let now = self.now;
            while let Some(old) = self.waiting.pop_front_if(|old| !old.is_wanted(now)) {
                self.put_off(old);
            }
            if self.waiting.len() >= self.capacity {
                return self.refuse(job, TokenFault::Throttled);
            }
        }
        self.waiting.push_back(job);
        if std::mem::take(&mut self.rests) {
            self.actions.push(Action::WakeOthers);
        }
        self.wake_one();
    }

    /// What the thread does next.
    pub(super) fn next(&mut self, me: Worker) -> Order<J> {
        if self.stopped {
            return Order::End;
        }
        if self.thread(me).standing == Standing::Stuck {
            if self.active() >= self.wanted {
                return Order::End;
            }
            self.thread(me).standing = Standing::Absent;
        }
        if self.thread(me).does == Does::Idles && self.is_distrusted(me) {
            self.set(me, Does::Seeks);
        }
        if self.thread(me).does != Does::Idles {
            return self.seek(me);
        }
        if self.thread(me).standing == Standing::Absent {
            self.thread(me).standing = Standing::Serves;
            self.actions.extend(self.outage.ends().map(Action::Say));
            self.actions.push(Action::WakeOthers);
        }
        if let Some(job) = self.thread(me).repeats.take() {
            if job.is_wanted(self.now) || job.lasts(self.now) {
                self.set(me, Does::Works { again: true });
                return Order::Do(job, self.login.number);
            }
            self.refuse(job, TokenFault::Deadline);
        }
        self.woken = false;
        while let Some(job) = self.waiting.pop_front() {
            if job.is_wanted(self.now) {
                self.set(me, Does::Works { again: false });
                self.wake_one();
                return Order::Do(job, self.login.number);
            }
            self.put_off(job);
        }
        while let Some(job) = self.late.pop_front() {
            if job.lasts(self.now) {
                self.set(me, Does::Works { again: false });
                return Order::Do(job, self.login.number);
            }
            self.refuse(job, TokenFault::Deadline);
        }
        Order::AwaitJob
    }

    /// Nobody waits for a job any more. It is done later, if somebody may ask again.
    fn put_off(&mut self, job: J) {
        if job.lasts(self.now) && self.late.len() < LATE {
            self.late.push_back(job);
        } else {
            self.refuse(job, TokenFault::Deadline);
        }
    }

    /// What a thread without a sound session does next.
    fn seek(&mut self, me: Worker) -> Order<J> {
        if self.thread(me).does == Does::Closes {
            self.set(me, Does::Seeks);
            self.actions.push(Action::WakeOthers);
        }
        if self.attempts.refused {
            self.leave(me);
            return Order::End;
        }
        if self.distrust.awaits_restart(self.now) {
            return self.make_way(me);
        }
        let later = self.later();
        if let Some(later) = later
            && self.thread(me).standing == Standing::Serves
        {
            let patience = self.thread(me).since + PATIENCE;
            if self.now < patience && self.attempts.pause(self.now).is_none() {
                return Order::AwaitTurn(later.min(patience));
            }
            self.leave(me);
        }
        // The library is not started again while it has open sessions.
        if later.is_some() && std::mem::take(&mut self.thread(me).holds) {
            self.set(me, Does::Closes);
            return Order::Close;
        }
        if std::mem::take(&mut self.attempts.restart) {
            self.set(me, Does::Restarts);
            return Order::Restart(self.attempts.manner(self.now));
        }
        if let Some(later) = later {
            return Order::AwaitTurn(later);
        }
        self.set(me, Does::Opens);
        Order::Open
    }

    /// What a thread does next while the library has to be started again: it closes
    /// its session, and the last to do so starts it.
    fn make_way(&mut self, me: Worker) -> Order<J> {
        self.leave(me);
        if std::mem::take(&mut self.thread(me).holds) {
            self.set(me, Does::Closes);
            return Order::Close;
        }
        let in_the_way = |it: &Thread<J>| it.holds || it.does == Does::Closes;
        let mut others = self.threads.values();
        let waits = others.any(|it| it.standing != Standing::Stuck && in_the_way(it));
        match self.later() {
            Some(later) => Order::AwaitTurn(later.min(self.now + PATIENCE)),
            None if waits => Order::AwaitTurn(self.now + PATIENCE),
            None => {
                self.set(me, Does::Restarts);
                Order::Restart(Restart::ForAll)
            }
        }
    }

    fn is_distrusted(&mut self, me: Worker) -> bool {
        let start = self.thread(me).start;
        self.distrust.covers(start)
    }

    /// Until when nobody may try to open a session.
    fn later(&self) -> Option<Instant> {
        let tries = |thread: &&Thread<J>| matches!(thread.does, Does::Opens | Does::Restarts);
        let trying = self.threads.values().filter(tries);
        let trying = trying.map(|thread| thread.since + ATTEMPT);
        let trying = trying.filter(|until| *until > self.now);
        trying.chain(self.attempts.pause(self.now)).max()
    }

    pub(super) fn ended(&mut self, me: Worker, outcome: Outcome<J>) {
        let began = self.thread(me).since;
        self.pace = self.now.duration_since(began);
        let (does, line) = match outcome {
            Outcome::Answered => {
                self.doubt = None;
                (Does::Idles, None)
            }
            Outcome::Proven => {
                self.doubt = None;
                self.distrust.proven();
                (Does::Idles, None)
            }
            Outcome::Distrusted => self.distrusted(me),
            Outcome::Doubtful(value) => {
                let since = *self.doubt.get_or_insert(self.now);
                if self.now.duration_since(since) < DOUBT {
                    (Does::Idles, None)
                } else {
                    (Does::Seeks, Some(Line::GivenUp(value)))
                }
            }
            Outcome::Spent(value) => (Does::Seeks, Some(Line::Spent(value))),
            Outcome::Lost(value, job) => {
                self.repeat(me, value, job);
                (Does::Seeks, value.map(Line::Lost))
            }
        };
        self.set(me, does);
        self.say(line);
    }

    /// A session may see nothing of the token. It is not the only one.
    fn distrusted(&mut self, me: Worker) -> (Does, Option<Line>) {
        let start = self.thread(me).start;
        if self.distrust.covers(start) {
            return (Does::Seeks, None);
        }
        if !self.distrust.begin(start, self.now) {
            return (Does::Idles, None);
        }
        self.actions.push(Action::WakeAll);
        (Does::Seeks, Some(Line::Distrusted))
    }

    /// A job has lost its session: it is done once more with the thread's next, if
    /// that is harmless and of use.
    fn repeat(&mut self, me: Worker, value: Option<ReturnValue>, job: J) {
        let permitted = value.is_none_or(|value| job.may_repeat(value));
        let thread = self.thread(me);
        if permitted
            && thread.does == (Does::Works { again: false })
            && thread.standing == Standing::Serves
        {
            thread.repeats = Some(job);
        } else {
            self.refuse(job, TokenFault::Unavailable);
        }
    }

    pub(super) fn opened(&mut self, me: Worker, login: Login) {
        self.attempts.succeeded();
        self.doubt = None;
        if login.is_new || login.start != self.login.start {
            self.login = login;
        }
        if self.distrust.covers(login.start) {
            self.distrust.gives_up();
        }
        self.thread(me).holds = true;
        self.thread(me).start = login.start;
        self.set(me, Does::Idles);
        self.actions.push(Action::WakeOthers);
    }

    pub(super) fn open_failed(&mut self, me: Worker, fault: OpenFault) {
        self.attempts.failed(&fault, self.now);
        self.say(match fault {
            OpenFault::Pin(_) => Line::PinRefused(fault),
            _ => Line::NotOpened(fault),
        });
        self.leave(me);
        self.set(me, Does::Seeks);
        self.actions.push(Action::WakeOthers);
    }

    pub(super) fn restarted(&mut self, me: Worker, done: bool) {
        if done {
            self.say(Line::Restarted);
            self.distrust.restarted();
            // The next attempt need not wait.
            self.attempts.next = None;
        } else if self.distrust.awaits_restart(self.now) {
            self.attempts.next = Some(self.now + PATIENCE);
        }
        self.set(me, Does::Seeks);
        self.actions.push(Action::WakeOthers);
    }

    /// Takes threads that are stuck out of service, and starts those that are
    /// missing.
    pub(super) fn tick(&mut self) {
        let overdue = self
            .threads
            .iter()
            .filter(|(_, it)| it.is_overdue(self.now));
        let overdue: Vec<_> = overdue.map(|(worker, _)| *worker).collect();
        for worker in overdue {
            self.say(Line::Stuck);
            self.leave(worker);
            self.thread(worker).standing = Standing::Stuck;
        }
        // Those that should have taken a job in passing may hang.
        self.woken = false;
        self.wake_one();
        let missing = self.wanted.saturating_sub(self.active());
        let room = (2 * self.wanted).saturating_sub(self.threads.len());
        if self.stopped || self.attempts.refused {
            return;
        }
        for _ in 0..missing.min(room) {
            self.last_worker += 1;
            let worker = Worker(self.last_worker);
            self.set(worker, Does::Seeks);
            self.actions.push(Action::Start(worker));
        }
    }

    /// The thread serves no longer. When it was the last, nobody is left to do the
    /// jobs that wait.
    fn leave(&mut self, me: Worker) {
        let thread = self.thread(me);
        if thread.standing != Standing::Serves {
            return;
        }
        thread.standing = Standing::Absent;
        if let Some(job) = thread.repeats.take() {
            self.refuse(job, TokenFault::Unavailable);
        }
        if self.none(Standing::Serves) {
            self.say(Line::Out);
            self.refuse_waiting();
        }
    }

    pub(super) fn refuse_waiting(&mut self) {
        let late = std::mem::take(&mut self.late);
        for job in std::mem::take(&mut self.waiting).into_iter().chain(late) {
            self.refuse(job, TokenFault::Unavailable);
        }
    }

    fn refuse(&mut self, job: J, fault: TokenFault) {
        self.actions.push(Action::Refuse(job, fault));
    }

    fn say(&mut self, line: impl Into<Option<Line>>) {
        let line = line.into().and_then(|line| self.outage.once(line));
        self.actions.extend(line.map(Action::Say));
    }

    fn wake_one(&mut self) {
        if !self.woken && !self.waiting.is_empty() && !self.taken_in_passing() {
            self.woken = true;
            self.actions.push(Action::WakeOne);
        }
    }

    /// Whether a thread is at work that will take what waits soon enough.
    fn taken_in_passing(&self) -> bool {
        let brisk = |it: &Thread<J>| {
            matches!(it.does, Does::Works { .. }) && self.now.duration_since(it.since) < BRISK
        };
        let waiting = u32::try_from(self.waiting.len()).unwrap_or(u32::MAX);
        self.pace.saturating_mul(waiting) <= PASSING && self.threads.values().any(brisk)
    }

    fn set(&mut self, me: Worker, does: Does) {
        let now = self.now;
        let thread = self.thread(me);
        (thread.does, thread.since) = (does, now);
    }

    fn thread(&mut self, me: Worker) -> &mut Thread<J> {
        let new = || Thread {
            does: Does::Seeks,
            since: self.now,
            standing: Standing::Absent,
            holds: false,
            start: 0,
            repeats: None,
        };
        self.threads.entry(me).or_insert_with(new)
    }
}

impl<J> Sessions<J> {
    /// Whether no thread stands so.
    pub(super) fn none(&self, standing: Standing) -> bool {
        self.threads.values().all(|it| it.standing != standing)
    }

    /// How many threads stand so.
    pub(super) fn count(&self, standing: Standing) -> usize {
        let standing_so = |it: &&Thread<J>| it.standing == standing;
        self.threads.values().filter(standing_so).count()
    }

    /// How many threads are not stuck.
    fn active(&self) -> usize {
        self.threads.len() - self.count(Standing::Stuck)
    }
}

impl<J> Thread<J> {
    fn is_overdue(&self, now: Instant) -> bool {
        let limit = match self.standing {
            Standing::Serves => STUCK,
            Standing::Absent => ATTEMPT,
            Standing::Stuck => return false,
        };
        let inside = !matches!(self.does, Does::Seeks | Does::Idles);
        inside && now.duration_since(self.since) >= limit
    }
}
