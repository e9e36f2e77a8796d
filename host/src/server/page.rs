//! The page for people at this machine: how the host is, and what it does.
//!
//! On an address of loopback, read-only, without a payload. A browser can be made to ask
//! by any site that somebody visits, so what is asked for under another name (DNS
//! rebinding) or by a page of another origin gets nothing.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use http_body_util::Full;
use humantime::format_rfc3339_millis;
use hyper::body::Incoming;
use hyper::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HOST, HeaderMap, HeaderName, HeaderValue,
    ORIGIN, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use serde::Serialize;
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::Listening;
use super::control::messages::Status;
use super::control::status;
use super::live::Live;
use crate::front::xks::{Denials, Newer, Point, STEP, Seen};

/// How long one connection may be open. Browsers open another one.
const CONNECTION: Duration = Duration::from_mins(10);

const HTML: &str = "text/html; charset=utf-8";
const CSS: &str = "text/css; charset=utf-8";
const SCRIPT: &str = "text/javascript; charset=utf-8";

/// Path, content type and text of each file.
const FILES: [(&str, &str, &str); 12] = [
    ("/", HTML, include_str!("page/index.html")),
    ("/page.css", CSS, include_str!("page/page.css")),
    ("/page.js", SCRIPT, include_str!("page/page.js")),
    ("/charts.js", SCRIPT, include_str!("page/charts.js")),
    ("/detail.js", SCRIPT, include_str!("page/detail.js")),
    ("/dom.js", SCRIPT, include_str!("page/dom.js")),
    ("/records.js", SCRIPT, include_str!("page/records.js")),
    ("/requests.js", SCRIPT, include_str!("page/requests.js")),
    ("/state.js", SCRIPT, include_str!("page/state.js")),
    ("/stores.js", SCRIPT, include_str!("page/stores.js")),
    ("/top.js", SCRIPT, include_str!("page/top.js")),
    ("/words.js", SCRIPT, include_str!("page/words.js")),
];

const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
                      connect-src 'self'; img-src 'self' data:; base-uri 'none'; \
                      form-action 'none'; frame-ancestors 'none'";

/// What the page shows.
#[derive(Clone)]
pub(super) struct Shown {
    pub(super) live: Arc<Live>,
    pub(super) listening: Listening,
}

#[derive(Serialize)]
struct State {
    now: String,
    started: String,
    status: Status,
    requests: Vec<Arc<Seen>>,
    missed: u64,
    history: History,
    denials: Vec<Denials>,
    changes: Vec<Change>,
}

#[derive(Serialize)]
struct History {
    step_seconds: u64,
    points: Vec<Point>,
}

#[derive(Serialize)]
struct Change {
    time: String,
    what: String,
}

/// Serves one connection of a browser.
pub(super) async fn serve(stream: TcpStream, shown: &Shown) {
    let service = service_fn(|request: Request<Incoming>| {
        let mut answer = answer(&request, shown);
        let headers = answer.headers_mut();
        for (name, value) in HEADERS {
            headers.insert(name, HeaderValue::from_static(value));
        }
        async { Ok::<_, Infallible>(answer) }
    });
    let connection = http1::Builder::new()
        .header_read_timeout(None)
        .serve_connection(TokioIo::new(stream), service);
    let _ = timeout(CONNECTION, connection).await;
}

/// Of every answer.
const HEADERS: [(HeaderName, &str); 6] = [
    (CONTENT_SECURITY_POLICY, POLICY),
    (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (X_FRAME_OPTIONS, "DENY"),
    (REFERRER_POLICY, "no-referrer"),
    (CACHE_CONTROL, "no-store"),
    (
        HeaderName::from_static("cross-origin-resource-policy"),
        "same-origin",
    ),
];

fn answer(request: &Request<Incoming>, shown: &Shown) -> Response<Full<Bytes>> {
    let page = shown.listening.page;
    if !page.is_some_and(|page| is_own(request.headers(), page)) {
        let why = "open this page by its address, not from another site";
        return with(StatusCode::FORBIDDEN, "text/plain", why);
    }
    if request.method() != Method::GET {
        return with(StatusCode::METHOD_NOT_ALLOWED, "text/plain", "");
    }
    let path = request.uri().path();
    if path == "/state" {
        let after = request
            .uri()
            .query()
            .and_then(|it| it.strip_prefix("after="));
        let after = after.and_then(|after| after.parse().ok()).unwrap_or(0);
        return match serde_json::to_vec(&shown.state(after)) {
            Ok(state) => with(StatusCode::OK, "application/json", state),
            Err(_) => with(StatusCode::INTERNAL_SERVER_ERROR, "text/plain", ""),
        };
    }
    match FILES.iter().find(|(at, ..)| *at == path) {
        Some((_, kind, text)) => with(StatusCode::OK, kind, *text),
        None => with(StatusCode::NOT_FOUND, "text/plain", ""),
    }
}

fn with(status: StatusCode, kind: &'static str, body: impl Into<Bytes>) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(body.into()));
    *response.status_mut() = status;
    let kind = HeaderValue::from_static(kind);
    response.headers_mut().insert(CONTENT_TYPE, kind);
    response
}

/// Whether a request is for this page by a name that nobody else can give it, and not
/// from a page of another origin.
fn is_own(headers: &HeaderMap, page: SocketAddr) -> bool {
    let port = page.port();
    let names = [format!("localhost:{port}"), page.to_string()];
    let is_name = |name: &str| names.iter().any(|own| own.eq_ignore_ascii_case(name));
    let text = |name: HeaderName| {
        let mut values = headers.get_all(name).iter().map(HeaderValue::to_str);
        match (values.next(), values.next()) {
            (None, _) => Ok(None),
            (Some(Ok(value)), None) => Ok(Some(value)),
            _ => Err(()),
        }
    };
    let host = text(HOST).is_ok_and(|host| host.is_some_and(is_name));
    let origin = text(ORIGIN).is_ok_and(|origin| {
        origin.is_none_or(|origin| origin.strip_prefix("http://").is_some_and(is_name))
    });
    let site = text(HeaderName::from_static("sec-fetch-site"));
    host && origin
        && site.is_ok_and(|site| site.is_none_or(|it| matches!(it, "same-origin" | "none")))
}

impl Shown {
    fn state(&self, after: u64) -> State {
        let (live, snapshot) = (&self.live, self.live.current());
        let recent = snapshot.xks.counters().recent.as_ref();
        let newer = recent.map(|recent| recent.newer_than(after));
        let Newer {
            requests,
            missed,
            points,
            denials,
        } = newer.unwrap_or_default();
        let time = |time| format_rfc3339_millis(time).to_string();
        let changes = live.changes().into_iter();
        State {
            now: time(SystemTime::now()),
            started: time(live.began()),
            status: status::of(live, self.listening),
            requests,
            missed,
            history: History {
                step_seconds: STEP,
                points,
            },
            denials,
            changes: changes
                .map(|(at, what)| Change {
                    time: time(at),
                    what,
                })
                .collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_answered(fields: &[(&'static str, &str)]) -> bool {
        let mut headers = HeaderMap::new();
        for (name, value) in fields {
            headers.append(*name, HeaderValue::from_str(value).unwrap());
        }
        is_own(&headers, "127.0.0.1:8081".parse().unwrap())
    }

    #[test]
    fn another_name_or_origin_gets_nothing() {
        let own = ("host", "127.0.0.1:8081");
        assert!(is_answered(&[own]));
        assert!(is_answered(&[
            ("host", "localhost:8081"),
            ("sec-fetch-site", "none")
        ]));
        let same = [
            own,
            ("origin", "http://127.0.0.1:8081"),
            ("sec-fetch-site", "same-origin"),
        ];
        assert!(is_answered(&same));
        for others in [
            &[][..],
            &[("host", "rebound.example:8081")],
            &[("host", "127.0.0.1")],
            &[("host", "127.0.0.1:8082")],
            &[own, own],
            &[own, ("origin", "https://evil.example")],
            &[own, ("origin", "null")],
            &[own, ("sec-fetch-site", "cross-site")],
            &[own, ("sec-fetch-site", "same-site")],
        ] {
            assert!(!is_answered(others), "{others:?}");
        }
    }
}
