//! One request to the worker, and what happens when there is no answer, or when the
//! token loses the session.

use std::collections::BTreeSet;
use std::time::Duration;

use cryptoki_sys as sys;

use crate::finding::{Finding, Level, Topic};
use crate::test::Options;
use crate::wire::{Answer, Code, Failure, Gcm, GcmOutcome, Keeping, Request, refuses_pin};
use crate::worker::{Lost, Worker};

/// So often the worker or its session may be lost before the test gives up.
const LOSSES: u32 = 5;
/// So often an operation is repeated that failed while the token was well.
const REPEATS: u32 = 3;

/// A trial came to no result. Why is among the findings.
#[derive(Debug)]
pub(crate) struct NoResult;

/// What a trial has come to.
pub(crate) type Tried<T> = Result<T, NoResult>;

/// The worker in the hands of the trials, and what they found.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a fact of its own about the worker"
)]
pub(crate) struct Trial<'w> {
    worker: &'w mut dyn Worker,
    pub(crate) options: &'w Options,
    pub(crate) findings: Vec<Finding>,
    /// The key that a fresh worker makes; none before the first was made.
    pub(crate) keeping: Option<Keeping>,
    /// The worker is logged in and has the key.
    pub(crate) is_prepared: bool,
    /// A login was refused, or could lock the PIN: none is tried any more.
    is_login_risky: bool,
    losses: u32,
    /// Keys that were made after the first: what one encrypted no other decrypts.
    later_keys: u32,
    /// No more requests.
    is_over: bool,
    /// What is tried now is more than the host does: if the library ends or hangs, it
    /// is no fault.
    pub(crate) goes_beyond: bool,
    /// Return values of operations that did not fail when they were repeated.
    passing: BTreeSet<u64>,
    /// For vectors that are used once.
    counter: u64,
}

impl<'w> Trial<'w> {
    pub(crate) fn new(worker: &'w mut dyn Worker, options: &'w Options) -> Self {
        Self {
            worker,
            options,
            findings: Vec::new(),
            keeping: None,
            is_prepared: false,
            is_login_risky: false,
            losses: 0,
            later_keys: 0,
            is_over: false,
            goes_beyond: false,
            passing: BTreeSet::new(),
            counter: 0,
        }
    }

    /// Writes a finding down.
    pub(crate) fn say(
        &mut self,
        topic: Topic,
        check: &'static str,
        level: Level,
        found: impl Into<String>,
        means: impl Into<String>,
    ) {
        self.findings.push(Finding {
            topic,
            check,
            level,
            found: found.into(),
            means: means.into(),
        });
    }

    /// Has a request done by a worker that is logged in and has the key.
    pub(crate) fn ask(&mut self, doing: &str, request: &Request) -> Tried<Answer> {
        self.ask_within(doing, request, self.options.limit)
    }

    /// The same, with time for what takes long by itself.
    pub(crate) fn ask_within(
        &mut self,
        doing: &str,
        request: &Request,
        limit: Duration,
    ) -> Tried<Answer> {
        if !self.is_prepared {
            self.prepare_again(doing)?;
        }
        self.ask_plainly(doing, request, limit)
    }

    /// Has a request done by whatever worker there is.
    pub(crate) fn ask_plainly(
        &mut self,
        doing: &str,
        request: &Request,
        limit: Duration,
    ) -> Tried<Answer> {
        if self.is_over {
            return Err(NoResult);
        }
        if *request == Request::Login && self.is_login_risky {
            let found = format!("{doing}: no other login is tried");
            let means = "it could lock the PIN";
            self.say(Topic::Recovery, "no-login", Level::Fault, found, means);
            self.give_up();
            return Err(NoResult);
        }
        let lost = match self.worker.ask(request, limit) {
            Ok(answer) => {
                self.is_login_risky |= puts_pin_at_risk(&answer);
                return Ok(answer);
            }
            Err(lost) => lost,
        };
        self.is_prepared = false;
        let is_final = matches!(lost, Lost::Interrupted | Lost::Broken(_));
        let (check, means) = match lost {
            Lost::Ended(_) => (
                "crash",
                "a library that ends its process would end the host: ask the vendor",
            ),
            Lost::Silent(_) => (
                "hang",
                "the host would answer such a request at its deadline with 503, and go on in \
                 other sessions",
            ),
            Lost::Interrupted => ("interrupted", "nothing more was tried"),
            Lost::Broken(_) => ("broken", "nothing more was tried"),
        };
        let (level, means) = if self.goes_beyond && !is_final {
            (
                Level::Warning,
                "a profile that has the host call it like this would do it harm",
            )
        } else {
            (Level::Fault, means)
        };
        self.say(
            Topic::Recovery,
            check,
            level,
            format!("{doing}: {lost}"),
            means,
        );
        self.count_loss(is_final);
        Err(NoResult)
    }

    fn count_loss(&mut self, is_final: bool) {
        self.losses += 1;
        if is_final || self.losses >= LOSSES {
            self.give_up();
        }
    }

    /// Nothing more is tried.
    pub(crate) fn give_up(&mut self) {
        self.is_over = true;
    }

    /// Whether trials are still made.
    pub(crate) fn goes_on(&self) -> bool {
        !self.is_over
    }

    /// Another worker, as the first one was.
    fn prepare_again(&mut self, doing: &str) -> Tried<()> {
        let Some(keeping) = self.keeping.clone() else {
            return Err(NoResult);
        };
        for request in [Request::Start, Request::Login, Request::MakeKey(keeping)] {
            let answer = self.ask_plainly(doing, &request, self.options.limit)?;
            let why = match answer {
                Answer::Failed(failure) => failure.to_string(),
                Answer::Refused { problem, .. } => problem,
                _ => continue,
            };
            self.say(
                Topic::Recovery,
                "not-back",
                Level::Fault,
                format!("{doing}: the token cannot be used any more: {why}"),
                "nothing more was tried: look after the token, and test it again",
            );
            self.give_up();
            return Err(NoResult);
        }
        self.is_prepared = true;
        self.later_keys += 1;
        Ok(())
    }

    /// Has work done under one key: once more, when the key was lost on the way. What it
    /// found until then does not count.
    pub(crate) fn with_one_key<T>(
        &mut self,
        mut work: impl FnMut(&mut Self) -> Tried<T>,
    ) -> Tried<T> {
        loop {
            // One that was lost before is no loss on the way.
            if !self.is_prepared {
                self.prepare_again("making another key")?;
            }
            let (keys, said) = (self.later_keys, self.findings.len());
            let done = work(self)?;
            if self.later_keys == keys {
                return Ok(done);
            }
            let of_work = self.findings.split_off(said);
            let losses = of_work.into_iter().filter(|it| it.topic == Topic::Recovery);
            self.findings.extend(losses);
        }
    }

    /// One AES-GCM operation. A failure in it is the token's answer to it, not a lost
    /// session: that is proven.
    pub(crate) fn gcm(&mut self, doing: &str, operation: &Gcm) -> Tried<GcmOutcome> {
        loop {
            let answer = self.ask(doing, &Request::Gcm(operation.clone()))?;
            let Answer::Gcm(outcome) = answer else {
                return self.unexpected(doing, &answer);
            };
            let Some(failure) = &outcome.failure else {
                return Ok(outcome);
            };
            if !may_mean_loss(failure) || self.is_well(doing, failure)? {
                return Ok(outcome);
            }
        }
    }

    /// The same, of which it is known that the token can do it: what fails is
    /// repeated a few times.
    pub(crate) fn gcm_that_works(&mut self, doing: &str, operation: &Gcm) -> Tried<GcmOutcome> {
        let mut outcome = self.gcm(doing, operation)?;
        for _ in 0..REPEATS {
            if outcome.failure.is_none() {
                break;
            }
            let again = self.gcm(doing, operation)?;
            if let (Some(failure), None) = (&outcome.failure, &again.failure) {
                self.note_passing(doing, &failure.clone());
            }
            outcome = again;
        }
        Ok(outcome)
    }

    fn note_passing(&mut self, doing: &str, failure: &Failure) {
        let is_first = self.passing.is_empty();
        self.passing.insert(failure.code.number);
        if is_first {
            self.say(
                Topic::Recovery,
                "passing-failure",
                Level::Warning,
                format!("{doing}: {failure}, and not when it was repeated"),
                "the token is overloaded or throttles: such requests of AWS KMS are answered 500 or 503",
            );
        }
    }

    /// Whether this return value has been seen to pass when an operation is repeated.
    pub(crate) fn passes(&self, code: &Code) -> bool {
        self.passing.contains(&code.number)
    }

    /// Whether session, login and key are there in spite of a failure. When they are
    /// not, another worker is prepared.
    fn is_well(&mut self, doing: &str, failure: &Failure) -> Tried<bool> {
        let answer = self.ask(doing, &Request::Health)?;
        if matches!(answer, Answer::Done) {
            return Ok(true);
        }
        self.say(
            Topic::Recovery,
            "session-lost",
            Level::Warning,
            format!("{doing}: the session was lost: {failure}"),
            "the host would open another one; so did the test, and tried again",
        );
        self.count_loss(false);
        self.end_worker();
        if self.is_over {
            return Err(NoResult);
        }
        Ok(false)
    }

    /// The next request begins with another worker.
    pub(crate) fn end_worker(&mut self) {
        self.is_prepared = false;
        self.worker.end();
    }

    /// After everything: requests are done again, by another worker.
    pub(crate) fn resume(&mut self) {
        self.end_worker();
        self.worker.resume();
        self.is_over = false;
    }

    /// The worker answers something else than what it was asked.
    pub(crate) fn unexpected<T>(&mut self, doing: &str, answer: &Answer) -> Tried<T> {
        let (level, found) = match answer {
            Answer::Failed(failure) => (Level::Unknown, format!("{doing}: {failure}")),
            Answer::Refused { problem, .. } => (Level::Unknown, format!("{doing}: {problem}")),
            _ => (
                Level::Unknown,
                format!("{doing}: an answer to something else"),
            ),
        };
        self.say(
            Topic::Recovery,
            "no-result",
            level,
            found,
            "it was not found out",
        );
        Err(NoResult)
    }

    /// A vector that no other call of this gives.
    pub(crate) fn next_vector(&mut self, length: usize) -> Vec<u8> {
        self.counter += 1;
        let number = self.counter.to_be_bytes();
        let mut vector = vec![0xc1; length.saturating_sub(number.len())];
        vector.extend(number);
        vector
    }
}

/// Whether another login could lock the PIN, after this answer.
fn puts_pin_at_risk(answer: &Answer) -> bool {
    match answer {
        Answer::Identity(identity) => {
            identity.flags & (sys::CKF_USER_PIN_FINAL_TRY | sys::CKF_USER_PIN_LOCKED) != 0
        }
        Answer::Failed(failure) => refuses_pin(failure.code.number),
        _ => false,
    }
}

/// Return values that a lost session, device or key can have, and that mean something
/// else with some tokens.
fn may_mean_loss(failure: &Failure) -> bool {
    matches!(
        failure.code.number,
        sys::CKR_SESSION_HANDLE_INVALID
            | sys::CKR_SESSION_CLOSED
            | sys::CKR_USER_NOT_LOGGED_IN
            | sys::CKR_CRYPTOKI_NOT_INITIALIZED
            | sys::CKR_TOKEN_NOT_PRESENT
            | sys::CKR_TOKEN_NOT_RECOGNIZED
            | sys::CKR_DEVICE_ERROR
            | sys::CKR_DEVICE_MEMORY
            | sys::CKR_DEVICE_REMOVED
            | sys::CKR_GENERAL_ERROR
            | sys::CKR_FUNCTION_FAILED
            | sys::CKR_KEY_HANDLE_INVALID
            | sys::CKR_OBJECT_HANDLE_INVALID
            | sys::CKR_HOST_MEMORY
            | sys::CKR_SLOT_ID_INVALID
            | sys::CKR_OPERATION_ACTIVE
    )
}
