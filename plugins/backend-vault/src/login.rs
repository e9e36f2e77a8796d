//! Logging in, and staying logged in.

use crate::Vault;
use crate::api::{Failure, TOKEN};
use crate::settings::Login;
use crate::state::State;
use claviger_sdk::http::Method;
use claviger_sdk::{Error, log, metrics, secrets};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// The least time between two attempts.
const LEAST: Duration = Duration::from_secs(1);
/// The most: a token that was revoked is found out by then.
const MOST: Duration = Duration::from_mins(5);

#[derive(Deserialize)]
struct Authenticated {
    auth: Auth,
}

#[derive(Deserialize)]
struct Auth {
    client_token: String,
    #[serde(default)]
    lease_duration: u64,
}

#[derive(Deserialize)]
struct Looked {
    data: Lease,
}

/// What the server says of a token.
#[derive(Clone, Copy, Deserialize)]
struct Lease {
    /// Seconds left; 0 for one that never expires.
    #[serde(default)]
    ttl: u64,
    #[serde(default)]
    creation_ttl: u64,
    #[serde(default)]
    renewable: bool,
}

impl Lease {
    /// Whether more than half of it is left, or it has no end.
    fn lasts(self) -> bool {
        self.creation_ttl == 0 || self.ttl > self.creation_ttl / 2
    }
}

#[derive(Serialize)]
struct AppRole<'l> {
    role_id: &'l str,
    secret_id: &'l str,
}

#[derive(Serialize)]
struct Certificate<'l> {
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'l str>,
}

impl Vault {
    /// Looks after the token, and returns after how long it has to be done again.
    pub(crate) fn keep_logged_in(&self, now: u64) -> Duration {
        for name in ["logins", "renewals", "login_failures"] {
            // So that a first increase can be seen.
            metrics::count(name, 0);
        }
        let state = State::read();
        match self.look_after_token(now, &state) {
            Ok(seconds) => Duration::from_secs(seconds).clamp(LEAST, MOST),
            Err(error) => {
                // What was said before is not said again while nobody tries.
                if state.pause(now).is_none() && !state.is_of_no_use(now) {
                    metrics::count("login_failures", 1);
                    log::error(format!("not logged in: {}", error.text));
                }
                State::read().pause(now).unwrap_or(LEAST)
            }
        }
    }

    fn look_after_token(&self, now: u64, state: &State) -> Result<u64, Error> {
        match self.lease() {
            Ok(lease) if lease.lasts() => return Ok(after(lease)),
            Ok(lease) if lease.renewable => {
                let renewed = self.renew();
                if let Ok(lease) = renewed.and_then(|()| self.lease())
                    && lease.lasts()
                {
                    return Ok(after(lease));
                }
            }
            Ok(_) => {}
            Err(failure) if is_refused(&failure) => {
                if state.is_of_no_use(now) {
                    return Err(Error::internal(
                        "the server refuses one token after the other: see their policies",
                    ));
                }
            }
            // Whether the token is good is not known: another one would not be better.
            Err(failure) => return Err(failure.into()),
        }
        if state.pause(now).is_some() {
            return Err(Error::internal(&state.why).with_code(state.code));
        }
        match &self.settings.login {
            Login::Token { .. } => {
                // Nothing else can be done about it here.
                let lease = self.lease()?;
                log::warn(format!(
                    "the token ends in {} s and cannot be renewed",
                    lease.ttl
                ));
                Ok(after(lease))
            }
            Login::AppRole {
                mount,
                role_id,
                secret_id,
            } => {
                let secret_id = secrets::reveal(secret_id).map_err(|error| {
                    let error = Error::internal(format!("the secret `{secret_id}`: {error}"));
                    state.clone().failed(now, false, &error.text, 0);
                    error
                })?;
                let body = AppRole {
                    role_id,
                    secret_id: std::str::from_utf8(&secret_id)
                        .map_err(|_| Error::internal("the secret id is not text"))?,
                };
                self.log_in(now, state, mount, &body)
            }
            Login::Certificate { mount, role } => {
                let name = role.as_deref();
                self.log_in(now, state, mount, &Certificate { name })
            }
        }
    }

    fn log_in(
        &self,
        now: u64,
        state: &State,
        mount: &str,
        body: &impl Serialize,
    ) -> Result<u64, Error> {
        let body = serde_json::to_vec(body).map_err(Error::internal)?;
        let path = format!("/v1/auth/{mount}/login");
        let logged_in = self
            .api
            .anonymous::<Authenticated>(Method::Post, &path, body);
        let auth = match logged_in {
            Ok(answer) => answer.auth,
            Err(failure) => {
                // Of the server: what is wrong with role and secret has 400 or 403.
                let refused = matches!(&failure, Failure::Refused(refused)
                    if (400..500).contains(&refused.status) && refused.status != 429);
                let error = Error::from(failure);
                let text = error.text.replace("the server refuses the token: ", "");
                state.clone().failed(now, refused, &text, error.code);
                // There is no upkeep for the upkeep.
                return Err(Error::internal(text).with_code(error.code));
            }
        };
        secrets::keep(TOKEN, auth.client_token.as_bytes())?;
        state.logged_in(now);
        metrics::count("logins", 1);
        Ok(auth.lease_duration / 2)
    }

    fn renew(&self) -> Result<(), Failure> {
        let path = "/v1/auth/token/renew-self";
        let renewed = self
            .api
            .send::<Authenticated>(Method::Post, path, b"{}".to_vec());
        metrics::count("renewals", 1);
        renewed.map(drop)
    }

    fn lease(&self) -> Result<Lease, Failure> {
        let path = "/v1/auth/token/lookup-self";
        let looked = self.api.send::<Looked>(Method::Get, path, Vec::new());
        looked.map(|looked| looked.data)
    }
}

/// Seconds until half of the whole is left.
fn after(lease: Lease) -> u64 {
    if lease.creation_ttl == 0 {
        return MOST.as_secs();
    }
    lease.ttl.saturating_sub(lease.creation_ttl / 2)
}

/// Also when there is none.
fn is_refused(failure: &Failure) -> bool {
    match failure {
        Failure::Refused(refused) => matches!(refused.status, 401 | 403),
        Failure::NotLoggedIn(_) => true,
        Failure::Http(_) | Failure::Unreadable => false,
    }
}
