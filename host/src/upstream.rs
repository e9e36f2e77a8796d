//! Upstreams: servers that plugins reach by name, over HTTP or as a stream of bytes.
//!
//! The host owns address, TLS and certificates. An [`Upstream`] is a resource: it is
//! opened once and shared. What one use of a plugin by a key store has of it is an
//! [`UpstreamShare`], with a limit of its own on what is under way: a key store that
//! waits for a slow upstream takes nothing from another.

mod answer;
mod counts;
mod dial;
mod exchange;
mod fault;
mod gate;
mod order;
mod request;
mod share;
mod stream;
mod tls;
mod wire;

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use claviger_config::{PathPrefix, Scheme, Upstream as Configured};
use claviger_settings::Fault;
use http_body_util::Full;
use hyper::HeaderMap;
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioTimer;
use zeroize::Zeroizing;

use crate::words::Rate;

use dial::{Connector, Dial, Home};
use order::Order;

pub(crate) use answer::Answer;
pub(crate) use counts::{UpstreamCounts, UpstreamResult};
pub(crate) use exchange::REST;
pub(crate) use fault::UpstreamFault;
pub(crate) use request::{BODY, Method, Request, admitted_header};
pub(crate) use share::{GrantedUpstreams, UpstreamShare};
pub(crate) use stream::Stream;

/// The longest head of an answer, in bytes.
const HEAD_BYTES: usize = 32 << 10;
/// Most headers of an answer.
const HEADERS: usize = 128;

/// A server, or several that stand for one.
pub(crate) struct Upstream {
    name: Arc<str>,
    is_http: bool,
    dial: Arc<Dial>,
    client: Client<Connector, Full<Bytes>>,
    order: Order,
    paths: Vec<PathPrefix>,
    /// What every request carries.
    headers: HeaderMap,
    /// Of those: what no answer may repeat.
    secrets: Vec<Zeroizing<Vec<u8>>>,
    limits: Limits,
    /// Lines about it.
    lines: Rate,
}

/// What the operator allows of an upstream, for each key store.
#[derive(Clone, Copy, Debug)]
struct Limits {
    connections: usize,
    queue: usize,
    answer: Duration,
    answer_bytes: usize,
    idle: Duration,
}

impl Upstream {
    /// Reads the files that it is made with; connects to nothing. Its connections will
    /// live on the threads of the caller. `secret` is where
    /// secrets of headers are. All faults are returned.
    pub(crate) fn open(
        name: &str,
        configured: &Configured,
        secret: impl Fn(&str) -> Option<Zeroizing<Vec<u8>>>,
    ) -> Result<Self, Vec<Fault>> {
        let scheme = configured.scheme();
        let tls = match scheme {
            Scheme::Http => Ok(None),
            Scheme::Https | Scheme::Tls => tls::client(configured).map(Some),
        };
        let headers = request::of_the_operator(configured, secret);
        let (tls, (headers, secrets)) = match (tls, headers) {
            (Ok(tls), Ok(headers)) => (tls, headers),
            (tls, headers) => {
                return Err([tls.err(), headers.err()]
                    .into_iter()
                    .flatten()
                    .flatten()
                    .collect());
            }
        };
        let home = Home::here();
        let dial = Arc::new(Dial::new(
            configured.origins.clone(),
            tls,
            configured.connect,
            home.clone(),
        ));
        let client = Client::builder(home)
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(configured.idle)
            .pool_max_idle_per_host(configured.connections)
            .http1_max_buf_size(HEAD_BYTES)
            .http1_max_headers(HEADERS)
            // Without it a request whose connection ended while it was idle fails.
            .retry_canceled_requests(true)
            .set_host(true)
            .build(Connector(Arc::clone(&dial)));
        Ok(Self {
            name: name.into(),
            is_http: scheme != Scheme::Tls,
            order: Order::new(configured.origins.len()),
            dial,
            client,
            paths: configured.paths.clone(),
            headers,
            secrets,
            limits: Limits {
                connections: configured.connections,
                queue: configured.queue,
                answer: configured.answer,
                answer_bytes: configured.answer_bytes,
                idle: configured.idle,
            },
            lines: Rate::of_log_lines(),
        })
    }

    /// The operator's name for it.
    pub(crate) fn name(&self) -> &Arc<str> {
        &self.name
    }

    /// Whether one of its addresses answered last, or none was tried.
    pub(crate) fn is_up(&self) -> bool {
        self.order.is_up()
    }
}
