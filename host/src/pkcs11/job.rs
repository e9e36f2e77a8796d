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

/// A job whose work returns a `T`.
pub(super) struct Job<T, W> {
    pub(super) deadline: Deadline,
    pub(super) repetition: Repetition,
    pub(super) answer: oneshot::Sender<Result<T, TokenFault>>,
    /// May be called twice.
    pub(super) work: W,
}

impl<T, W> Wanted for Job<T, W> {
    fn is_wanted(&self, now: Instant) -> bool {
        !self.answer.is_closed() && self.deadline.remaining(now).is_some()
    }

    fn may_repeat(&self, value: ReturnValue) -> bool {
        self.repetition == Repetition::Harmless || value.says_nothing_was_done()
    }
}

impl<T, W> Task for Job<T, W>
where
    T: Send + 'static,
    W: FnMut(&mut Call<'_>) -> Result<T, Stop> + Send + 'static,
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
        // If nobody waits any more, the deadline has passed.
        let _ = self.answer.send(answer);
        outcome
    }

    fn fail(self: Box<Self>, fault: TokenFault) {
        let _ = self.answer.send(Err(fault));
    }
}
