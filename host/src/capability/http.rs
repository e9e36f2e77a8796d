//! Capability `http`: requests to the upstreams that are granted.

use std::sync::Arc;

use zeroize::Zeroizing;

use super::State;
use super::secrets::{SecretFault, Secrets};
use crate::upstream::{Answer, GrantedUpstreams, Method, Request, UpstreamFault, admitted_header};
use crate::words::Deadline;

/// What a plugin asks for.
pub(crate) struct HttpRequest {
    pub(crate) upstream: String,
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) headers: Vec<(String, HttpHeader)>,
    pub(crate) body: Vec<u8>,
    pub(crate) repeatable: bool,
}

/// The value of a header.
pub(crate) enum HttpHeader {
    Text(String),
    /// A secret by its name, behind a prefix.
    Secret {
        prefix: String,
        secret: String,
    },
}

/// Why there is no answer.
#[derive(Debug)]
pub(crate) enum HttpFault {
    NoSuchUpstream,
    Upstream(UpstreamFault),
}

impl State {
    /// Sends a request, and waits for the answer until the call's deadline.
    pub(crate) async fn send_request(&mut self, request: HttpRequest) -> Result<Answer, HttpFault> {
        let (upstreams, secrets) = (self.upstreams.clone(), Arc::clone(&self.secrets));
        request.send(&upstreams, &secrets, self.deadline).await
    }
}

impl HttpRequest {
    /// Sends it, and waits for the answer until `deadline`.
    pub(super) async fn send(
        self,
        upstreams: &GrantedUpstreams,
        secrets: &Secrets,
        deadline: Deadline,
    ) -> Result<Answer, HttpFault> {
        let share = upstreams.http(&self.upstream);
        let share = share.ok_or(HttpFault::NoSuchUpstream)?;
        let request = self.with_secrets(secrets).map_err(HttpFault::Upstream)?;
        let answer = share.send(request, deadline).await;
        answer.map_err(HttpFault::Upstream)
    }

    fn with_secrets(self, of: &Secrets) -> Result<Request, UpstreamFault> {
        let (mut headers, mut secrets) = (hyper::HeaderMap::new(), Vec::new());
        for (name, value) in &self.headers {
            let (name, value) = match value {
                HttpHeader::Text(text) => admitted_header(name, text.as_bytes(), false)?,
                HttpHeader::Secret { prefix, secret } => {
                    let secret = of.for_header(secret, &self.upstream);
                    let secret = secret.map_err(SecretFault::denied)?;
                    let mut value = Zeroizing::new(prefix.clone().into_bytes());
                    value.extend_from_slice(&secret.bytes);
                    if secret.hidden {
                        secrets.push(Zeroizing::clone(&secret.bytes));
                    }
                    admitted_header(name, &value, true)?
                }
            };
            headers.append(name, value);
        }
        Ok(Request {
            method: self.method,
            path: self.path,
            headers,
            body: self.body,
            repeatable: self.repeatable,
            secrets,
        })
    }
}

impl SecretFault {
    fn denied(self) -> UpstreamFault {
        UpstreamFault::Denied(match self {
            Self::NoSuchSecret | Self::NotRevealed => "there is no secret of this name",
            Self::Invalid(what) => what,
        })
    }
}
