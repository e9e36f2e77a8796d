//! The plain-HTTP probe for load balancers (XKS-125, XKS-126).
//!
//! On a port of its own, outside every proxy URI path and without a certificate. The
//! paths are the operator's: `/healthz` is 200 while the process lives, `/readyz` is 503
//! while it is about to stop or cannot serve, `/metrics` is what was counted. Why not is
//! told on the control socket, and not to strangers (FLT-73).

use std::convert::Infallible;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use claviger_config::Probes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::header::{ACCEPT, CONTENT_TYPE, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::sync::Notify;

use super::metrics::{Exposition, Metrics};

/// How long a probe may take, from its connection to its end. Load balancers open one
/// for each probe, and want the answer within a second or two.
const PROBE: Duration = Duration::from_secs(2);
/// The same for a scrape of metrics, which can be long.
const SCRAPE: Duration = Duration::from_secs(10);

/// What probes are told of the host.
pub(super) trait Host {
    /// Whether to send traffic.
    fn is_ready(&self) -> bool;

    /// What is counted.
    fn metrics(&self) -> Arc<Metrics>;
}

/// Answers one probe.
pub(super) async fn serve(stream: TcpStream, probes: &Probes, host: &impl Host) {
    let scraped = Notify::new();
    let service = service_fn(|request: Request<Incoming>| {
        let scraped = &scraped;
        async move {
            let asked = Asked::by(probes, request.method(), request.uri().path());
            if asked != Asked::Metrics {
                return Ok::<_, Infallible>(asked.answer(host));
            }
            scraped.notify_one();
            let accept = request.headers().get(ACCEPT);
            let accept = accept.and_then(|accept| accept.to_str().ok());
            Ok(scrape(host.metrics(), accept.unwrap_or_default()).await)
        }
    });
    let mut probe = pin!(
        http1::Builder::new()
            .header_read_timeout(None)
            .keep_alive(false)
            .serve_connection(TokioIo::new(stream), service)
    );
    // A probe that ends badly is the prober's business.
    tokio::select! {
        _ = probe.as_mut() => {}
        () = tokio::time::sleep(PROBE) => {}
        () = scraped.notified() => {
            let _ = tokio::time::timeout(SCRAPE, probe).await;
        }
    }
}

async fn scrape(metrics: Arc<Metrics>, accept: &str) -> Response<Full<Bytes>> {
    let Some(Exposition { content_type, text }) = metrics.scrape(accept).await else {
        return bare(StatusCode::SERVICE_UNAVAILABLE, String::new());
    };
    let mut response = bare(StatusCode::OK, text);
    let content_type = HeaderValue::from_static(content_type);
    response.headers_mut().insert(CONTENT_TYPE, content_type);
    response
}

fn bare(status: StatusCode, body: String) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from(body)));
    *response.status_mut() = status;
    response
}

/// What a probe wants to know.
#[derive(Debug, PartialEq, Eq)]
enum Asked {
    Live,
    Ready,
    Metrics,
    SomethingElse,
}

impl Asked {
    fn by(probes: &Probes, method: &Method, path: &str) -> Self {
        let is_one_of = |paths: &[String]| paths.iter().any(|it| it == path);
        match *method {
            Method::GET | Method::HEAD if is_one_of(&probes.live) => Self::Live,
            Method::GET | Method::HEAD if is_one_of(&probes.ready) => Self::Ready,
            Method::GET if is_one_of(&probes.metrics) => Self::Metrics,
            _ => Self::SomethingElse,
        }
    }

    fn answer(self, host: &impl Host) -> Response<Full<Bytes>> {
        match self {
            Self::Live => bare(StatusCode::OK, String::new()),
            Self::Ready => {
                let status = if host.is_ready() {
                    StatusCode::OK
                } else {
                    StatusCode::SERVICE_UNAVAILABLE
                };
                bare(status, String::new())
            }
            Self::Metrics | Self::SomethingElse => bare(StatusCode::NOT_FOUND, String::new()),
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
            metrics: vec!["/metrics".to_owned()],
            lame_duck: Duration::ZERO,
        }
    }

    /// Ready or not.
    struct Trial(bool);

    impl Host for Trial {
        fn is_ready(&self) -> bool {
            self.0
        }

        fn metrics(&self) -> Arc<Metrics> {
            unreachable!("nobody scrapes")
        }
    }

    fn status(probes: &Probes, path: &str, ready: bool) -> u16 {
        let asked = Asked::by(probes, &Method::GET, path);
        asked.answer(&Trial(ready)).status().as_u16()
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
}
