//! A token in service.

use std::sync::Arc;
use std::time::{Duration, Instant};

use claviger_config::secrets::Pin;
use claviger_config::{Profile, Token as ConfiguredToken};
use claviger_settings::Fault;
use cryptoki::types::AuthPin;

use super::fault::{Stop, TokenFault};
use super::job::{Job, Repetition};
use super::keys::TokenState;
use super::library::LibraryUse;
use super::session::Call;
use super::shared::Shared;
use super::slot::OpenFault;
use super::watch;
use super::worker::active;
use crate::words::Deadline;

/// How long the start waits for the token.
const START: Duration = Duration::from_secs(10);
/// A job that has waited for so long waits for a thread that may be stuck.
const LONG: Duration = Duration::from_millis(10);
/// How long the end waits for threads that are in the library.
const END: Duration = Duration::from_secs(1);

/// The sessions of one token. Dropping it closes them.
pub(crate) struct Token {
    pub(super) shared: Arc<Shared>,
    pub(super) profile: Arc<Profile>,
}

impl Token {
    /// Loads the library, logs in and opens the sessions; waits for the first
    /// result. A token that cannot be reached is no fault: the second value is a
    /// warning then, and the attempts go on.
    pub(crate) fn open(
        name: &str,
        configured: &ConfiguredToken,
    ) -> Result<(Self, Option<Fault>), Fault> {
        let pin = Pin::read(configured)?;
        let parameters = configured.library_parameters.as_deref();
        let at = |key: &str| format!("{}.{key}", configured.table_path);
        let library = LibraryUse::load(&configured.module, parameters).map_err(|fault| {
            Fault::new(
                at("module"),
                format!("cannot be loaded: {fault}"),
                "name the vendor's PKCS#11 library",
            )
        })?;
        let shared = Arc::new(Shared::new(
            name.to_owned(),
            configured.selector.clone(),
            AuthPin::from(pin.expose().to_owned()),
            configured.sessions,
            configured.queue,
            library,
        ));
        watch::start(&shared);
        let profile = Arc::new(configured.profile.clone());
        let token = Self { shared, profile };
        let first = token
            .shared
            .recovery
            .first_result(configured.sessions, START);
        let warning = |problem: String| {
            Fault::new(
                configured.table_path.clone(),
                problem,
                "look after the token: attempts go on, and until they succeed requests get 503",
            )
        };
        // What is returned from here on is reported by the caller.
        let Err(fault) = first else {
            token.shared.outage.begin_service(false);
            return Ok((token, None));
        };
        let Some(fault) = fault else {
            let seconds = START.as_secs();
            let problem = format!("the token does not answer within {seconds} s");
            token.shared.outage.begin_service(true);
            return Ok((token, Some(warning(problem))));
        };
        let problem = fault.to_string();
        let (path, mend) = match fault {
            OpenFault::Unreachable(_) => {
                token.shared.outage.begin_service(true);
                return Ok((token, Some(warning(problem))));
            }
            OpenFault::Library(_) => (
                at("module"),
                "read the vendor's documentation on what the library wants; \
                 `library_parameters` may be wrong",
            ),
            OpenFault::NoToken => (
                at(configured.selector.key()),
                "ask the vendor's tools what it is called, or `pkcs11-tool --list-slots`",
            ),
            OpenFault::SeveralTokens => (
                at(configured.selector.key()),
                "say which one with `token_serial` or `slot`",
            ),
            OpenFault::Pin(_) => (
                Pin::setting(configured),
                "write the PIN of the token's user; too many attempts lock it",
            ),
        };
        Err(Fault::new(path, problem, mend))
    }

    /// How the token is doing.
    pub(crate) fn state(&self) -> TokenState {
        let serving = self.shared.queue.serving();
        let roster = self.shared.roster.lock();
        if serving == 0 {
            TokenState::Unavailable
        } else if serving < self.shared.sessions || active(&roster) < roster.len() {
            TokenState::Degraded
        } else {
            TokenState::Serving
        }
    }

    /// Has `work` done by a thread with a session, and waits for it until
    /// `deadline`. Work may be done twice, as `repetition` permits.
    pub(super) async fn call<T, W>(
        &self,
        deadline: Deadline,
        repetition: Repetition,
        work: W,
    ) -> Result<T, TokenFault>
    where
        T: Send + 'static,
        W: FnMut(&mut Call<'_>) -> Result<T, Stop> + Send + 'static,
    {
        if deadline.remaining(Instant::now()).is_none() {
            return Err(TokenFault::Deadline);
        }
        let (job, mut answer) = Job::new(deadline, repetition, Arc::clone(&self.profile), work);
        self.shared.queue.push(Box::new(job))?;
        let answered = if let Ok(answered) = tokio::time::timeout(LONG, &mut answer).await {
            Ok(answered)
        } else {
            self.shared.queue.hurry();
            tokio::time::timeout_at(deadline.as_tokio(), answer).await
        };
        match answered {
            Ok(Ok(answer)) => answer,
            // The thread ended without an answer: the token is being closed.
            Ok(Err(_)) => Err(TokenFault::Unavailable),
            Err(_) => Err(TokenFault::Deadline),
        }
    }
}

impl Drop for Token {
    fn drop(&mut self) {
        self.shared.recovery.stop();
        self.shared.queue.stop();
        self.shared.changed.notify_all();
        let until = Instant::now() + END;
        let mut roster = self.shared.roster.lock();
        while !roster.is_empty() {
            // A thread that is stuck is left to itself.
            if self
                .shared
                .changed
                .wait_until(&mut roster, until)
                .timed_out()
            {
                break;
            }
        }
    }
}
