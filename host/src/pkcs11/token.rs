//! A token in service.

use std::sync::Arc;
use std::time::{Duration, Instant};

use claviger_config::Token as ConfiguredToken;
use claviger_config::secrets::Pin;
use claviger_settings::Fault;
use parking_lot::{Condvar, Mutex};
use tokio::sync::oneshot;

use super::fault::{Stop, TokenFault};
use super::job::{Job, Repetition, Request, Task};
use super::keys::{KeyReference, KeySelector, TokenState};
use super::library::LibraryUse;
use super::searches::{Found, Part};
use super::session::Call;
use super::sessions::{Event, Sessions};
use super::slot::{OpenFault, START};
use super::threads::{self, Shared};
use crate::words::Deadline;

/// Why a token serves nobody yet. The host tries on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Trouble {
    /// It does not answer.
    Unreachable(Fault),
    /// Its library does not list it. Libraries leave out a token that cannot be
    /// reached; or it is called otherwise.
    NotListed(Fault),
}

impl Trouble {
    /// What the operator is told.
    pub(crate) fn fault(&self) -> &Fault {
        match self {
            Self::Unreachable(fault) | Self::NotListed(fault) => fault,
        }
    }
}

/// How long the end waits for threads that are in the library.
const END: Duration = Duration::from_secs(1);

/// The sessions of one token. Dropping it closes them.
pub(crate) struct Token {
    pub(super) shared: Arc<Shared>,
}

impl Token {
    /// Loads the library, logs in and opens the sessions; waits for the first
    /// result. A token that cannot be reached, or is not there, may be later: the
    /// second value says so then, and the attempts go on.
    pub(crate) fn open(
        name: &str,
        configured: &ConfiguredToken,
    ) -> Result<(Self, Option<Trouble>), Fault> {
        let pin = Pin::read(configured)?;
        let library = LibraryUse::of(configured)?;
        let sessions = Sessions::new(configured.sessions, configured.queue, Instant::now());
        let shared = Arc::new(Shared {
            name: name.to_owned(),
            selector: configured.selector.clone(),
            profile: configured.profile.clone(),
            pin,
            library,
            known: Mutex::default(),
            searches: Arc::default(),
            sessions: Mutex::new(sessions),
            queued: Condvar::new(),
            changed: Condvar::new(),
        });
        threads::start(&shared);
        let token = Self { shared };
        let found = token.wait(START, Sessions::found);
        let found = found.unwrap_or(Err(OpenFault::NoAnswer));
        // What is returned from here on is reported by the caller.
        let out = found.is_err();
        token.shared.tell(Event::InService { out });
        let Err(fault) = found else {
            return Ok((token, None));
        };
        let told = fault.of(configured);
        match fault {
            OpenFault::NoAnswer | OpenFault::Unreachable(_) => {
                Ok((token, Some(Trouble::Unreachable(told))))
            }
            OpenFault::NoToken => Ok((token, Some(Trouble::NotListed(told)))),
            OpenFault::Library(_) | OpenFault::SeveralTokens | OpenFault::Pin(_) => Err(told),
        }
    }

    /// How the token is doing.
    pub(crate) fn state(&self) -> TokenState {
        self.shared.sessions.lock().state()
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
        let (answer, answered) = oneshot::channel();
        let answer = Some(answer);
        let job = Job {
            asker: Request { deadline, answer },
            repetition,
            work,
        };
        self.shared.tell(Event::Queued(Box::new(job)));
        match tokio::time::timeout_at(deadline.as_tokio(), answered).await {
            Ok(Ok(answer)) => answer,
            // The thread ended without an answer: the token is being closed.
            Ok(Err(_)) => Err(TokenFault::Unavailable),
            Err(_) => Err(TokenFault::Deadline),
        }
    }

    /// The keys that match, by a search that is done whether or not `deadline` is
    /// met.
    pub(super) async fn search(
        &self,
        deadline: Deadline,
        selector: KeySelector,
    ) -> Result<Vec<KeyReference>, TokenFault> {
        let login = self.shared.sessions.lock().login();
        let part = self.shared.searches.join(&selector, login, Instant::now());
        let waiting = match part {
            Part::Kept(keys) => return Ok(keys),
            Part::Waits(waiting) => waiting,
            Part::Begins(asker, waiting) => {
                let work = move |call: &mut Call<'_>| {
                    let keys = call.find(&selector)?;
                    let login = call.login;
                    Ok(Found { login, keys })
                };
                let job = Job {
                    asker,
                    repetition: Repetition::Harmless,
                    work,
                };
                self.shared.tell(Event::Queued(Box::new(job)));
                waiting
            }
            Part::None => {
                let work = move |call: &mut Call<'_>| call.find(&selector);
                return self.call(deadline, Repetition::Harmless, work).await;
            }
        };
        match tokio::time::timeout_at(deadline.as_tokio(), waiting.answer()).await {
            Ok(answer) => answer,
            Err(_) => Err(TokenFault::Deadline),
        }
    }

    /// Waits for something that the sessions tell; `None` when `patience` is over.
    fn wait<T>(
        &self,
        patience: Duration,
        tell: impl Fn(&Sessions<Box<dyn Task>>) -> Option<T>,
    ) -> Option<T> {
        let until = Instant::now() + patience;
        let mut sessions = self.shared.sessions.lock();
        loop {
            let told = tell(&sessions);
            let changed = &self.shared.changed;
            if told.is_some() || changed.wait_until(&mut sessions, until).timed_out() {
                return told;
            }
        }
    }
}

impl Drop for Token {
    fn drop(&mut self) {
        self.shared.tell(Event::Stopped);
        self.shared.queued.notify_all();
        // A thread that is stuck is left to itself.
        self.wait(END, |sessions| (sessions.threads() == 0).then_some(()));
    }
}
