//! One call of a token, on its way from the request that wants it to a thread
//! that has a session, and back.

use std::sync::Arc;
use std::time::Instant;

use claviger_config::Profile;
use tokio::sync::oneshot;

use super::fault::{Stop, TokenFault};
use super::return_value::ReturnValue;
use super::session::Call;
use crate::words::Deadline;

/// A job as the queue and the threads see it.
pub(super) trait Task: Send {
    /// Whether somebody waits for the answer still.
    fn is_wanted(&self, now: Instant) -> bool;
    /// Does the work and sends the answer, unless the session is lost.
    fn run(&mut self, call: &mut Call<'_>) -> Outcome;
    /// Whether it may be run once more after this.
    fn may_repeat(&self, value: ReturnValue) -> bool;
    /// Sends a fault instead of an answer.
    fn fail(&mut self, fault: TokenFault);
}

/// What a job leaves behind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// An answer, and a session for the next job.
    Answered,
    /// A failure as the answer, and a session of which one cannot be sure.
    Doubtful(ReturnValue),
    /// An answer, and a session that is of no use any more.
    Spent(ReturnValue),
    /// No answer yet, and a session that is of no use any more.
    Lost(ReturnValue),
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
    deadline: Deadline,
    repetition: Repetition,
    profile: Arc<Profile>,
    /// `None` once it is used.
    answer: Option<oneshot::Sender<Result<T, TokenFault>>>,
    /// May be called twice.
    work: W,
}

/// What comes back from a job.
pub(super) type Answer<T> = oneshot::Receiver<Result<T, TokenFault>>;

impl<T, W> Job<T, W>
where
    T: Send,
    W: FnMut(&mut Call<'_>) -> Result<T, Stop> + Send,
{
    pub(super) fn new(
        deadline: Deadline,
        repetition: Repetition,
        profile: Arc<Profile>,
        work: W,
    ) -> (Self, Answer<T>) {
        let (answer, answered) = oneshot::channel();
        let job = Self {
            deadline,
            repetition,
            profile,
            answer: Some(answer),
            work,
        };
        (job, answered)
    }

    fn send(&mut self, result: Result<T, TokenFault>) {
        if let Some(answer) = self.answer.take() {
            // Nobody waits any more: the deadline has passed.
            let _ = answer.send(result);
        }
    }
}

impl<T, W> Task for Job<T, W>
where
    T: Send,
    W: FnMut(&mut Call<'_>) -> Result<T, Stop> + Send,
{
    fn is_wanted(&self, now: Instant) -> bool {
        self.answer
            .as_ref()
            .is_some_and(|answer| !answer.is_closed())
            && self.deadline.remaining(now).is_some()
    }

    fn run(&mut self, call: &mut Call<'_>) -> Outcome {
        let value = match (self.work)(call) {
            Ok(answer) => {
                self.send(Ok(answer));
                return Outcome::Answered;
            }
            Err(Stop::Fault(fault)) => {
                self.send(Err(fault));
                return Outcome::Answered;
            }
            Err(Stop::Returned(value)) => value,
        };
        if value.is_stale_key() {
            self.send(Err(TokenFault::StaleKey));
            Outcome::Answered
        } else if value.ends_session() || self.profile.fatal_codes.contains(&value.0) {
            Outcome::Lost(value)
        } else {
            self.send(Err(TokenFault::Failed(value.0)));
            if value.leaves_operation_active() {
                Outcome::Spent(value)
            } else if value.may_mean_loss() {
                Outcome::Doubtful(value)
            } else {
                Outcome::Answered
            }
        }
    }

    fn may_repeat(&self, value: ReturnValue) -> bool {
        self.repetition == Repetition::Harmless || value.says_nothing_was_done()
    }

    fn fail(&mut self, fault: TokenFault) {
        self.send(Err(fault));
    }
}
