//! One call of a token, on its way from the request that wants it to a thread
//! that has a session, and back.

use std::time::Instant;

use tokio::sync::oneshot;

use super::fault::{Stop, TokenFault};
use super::return_value::ReturnValue;
use super::session::Call;
use super::sessions::{Outcome, Wanted};
use crate::words::Deadline;

/// A job as the threads see it.
pub(super) trait Task: Wanted + Send {
    /// Does the work and sends the answer, unless the session is lost.
    fn run(self: Box<Self>, call: &mut Call<'_>) -> Outcome<Box<dyn Task>>;
    /// Sends a fault instead of an answer.
    fn fail(self: Box<Self>, fault: TokenFault);
}

impl Wanted for Box<dyn Task> {
    fn is_wanted(&self, now: Instant) -> bool {
        (**self).is_wanted(now)
    }

    fn lasts(&self, now: Instant) -> bool {
        (**self).lasts(now)
    }

    fn may_repeat(&self, value: ReturnValue) -> bool {
        (**self).may_repeat(value)
    }
}

/// What doing a job twice does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Repetition {
    /// The same as doing it once.
    Harmless,
    /// Something else: only when the first time did certainly nothing.
    Harmful,
}

/// Who wants an answer.
pub(super) trait Asker: Send {
    type Answer: Send;
    /// Whether somebody waits for it still.
    fn waits(&self, now: Instant) -> bool;
    /// Whether it is of use to somebody who asks later.
    fn lasts(&self, now: Instant) -> bool;
    /// Takes the one answer that there is.
    fn answer(&mut self, answer: Result<Self::Answer, TokenFault>);
}

/// One request.
pub(super) struct Request<T> {
    pub(super) deadline: Deadline,
    pub(super) answer: Option<oneshot::Sender<Result<T, TokenFault>>>,
}

impl<T: Send> Asker for Request<T> {
    type Answer = T;

    fn waits(&self, now: Instant) -> bool {
        let is_open = |answer: &oneshot::Sender<_>| !answer.is_closed();
        self.answer.as_ref().is_some_and(is_open) && self.deadline.remaining(now).is_some()
    }

    fn lasts(&self, _: Instant) -> bool {
        false
    }

    fn answer(&mut self, answer: Result<T, TokenFault>) {
        // If nobody waits any more, the deadline has passed.
        let _ = self.answer.take().map(|waiting| waiting.send(answer));
    }
}

/// A job, and whom its work is for.
pub(super) struct Job<A, W> {
    pub(super) asker: A,
    pub(super) repetition: Repetition,
    /// May be called twice.
    pub(super) work: W,
}

impl<A: Asker, W> Wanted for Job<A, W> {
    fn is_wanted(&self, now: Instant) -> bool {
        self.asker.waits(now)
    }

    fn lasts(&self, now: Instant) -> bool {
        self.asker.lasts(now)
    }

    fn may_repeat(&self, value: ReturnValue) -> bool {
        self.repetition == Repetition::Harmless || value.says_nothing_was_done()
    }
}

impl<A, W> Task for Job<A, W>
where
    A: Asker + 'static,
    W: FnMut(&mut Call<'_>) -> Result<A::Answer, Stop> + Send + 'static,
{
    fn run(mut self: Box<Self>, call: &mut Call<'_>) -> Outcome<Box<dyn Task>> {
        let (answer, outcome) = match (self.work)(call) {
            Ok(answer) if call.saw_key => (Ok(answer), Outcome::Proven),
            Ok(answer) => (Ok(answer), Outcome::Answered),
            Err(Stop::Fault(fault)) => (Err(fault), Outcome::Answered),
            Err(Stop::Doubt) => (Err(TokenFault::Unavailable), Outcome::Answered),
            Err(Stop::DoubtUntilRestart) => (Err(TokenFault::Unavailable), Outcome::Distrusted),
            Err(Stop::Returned(value)) if value.is_stale_key() => {
                (Err(TokenFault::StaleKey), Outcome::Answered)
            }
            Err(Stop::Returned(value))
                if value.ends_session() || call.profile.fatal_codes.contains(&value.0) =>
            {
                return Outcome::Lost(Some(value), self);
            }
            Err(Stop::Returned(value)) => {
                let outcome = match value {
                    ReturnValue::FUNCTION_FAILED => Outcome::Doubtful(value),
                    ReturnValue::BUFFER_TOO_SMALL => Outcome::Spent(value),
                    _ => Outcome::Answered,
                };
                (Err(TokenFault::Failed(value)), outcome)
            }
        };
        self.asker.answer(answer);
        outcome
    }

    fn fail(mut self: Box<Self>, fault: TokenFault) {
        self.asker.answer(Err(fault));
    }
}
