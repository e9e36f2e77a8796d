//! Interface `http`.

use super::imported::http::{HeaderValue, Host, HttpError, Method, Request, Response};
use crate::capability::{self, HttpFault, HttpHeader, HttpRequest, State};
use crate::upstream::{Answer, UpstreamFault};

impl Host for State {
    async fn send(&mut self, request: Request) -> wasmtime::Result<Result<Response, HttpError>> {
        let answer = self.send_request(request.into()).await;
        Ok(answer.map(Into::into).map_err(Into::into))
    }
}

impl From<Request> for HttpRequest {
    fn from(request: Request) -> Self {
        let headers = request.headers.into_iter();
        Self {
            upstream: request.upstream,
            method: match request.method {
                Method::Get => capability::Method::GET,
                Method::Head => capability::Method::HEAD,
                Method::Post => capability::Method::POST,
                Method::Put => capability::Method::PUT,
                Method::Patch => capability::Method::PATCH,
                Method::Delete => capability::Method::DELETE,
            },
            path: request.path,
            headers: headers.map(|(name, value)| (name, value.into())).collect(),
            body: request.body,
            repeatable: request.repeatable,
        }
    }
}

impl From<HeaderValue> for HttpHeader {
    fn from(value: HeaderValue) -> Self {
        match value {
            HeaderValue::Text(text) => Self::Text(text),
            HeaderValue::Secret(secret) => Self::Secret {
                prefix: secret.prefix,
                secret: secret.secret,
            },
        }
    }
}

impl From<Answer> for Response {
    fn from(answer: Answer) -> Self {
        Self {
            status: answer.status,
            headers: answer.headers,
            body: answer.body,
        }
    }
}

impl From<HttpFault> for HttpError {
    fn from(fault: HttpFault) -> Self {
        let fault = match fault {
            HttpFault::NoSuchUpstream => return Self::NoSuchUpstream,
            HttpFault::Upstream(fault) => fault,
        };
        match fault {
            UpstreamFault::Denied(what) => Self::Denied(what.to_owned()),
            UpstreamFault::Throttled => Self::Throttled,
            UpstreamFault::Deadline => Self::Deadline,
            UpstreamFault::Unreachable(what) => Self::Unreachable(what.to_owned()),
            UpstreamFault::Broken(what) => Self::Broken(what.to_owned()),
            UpstreamFault::Refused(what) => Self::Refused(what.to_owned()),
        }
    }
}
