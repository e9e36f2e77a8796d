//! The plain-HTTP probe for load balancers (XKS-125, XKS-126).
//!
//! On a port of its own, outside every proxy URI path, without a certificate and
//! without a word about the inside: `/healthz` is 200 while the process lives,
//! `/readyz` is 503 while it drains or no key manager serves.

use std::convert::Infallible;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::Empty;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

/// How long a probe may take, from its connection to its end. Load balancers open one
/// for each probe, and want the answer within a second or two.
const PROBE: Duration = Duration::from_secs(2);

/// Answers one probe; `ready` tells whether to send traffic.
pub(crate) async fn serve(stream: TcpStream, ready: impl Fn() -> bool) {
    let service = service_fn(|request: Request<hyper::body::Incoming>| {
        let status = status(request.method(), request.uri().path(), &ready);
        let mut response = Response::new(Empty::<Bytes>::new());
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
}
