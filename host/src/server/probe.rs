//! The plain-HTTP probe for load balancers (XKS-125, XKS-126).
//!
//! On a port of its own, outside every proxy URI path and without a certificate. The
//! paths are the operator's: `/healthz` is 200 while the process lives, `/readyz` is 503
//! while it is about to stop or cannot serve. Why not is told on the control socket, and
//! not to strangers; the body names only the key stores that wait for something that was
//! not there at the start, a line each.

use std::convert::Infallible;
use std::time::Duration;

use bytes::Bytes;
use claviger_config::Probes;
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
    probes: &Probes,
    ready: impl Fn() -> bool,
    absent: impl Fn() -> Vec<String>,
) {
    let service = service_fn(|request: Request<hyper::body::Incoming>| {
        let asked = Asked::by(probes, request.method(), request.uri().path());
        let (status, body) = asked.answer(&ready, &absent);
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

/// What a probe wants to know.
#[derive(Debug, PartialEq, Eq)]
enum Asked {
    Live,
    Ready,
    SomethingElse,
}

impl Asked {
    fn by(probes: &Probes, method: &Method, path: &str) -> Self {
        let is_one_of = |paths: &[String]| paths.iter().any(|it| it == path);
        match *method {
            Method::GET | Method::HEAD if is_one_of(&probes.live) => Self::Live,
            Method::GET | Method::HEAD if is_one_of(&probes.ready) => Self::Ready,
            _ => Self::SomethingElse,
        }
    }

    fn answer(
        self,
        ready: impl Fn() -> bool,
        absent: impl Fn() -> Vec<String>,
    ) -> (StatusCode, String) {
        match self {
            Self::Live => (StatusCode::OK, String::new()),
            Self::Ready => {
                let named = |name| format!("absent: {name}\n");
                let body = absent().into_iter().map(named).collect();
                let status = if ready() {
                    StatusCode::OK
                } else {
                    StatusCode::SERVICE_UNAVAILABLE
                };
                (status, body)
            }
            Self::SomethingElse => (StatusCode::NOT_FOUND, String::new()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn probes(live: &str, ready: &str) -> Probes {
        Probes {
            live: vec![live.to_owned()],
            ready: vec![ready.to_owned()],
            lame_duck: Duration::ZERO,
        }
    }

    fn status(probes: &Probes, path: &str, ready: bool) -> u16 {
        let asked = Asked::by(probes, &Method::GET, path);
        asked.answer(|| ready, Vec::new).0.as_u16()
    }

    #[test]
    fn xks_126_readiness_turns_503_and_liveness_does_not() {
        let usual = probes("/healthz", "/readyz");
        assert_eq!(status(&usual, "/healthz", false), 200);
        assert_eq!(status(&usual, "/readyz", true), 200);
        assert_eq!(status(&usual, "/readyz", false), 503);
        assert_eq!(status(&usual, "/kms/xks/v1/health", true), 404);
    }

    #[test]
    fn flt_77_the_paths_are_the_operators() {
        let own = probes("/live", "/ping");
        assert_eq!(status(&own, "/live", false), 200);
        assert_eq!(status(&own, "/ping", false), 503);
        assert_eq!(status(&own, "/healthz", true), 404);
        assert_eq!(
            Asked::by(&own, &Method::POST, "/ping"),
            Asked::SomethingElse
        );
    }

    #[test]
    fn readiness_names_the_key_stores_that_wait_and_liveness_does_not() {
        let absent = || vec!["one".to_owned(), "two".to_owned()];
        let body = Asked::Ready.answer(|| true, absent).1;
        assert_eq!(body, "absent: one\nabsent: two\n");
        assert_eq!(Asked::Live.answer(|| true, absent).1, "");
    }
}
