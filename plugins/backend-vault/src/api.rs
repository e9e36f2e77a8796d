//! Requests to the server, and what its answers mean.

use crate::settings::{Login, Settings};
use crate::state::State;
use claviger_sdk::http::{self, HttpError, Method, Request, Response};
use claviger_sdk::{Error, secrets};
use serde::Deserialize;
use serde::de::DeserializeOwned;

/// The secret that a login leaves behind, for all instances.
pub(crate) const TOKEN: &str = "backend-vault-login";

/// The header that names the requests of AWS KMS, for the server's audit log:
/// `bao write sys/config/auditing/request-headers/x-kms-request-id hmac=false`.
const REQUEST_IDS: &str = "x-kms-request-id";

/// How requests are made.
pub(crate) struct Api {
    upstream: String,
    namespace: Option<String>,
    /// The secret that is the token.
    token: String,
}

/// An answer that is none of what was hoped for.
#[derive(Debug)]
pub(crate) struct Refused {
    pub(crate) status: u16,
    /// What the server says.
    pub(crate) errors: Vec<String>,
}

/// Why there is nothing to work with.
#[derive(Debug)]
pub(crate) enum Failure {
    Http(HttpError),
    Refused(Refused),
    /// There is no token to send.
    NotLoggedIn(State),
    /// An answer of another form.
    Unreadable,
}

#[derive(Deserialize)]
struct Errors {
    #[serde(default)]
    errors: Vec<String>,
}

impl Api {
    pub(crate) fn new(settings: &Settings) -> Self {
        Self {
            upstream: settings.upstream.clone(),
            namespace: settings.namespace.clone(),
            token: match &settings.login {
                Login::Token { secret } => secret.clone(),
                Login::AppRole { .. } | Login::Certificate { .. } => TOKEN.to_owned(),
            },
        }
    }

    /// A request with the token.
    pub(crate) fn send<T: DeserializeOwned>(
        &self,
        method: Method,
        path: &str,
        body: Vec<u8>,
    ) -> Result<T, Failure> {
        read(&self.answer(method, path, body, "")?)
    }

    /// The same, with the whole answer, whatever its status is. `for_whom` are the
    /// `kmsRequestId`s that it is for.
    pub(crate) fn answer(
        &self,
        method: Method,
        path: &str,
        body: Vec<u8>,
        for_whom: &str,
    ) -> Result<Response, Failure> {
        let mut request = self.request(method, path, body);
        if !for_whom.is_empty() {
            request = request.header(REQUEST_IDS, for_whom);
        }
        let request = request.secret("x-vault-token", "", &self.token);
        match http::send(&request) {
            // Nobody has logged in yet, or could.
            Err(HttpError::Denied(_)) if self.lacks_token() => {
                Err(Failure::NotLoggedIn(State::read()))
            }
            answer => Ok(answer?),
        }
    }

    fn lacks_token(&self) -> bool {
        self.token == TOKEN && secrets::reveal(TOKEN).is_err()
    }

    /// A request without a token.
    pub(crate) fn anonymous<T: DeserializeOwned>(
        &self,
        method: Method,
        path: &str,
        body: Vec<u8>,
    ) -> Result<T, Failure> {
        read(&http::send(&self.request(method, path, body))?)
    }

    /// About the server itself, which is in no namespace.
    pub(crate) fn system<T: DeserializeOwned>(&self, path: &str) -> Result<T, Failure> {
        read(&http::send(&Request::new(
            &*self.upstream,
            Method::Get,
            path,
        ))?)
    }

    fn request(&self, method: Method, path: &str, body: Vec<u8>) -> Request {
        // Nothing that is asked for here does harm when it is done twice.
        let request = Request::new(&*self.upstream, method, path)
            .header("x-vault-request", "true")
            .body(body)
            .repeatable();
        match &self.namespace {
            Some(namespace) => request.header("x-vault-namespace", namespace),
            None => request,
        }
    }
}

/// The body of an answer of status 200.
fn read<T: DeserializeOwned>(answer: &Response) -> Result<T, Failure> {
    if answer.status != 200 {
        return Err(refused(answer).into());
    }
    serde_json::from_slice(&answer.body).map_err(|_| Failure::Unreadable)
}

/// What the server says instead.
pub(crate) fn refused(answer: &Response) -> Refused {
    let errors = serde_json::from_slice::<Errors>(&answer.body);
    Refused {
        status: answer.status,
        errors: errors.map(|errors| errors.errors).unwrap_or_default(),
    }
}

impl From<HttpError> for Failure {
    fn from(error: HttpError) -> Self {
        Self::Http(error)
    }
}

impl From<Refused> for Failure {
    fn from(refused: Refused) -> Self {
        Self::Refused(refused)
    }
}

/// Whose fault it is. That a key does not exist is for whoever asked for it to say.
impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Http(error) => error.into(),
            Failure::NotLoggedIn(state) => {
                let why = if state.why.is_empty() {
                    "not yet"
                } else {
                    &state.why
                };
                Self::upkeep_first(format!("not logged in: {why}")).with_code(state.code)
            }
            Failure::Unreadable => Self::internal("the server's answer is not one of its API"),
            Failure::Refused(refused) => refused.into(),
        }
    }
}

impl From<Refused> for Error {
    fn from(refused: Refused) -> Self {
        let Refused { status, errors } = refused;
        let said = errors.join("; ");
        let said = said.split_whitespace().collect::<Vec<_>>().join(" ");
        let error = match status {
            // The token has expired or was revoked, or its policies do not allow this.
            401 | 403 => Self::upkeep_first(format!("the server refuses the token: {said}")),
            429 => Self::throttling("the server is over its rate limit"),
            // 412: a node that is behind; 3xx: a standby that does not forward.
            300..=399 => Self::dependency_timeout("a standby of the server does not forward"),
            // 500 as well: a standby that knows no active node.
            500 if said.contains("not active") => {
                Self::dependency_timeout(format!("the server cannot serve: {said}"))
            }
            412 | 502..=504 | 472 | 473 => {
                Self::dependency_timeout(format!("the server cannot serve: {said}"))
            }
            _ => Self::internal(format!("the server answered: {said}")),
        };
        error.with_code(status.into())
    }
}
