//! The plain-HTTP probe for load balancers (XKS-125, XKS-126).
//!
//! On a port of its own, outside every proxy URI path and without a certificate:
//! `/healthz` is 200 while the process lives, `/readyz` is 503 while it drains or no
//! key manager serves. Its body names the key stores that wait for something that was
//! not there at the start, a line each; of the inside there is not a word more.

use std::convert::Infallible;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::Full;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

/// How long a probe may take, from its connection to its end. Load balancers open one
/// for each probe, and want the answer within a second or two.
const PROBE: Duration = Duration::from_secs(2);

/// Answers one probe; `ready` tells whether to send traffic, and
/// `absent` which key stores wait.
pub(crate) async fn serve(
    stream: TcpStream,
    ready: impl Fn() -> bool,
    absent: impl Fn() -> Vec<String>,
) {
    let service = service_fn(|request: Request<hyper::body::Incoming>| {
        let status = status(request.method(), request.uri().path(), &ready);
        let body = body(request.uri().path(), &absent);
        let mut response = Response::new(Full::new(Bytes::from(body)));
        *response.status_mut() = status;
        async { Ok::<_, Infallible>(response) }
    });
    let probe = http1::Builder::new()
        .header_read_timeout(None)
        .keep_alive(false)
        .serve_connection(TokioIo::new(stream), service);
    // A probe that ends badly is the prober's business.
    let _ = tokio::time::timeout(PROBE, probe).await;
}

fn status(method: &Method, path: &str, ready: impl Fn() -> bool) -> StatusCode {
    match (method, path) {
        (&Method::GET | &Method::HEAD, "/healthz") => StatusCode::OK,
        (&Method::GET | &Method::HEAD, "/readyz") if ready() => StatusCode::OK,
        (&Method::GET | &Method::HEAD, "/readyz") => StatusCode::SERVICE_UNAVAILABLE,
        _ => StatusCode::NOT_FOUND,
    }
}

fn body(path: &str, absent: impl Fn() -> Vec<String>) -> String {
    let named = |name| format!("absent: {name}\n");
    match path {
        "/readyz" => absent().into_iter().map(named).collect(),
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn xks_126_readiness_turns_503_and_liveness_does_not() {
        let status = |path, ready| status(&Method::GET, path, || ready).as_u16();
        assert_eq!(status("/healthz", false), 200);
        assert_eq!(status("/readyz", true), 200);
        assert_eq!(status("/readyz", false), 503);
        assert_eq!(status("/kms/xks/v1/health", true), 404);
    }

    #[test]
    fn readiness_names_the_key_stores_that_wait_and_liveness_does_not() {
        let absent = || vec!["one".to_owned(), "two".to_owned()];
        assert_eq!(body("/readyz", absent), "absent: one\nabsent: two\n");
        assert_eq!(body("/healthz", absent), "");
    }
}
