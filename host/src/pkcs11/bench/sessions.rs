//! Sessions, the login and the library's start: taken away, and had back.

use std::time::{Duration, Instant};

use claviger_config::Profile;
use claviger_token_test::wire::{Answer, Keeping, Sessions, Step};

use super::super::library::Restart;
use super::{Bench, Done, Stop, at, entered, step};

impl Bench {
    pub(super) fn open_sessions(&mut self, most: usize, milliseconds: u64) -> Done<Answer> {
        let library = self.library()?;
        let inside = entered(&library)?;
        let raw = inside.raw;
        let until = Instant::now() + Duration::from_millis(milliseconds);
        let mut open = Vec::new();
        let mut refused = None;
        while open.len() < most && Instant::now() < until {
            match raw.open_session(self.slot) {
                Ok(session) => open.push(session),
                Err(value) => {
                    refused = Some(at("C_OpenSession")(value));
                    break;
                }
            }
        }
        let opened = open.len();
        let mut stuck = None;
        for session in open {
            if let Err(value) = raw.close_session(session) {
                stuck = Some(at("C_CloseSession")(value));
            }
        }
        Ok(Answer::Sessions(Sessions {
            opened,
            refused,
            stuck,
        }))
    }

    pub(super) fn use_closed_session(&mut self) -> Done<Answer> {
        let library = self.library()?;
        let inside = entered(&library)?;
        let raw = inside.raw;
        let session = raw.open_session(self.slot).map_err(at("C_OpenSession"))?;
        raw.close_session(session).map_err(at("C_CloseSession"))?;
        // Some libraries do not look at the session for random bytes.
        let used = raw.is_logged_in(session);
        used.map_err(at("C_GetSessionInfo"))?;
        Ok(Answer::Done)
    }

    pub(super) fn log_out_and_in(&mut self, profile: &Profile) -> Done<Answer> {
        let keeping = self.key.as_ref().map(|key| key.keeping.clone());
        let mut steps = vec![self.log_out()?];
        // The session is as good as before: only the login is gone.
        let logged_in = self.log_in();
        steps.push(done("the login works again", &logged_in));
        if let (Ok(_), Some(keeping)) = (logged_in, keeping) {
            self.use_key_again(&mut steps, keeping)?;
            steps.push(self.encrypts("encryption works again", profile)?);
        }
        Ok(Answer::Steps(steps))
    }

    fn log_out(&mut self) -> Done<Step> {
        let library = self.library()?;
        let inside = entered(&library)?;
        let (raw, keeper) = (inside.raw, self.keeper()?);
        let logged_out = raw.logout(keeper).map_err(at("C_Logout"));
        let problem = if let Err(failure) = logged_out {
            Some(failure.to_string())
        } else {
            let still = raw.is_logged_in(keeper);
            let still = still.map_err(at("C_GetSessionInfo"))?;
            still.then(|| "the session says that it is logged in".to_owned())
        };
        // Another one is opened by the login.
        self.close_work(raw);
        if let Some(keeper) = self.keeper.take() {
            // One that is lost need not close well.
            let _ = raw.close_session(keeper);
        }
        Ok(step("after C_Logout the session says so", problem))
    }

    pub(super) fn restart(&mut self) -> Done<Answer> {
        let keeping = self.key.as_ref().map(|key| key.keeping.clone());
        let library = self.library()?;
        self.close()?;
        let restarted = library.restart(Restart::IfUnused, Instant::now());
        let problem = (!restarted).then(|| "the library refuses".to_owned());
        let mut steps = vec![step("C_Finalize and C_Initialize work", problem)];
        if restarted {
            self.find_slot(&entered(&library)?)?;
            let logged_in = self.log_in();
            steps.push(done("the login works after it", &logged_in));
            if let (Ok(_), Some(keeping)) = (logged_in, keeping) {
                self.use_key_again(&mut steps, keeping)?;
            }
        }
        Ok(Answer::Steps(steps))
    }

    /// A session key is gone with its session; one on the token is made anew as well,
    /// in place of the old one.
    fn use_key_again(&mut self, steps: &mut Vec<Step>, keeping: Keeping) -> Done<()> {
        let made = self.make_key(keeping);
        steps.push(done("a key can be made again", &made));
        made.map(drop)
    }
}

/// A step that a request was.
fn done(what: &str, done: &Done<Answer>) -> Step {
    let problem = match done {
        Ok(_) => None,
        Err(Stop::Failed(failure)) => Some(failure.to_string()),
        Err(Stop::Refused(fault)) => Some(fault.to_string()),
    };
    step(what, problem)
}
