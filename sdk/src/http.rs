//! Capability `http`: requests to the upstreams that the operator granted by name.
//!
//! Address, TLS and certificates stay with the host, which pools connections, follows no
//! redirect, unpacks nothing, and ends a request with the deadline of the call.
//!
//! ```
//! use claviger_sdk::http::{self, Method, Request};
//!
//! fn state() -> Result<String, claviger_sdk::Error> {
//!     let request = Request::new("vault", Method::Get, "/v1/sys/health")
//!         .secret("x-vault-token", "", "token");
//!     let response = http::send(&request)?;
//!     Ok(String::from_utf8_lossy(&response.body).into_owned())
//! }
//! ```

#[cfg(target_arch = "wasm32")]
use crate::contract::shared::claviger::plugin::http as host;
#[cfg(not(target_arch = "wasm32"))]
use crate::stand_in::http as host;

use crate::types::Error;
use std::fmt;
use thiserror::Error as ThisError;

/// The method of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Method {
    /// `GET`
    Get,
    /// `HEAD`
    Head,
    /// `POST`
    Post,
    /// `PUT`
    Put,
    /// `PATCH`
    Patch,
    /// `DELETE`
    Delete,
}

/// A secret of [`secrets`](crate::secrets) as the value of a header, unseen by the
/// plugin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecretHeader {
    /// In front of it, for example `Bearer `.
    pub prefix: String,
    /// Its name.
    pub secret: String,
}

/// The value of a header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HeaderValue {
    /// As it is.
    Text(String),
    /// A secret.
    Secret(SecretHeader),
}

/// A request.
#[derive(Clone, PartialEq, Eq)]
pub struct Request {
    /// The name of a granted upstream.
    pub upstream: String,
    /// Its method.
    pub method: Method,
    /// Path and query, `/` in front, below a path that the operator allowed.
    pub path: String,
    /// At most 32.
    pub headers: Vec<(String, HeaderValue)>,
    /// At most 1 MiB.
    pub body: Vec<u8>,
    /// Whether it does no harm to do it twice: then it is sent to the upstream's next
    /// address when one does not answer it.
    pub repeatable: bool,
}

/// Without path and body: both may hold what nobody should see.
impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request")
            .field("upstream", &self.upstream)
            .field("method", &self.method)
            .finish_non_exhaustive()
    }
}

impl Request {
    /// One without headers and body; repeatable with a method that changes nothing.
    pub fn new(upstream: impl Into<String>, method: Method, path: impl Into<String>) -> Self {
        Self {
            upstream: upstream.into(),
            method,
            path: path.into(),
            headers: Vec::new(),
            body: Vec::new(),
            repeatable: matches!(method, Method::Get | Method::Head),
        }
    }

    /// With one more header.
    #[must_use]
    pub fn header(mut self, name: &str, value: impl Into<String>) -> Self {
        let value = HeaderValue::Text(value.into());
        self.headers.push((name.to_owned(), value));
        self
    }

    /// With one more header, whose value is a secret behind `prefix`.
    #[must_use]
    pub fn secret(mut self, name: &str, prefix: &str, secret: &str) -> Self {
        let value = HeaderValue::Secret(SecretHeader {
            prefix: prefix.to_owned(),
            secret: secret.to_owned(),
        });
        self.headers.push((name.to_owned(), value));
        self
    }

    /// With this body.
    #[must_use]
    pub fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self
    }

    /// It does no harm to do it twice.
    #[must_use]
    pub fn repeatable(mut self) -> Self {
        self.repeatable = true;
        self
    }
}

/// What an upstream answers.
#[derive(Clone, PartialEq, Eq)]
pub struct Response {
    /// Its status.
    pub status: u16,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    /// As it came: nothing is unpacked.
    pub body: Vec<u8>,
}

/// Without the body.
impl fmt::Debug for Response {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Response")
            .field("status", &self.status)
            .finish_non_exhaustive()
    }
}

impl Response {
    /// The value of the first header of this name.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.headers.iter();
        let found = headers.find(|(other, _)| other.eq_ignore_ascii_case(name))?;
        Some(&found.1)
    }
}

/// Why there is no response, by who is to blame.
#[derive(Clone, Debug, PartialEq, Eq, ThisError)]
pub enum HttpError {
    /// No upstream of this name was granted.
    #[error("no upstream of this name is granted")]
    NoSuchUpstream,
    /// The request breaks a limit of the capability or of the operator's.
    #[error("the request is not allowed: {0}")]
    Denied(String),
    /// More waits for the upstream's connections than the operator allows.
    #[error("more waits for the upstream than is allowed")]
    Throttled,
    /// The deadline passed. The upstream may have done what was asked, or do it yet.
    #[error("the upstream did not answer before the deadline")]
    Deadline,
    /// No connection came to be.
    #[error("the upstream cannot be reached: {0}")]
    Unreachable(String),
    /// The connection ended before the answer, or what came is not HTTP.
    #[error("the upstream's answer broke off: {0}")]
    Broken(String),
    /// The answer is longer than the operator allows.
    #[error("the upstream's answer is refused: {0}")]
    Refused(String),
}

/// An upstream that cannot be reached or does not answer is a key manager that does not
/// answer. None of them says that something does not exist (XKS-109).
impl From<HttpError> for Error {
    fn from(error: HttpError) -> Self {
        match error {
            HttpError::Throttled => Self::throttling(error),
            HttpError::Deadline | HttpError::Unreachable(_) | HttpError::Broken(_) => {
                Self::dependency_timeout(error)
            }
            HttpError::NoSuchUpstream | HttpError::Denied(_) | HttpError::Refused(_) => {
                Self::internal(error)
            }
        }
    }
}

/// Sends a request and waits for the whole response.
pub fn send(request: &Request) -> Result<Response, HttpError> {
    host::send(request)
}
