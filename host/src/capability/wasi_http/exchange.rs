//! One request of a client and its answer, by the capability `http`.

use std::sync::Arc;

use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use hyper::header::{CONTENT_LENGTH, HeaderName, HeaderValue};
use hyper::http::request::Parts;
use hyper::http::uri::PathAndQuery;
use hyper::{Request, Response, StatusCode};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout_at;
use tracing::warn;
use wasmtime_wasi_http::{Error, WasiBody};

use super::AnswerBody;
use crate::capability::secrets::Secrets;
use crate::capability::{HttpFault, HttpHeader, HttpRequest, LogSource, Method};
use crate::upstream::{Answer, BODY, GrantedUpstreams, REST, UpstreamFault};
use crate::words::Deadline;

/// The methods of the capability.
const METHODS: [Method; 6] = [
    Method::GET,
    Method::HEAD,
    Method::POST,
    Method::PUT,
    Method::PATCH,
    Method::DELETE,
];

/// In front of the name of a header whose value is a secret.
const SECRET: &str = "claviger-secret-";

/// What a request needs.
pub(super) struct Exchange {
    /// As the client names it: the plugin's text until it is known to be granted.
    pub(super) upstream: String,
    /// Its longest answer.
    pub(super) answer_bytes: usize,
    pub(super) upstreams: GrantedUpstreams,
    pub(super) secrets: Arc<Secrets>,
    pub(super) source: Arc<LogSource>,
    /// In KiB.
    pub(super) room: Arc<Semaphore>,
    pub(super) deadline: Deadline,
}

impl Exchange {
    /// Takes the request's body as the client writes it, sends all of it, and waits for
    /// the whole answer, whose body goes into `body`.
    pub(super) async fn run(
        self,
        request: Request<WasiBody>,
        body: AnswerBody,
    ) -> Result<Response<WasiBody>, Error> {
        let ends = self.deadline.earlier(REST);
        let taken = async {
            let room = self.room().await?;
            Ok((room, self.taken(request).await?))
        };
        let taken = timeout_at(ends.as_tokio(), taken).await;
        let (room, request) = taken.unwrap_or(Err(Error::HttpResponseTimeout))?;
        let answer = request
            .send(&self.upstreams, &self.secrets, self.deadline)
            .await;
        let answer = answer.map_err(|fault| self.told(fault))?;
        response(answer, room, body)
    }

    /// For the longest body and the longest answer.
    async fn room(&self) -> Result<OwnedSemaphorePermit, Error> {
        let room = Arc::clone(&self.room);
        let room = room.acquire_many_owned(kib(BODY.saturating_add(self.answer_bytes)));
        // The error never comes: it is not closed.
        room.await.map_err(|_| Error::ConnectionLimitReached)
    }

    /// The whole request. It is judged only when the client has written all of it: one
    /// whose body is not taken any more tells its caller that, and not what was wrong.
    async fn taken(&self, request: Request<WasiBody>) -> Result<HttpRequest, Error> {
        let (head, body) = request.into_parts();
        let body = Limited::new(body, BODY).collect().await.map_err(|error| {
            if error.is::<LengthLimitError>() {
                Error::HttpRequestBodySize(None)
            } else {
                // The client has let go of it unfinished.
                Error::HttpProtocolError
            }
        })?;
        if body.trailers().is_some_and(|trailers| !trailers.is_empty()) {
            return Err(Error::HttpRequestTrailerSectionSize(None));
        }
        // Before anything is said of it: what is no upstream's name is the plugin's text.
        if self.upstreams.http(&self.upstream).is_none() {
            return Err(Error::DestinationNotFound);
        }
        let Parts {
            method,
            uri,
            mut headers,
            ..
        } = head;
        let body = body.to_bytes();
        // How long it is, the host says by itself.
        let declared = headers.remove(CONTENT_LENGTH);
        if declared.is_some_and(|declared| declared != *body.len().to_string()) {
            return Err(Error::HttpRequestBodySize(u64::try_from(body.len()).ok()));
        }
        if !METHODS.contains(&method) {
            return Err(Error::HttpRequestMethodInvalid);
        }
        let headers: Result<_, _> = headers
            .iter()
            .map(|(name, value)| header(name, value))
            .collect();
        Ok(HttpRequest {
            upstream: self.upstream.clone(),
            repeatable: method.is_idempotent(),
            method,
            path: uri
                .path_and_query()
                .map_or("/", PathAndQuery::as_str)
                .to_owned(),
            headers: headers.map_err(|fault| self.told(HttpFault::Upstream(fault)))?,
            body: body.into(),
        })
    }

    /// As the client is told, which has no words for why a request is not sent: those are
    /// for the log.
    fn told(&self, fault: HttpFault) -> Error {
        let fault = match fault {
            HttpFault::NoSuchUpstream => return Error::DestinationNotFound,
            HttpFault::Upstream(fault) => fault,
        };
        match fault {
            UpstreamFault::Denied(why) => {
                let upstream = &*self.upstream;
                self.source.about(|plugin| {
                    warn!(
                        plugin,
                        upstream, "a request by wasi:http was not sent: {why}"
                    );
                });
                Error::HttpRequestDenied
            }
            UpstreamFault::Throttled => Error::ConnectionLimitReached,
            UpstreamFault::Deadline => Error::HttpResponseTimeout,
            UpstreamFault::Unreachable(_) => Error::DestinationUnavailable,
            UpstreamFault::Broken(_) => Error::HttpResponseIncomplete,
            UpstreamFault::Refused(_) => Error::HttpResponseBodySize(None),
        }
    }
}

/// A header as the capability has it. `claviger-secret-authorization: Bearer NAME` is
/// the header `authorization` with that secret in the place of its name.
fn header(name: &HeaderName, value: &HeaderValue) -> Result<(String, HttpHeader), UpstreamFault> {
    const VALUE: UpstreamFault =
        UpstreamFault::Denied("a header's value has other than visible characters");
    let text = value.to_str().map_err(|_| VALUE)?;
    let Some(name) = name.as_str().strip_prefix(SECRET) else {
        return Ok((name.as_str().to_owned(), HttpHeader::Text(text.to_owned())));
    };
    let (prefix, secret) = text.split_at(text.rfind(' ').map_or(0, |space| space + 1));
    let (prefix, secret) = (prefix.to_owned(), secret.to_owned());
    Ok((name.to_owned(), HttpHeader::Secret { prefix, secret }))
}

/// What the client is given. The room that the answer does not need is free again.
fn response(
    answer: Answer,
    mut room: OwnedSemaphorePermit,
    body: AnswerBody,
) -> Result<Response<WasiBody>, Error> {
    let needed = usize::try_from(kib(answer.body.len())).unwrap_or(usize::MAX);
    drop(room.split(room.num_permits().saturating_sub(needed)));
    body.fill(answer.body, room);
    let mut response = Response::new(body.boxed_unsync());
    *response.status_mut() =
        StatusCode::from_u16(answer.status).map_err(|_| Error::HttpProtocolError)?;
    for (name, value) in &answer.headers {
        let name = HeaderName::from_bytes(name.as_bytes());
        if let (Ok(name), Ok(value)) = (name, HeaderValue::from_str(value)) {
            response.headers_mut().append(name, value);
        }
    }
    Ok(response)
}

/// So many bytes, in KiB.
fn kib(bytes: usize) -> u32 {
    u32::try_from(bytes.div_ceil(1024)).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_stands_where_its_name_stood() {
        for (value, expected) in [
            ("api-token", ("", "api-token")),
            ("Bearer api-token", ("Bearer ", "api-token")),
            ("a b c", ("a b ", "c")),
            ("Bearer", ("", "Bearer")),
        ] {
            let name = HeaderName::from_static("claviger-secret-authorization");
            let (name, value) = header(&name, &HeaderValue::from_static(value)).unwrap();
            assert_eq!(name, "authorization");
            let HttpHeader::Secret { prefix, secret } = value else {
                panic!("a secret")
            };
            assert_eq!((&*prefix, &*secret), expected);
        }
    }

    #[test]
    fn other_headers_are_texts() {
        let name = HeaderName::from_static("x-claviger-secret-a");
        let (name, value) = header(&name, &HeaderValue::from_static("api-token")).unwrap();
        assert_eq!(name, "x-claviger-secret-a");
        assert!(matches!(value, HttpHeader::Text(text) if text == "api-token"));
        let bytes = HeaderValue::from_bytes(b"\xff").unwrap();
        assert!(header(&HeaderName::from_static("x-a"), &bytes).is_err());
    }
}
