//! One request and its answer, as raw as HTTP allows.

use std::error::Error as _;
use std::time::Duration;
use std::{fmt, io};

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HOST};
use http::uri::PathAndQuery;
use http::{HeaderMap, HeaderValue, Method, Request, StatusCode};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::client::conn::http1::SendRequest;
use tokio::time::{Instant, timeout_at};
use zeroize::Zeroizing;

use crate::connection::{ConnectTimes, Stage, TlsFault, TransportFault};
use crate::signing::Signing;

/// Any request. `Host`, `X-Amz-Date`, `Authorization` and `Content-Length` are
/// added when it is sent.
#[derive(Clone)]
pub struct RawRequest {
    /// POST for every API.
    pub method: Method,
    /// The request target.
    pub path: PathAndQuery,
    /// Further headers; [`RawRequest::post`] has `Content-Type`.
    pub headers: HeaderMap,
    /// The body that is signed, and sent too unless [`Self::body_sent`] is there.
    pub body: Bytes,
    /// A body to send instead of the one that was signed.
    pub body_sent: Option<Bytes>,
    /// How the request is signed; not at all when absent.
    pub signing: Option<Signing>,
}

impl RawRequest {
    /// POST with `Content-Type: application/json`, as AWS KMS sends all requests.
    pub fn post(path: PathAndQuery, body: impl Into<Bytes>, signing: Signing) -> Self {
        let mut headers = HeaderMap::new();
        headers.insert(
            CONTENT_TYPE,
            HeaderValue::from_static(claviger_xks::response::CONTENT_TYPE),
        );
        Self {
            method: Method::POST,
            path,
            headers,
            body: body.into(),
            body_sent: None,
            signing: Some(signing),
        }
    }

    pub(crate) fn signed(&self, host: &str) -> Result<Request<Full<Bytes>>, TransportFault> {
        let mut headers = self.headers.clone();
        let host = HeaderValue::from_str(host).map_err(|_| TransportFault::ServerName)?;
        headers.insert(HOST, host);
        if let Some(signing) = &self.signing {
            signing.sign(&self.method, self.path.as_str(), &mut headers, &self.body)?;
        }
        let body = self.body_sent.as_ref().unwrap_or(&self.body).clone();
        let mut request = Request::new(Full::new(body));
        *request.method_mut() = self.method.clone();
        *request.uri_mut() = self.path.clone().into();
        *request.headers_mut() = headers;
        Ok(request)
    }
}

/// A body may hold a plaintext.
impl fmt::Debug for RawRequest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("RawRequest")
            .field("method", &self.method)
            .field("path", &self.path)
            .field("signing", &self.signing)
            .finish_non_exhaustive()
    }
}

/// An answer as it came.
#[derive(Clone)]
pub struct RawAnswer {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The complete body, overwritten when dropped.
    pub body: Zeroizing<Vec<u8>>,
    /// How long it took.
    pub times: Times,
}

/// A body may hold a plaintext.
impl fmt::Debug for RawAnswer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("RawAnswer")
            .field("status", &self.status)
            .field("body", &format_args!("[{} bytes]", self.body.len()))
            .field("times", &self.times)
            .finish_non_exhaustive()
    }
}

/// How long a request took.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Times {
    /// Opening the connection; absent when an open one was used again.
    pub connection: Option<ConnectTimes>,
    /// From the first byte of the request to the last of the answer.
    pub exchange: Duration,
}

impl Times {
    /// What AWS KMS measures its limit against.
    pub fn total(&self) -> Duration {
        self.connection.map_or(Duration::ZERO, |one| one.total()) + self.exchange
    }
}

/// Sends a request over an open connection and reads the whole answer, at most
/// `max_body_bytes` of body.
pub(crate) async fn exchange(
    sender: &mut SendRequest<Full<Bytes>>,
    request: Request<Full<Bytes>>,
    connection: Option<ConnectTimes>,
    max_body_bytes: usize,
    deadline: Instant,
) -> Result<RawAnswer, TransportFault> {
    let start = Instant::now();
    let whole = async {
        sender.ready().await.map_err(|error| fault(&error))?;
        let answer = sender
            .send_request(request)
            .await
            .map_err(|error| fault(&error))?;
        let (head, body) = answer.into_parts();
        Ok::<_, TransportFault>((head, read(body, max_body_bytes).await?))
    };
    let (head, body) = timeout_at(deadline, whole)
        .await
        .map_err(|_| TransportFault::TimedOut(Stage::Answer))??;
    Ok(RawAnswer {
        status: head.status,
        headers: head.headers,
        body,
        times: Times {
            connection,
            exchange: start.elapsed(),
        },
    })
}

async fn read(mut body: Incoming, max: usize) -> Result<Zeroizing<Vec<u8>>, TransportFault> {
    let mut bytes = Zeroizing::new(Vec::new());
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|error| fault(&error))?;
        let Some(data) = frame.data_ref() else {
            continue;
        };
        if bytes.len() + data.len() > max {
            return Err(TransportFault::TooLarge { max });
        }
        bytes.extend_from_slice(data);
    }
    Ok(bytes)
}

fn fault(error: &hyper::Error) -> TransportFault {
    // With TLS 1.3 a refused client certificate shows only after the handshake.
    let mut source = error.source();
    while let Some(cause) = source {
        if let Some(cause) = cause.downcast_ref::<io::Error>()
            && let TlsFault::Refused(refused) = TlsFault::of(cause)
        {
            return TransportFault::Tls(TlsFault::Refused(refused));
        }
        source = cause.source();
    }
    if error.is_parse_too_large() {
        TransportFault::HeadTooLarge
    } else if error.is_parse() {
        TransportFault::NotHttp
    } else {
        TransportFault::Broken
    }
}
