//! Metrics, as Prometheus reads them: everything that is counted somewhere, written out
//! when somebody asks. `docs/metrics.md` says what each of them means.
//!
//! Nothing is registered: what is written are the key stores, plugins and resources of
//! the snapshot in force.

mod host;
mod key_store;
mod plugins;
mod samples;
mod upstreams;

use std::fmt;
use std::sync::{Arc, Weak};

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, prometheus_text, text};
use prometheus_client::registry::Registry;
use tokio::sync::Semaphore;

use super::connection::Arrivals;
use super::live::Live;
use super::seats::Seats;
use samples::Samples;

/// Scrapes at once. More are refused: each takes time of a processor.
const SCRAPES: usize = 2;
/// `OpenMetrics`, as the library writes it.
const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// What metrics are read from.
pub(super) struct Metrics {
    registry: Registry,
    scrapes: Arc<Semaphore>,
}

/// Where the numbers are.
struct Sources {
    /// Not held: the snapshot in force ends with the host, whoever scrapes.
    live: Weak<Live>,
    arrivals: Arc<Arrivals>,
    seats: Arc<Seats>,
}

/// The text of one scrape.
pub(super) struct Exposition {
    pub(super) content_type: &'static str,
    pub(super) text: String,
}

impl Metrics {
    pub(super) fn new(live: &Arc<Live>, arrivals: Arc<Arrivals>, seats: Arc<Seats>) -> Self {
        let mut registry = Registry::default();
        registry.register_collector(Box::new(Sources {
            live: Arc::downgrade(live),
            arrivals,
            seats,
        }));
        Self {
            registry,
            scrapes: Arc::new(Semaphore::new(SCRAPES)),
        }
    }

    /// Everything, in the format that `accept` wants. Nothing when too many ask at once.
    ///
    /// A thousand key stores are some ten megabytes of text: that is made where no
    /// request waits.
    pub(super) async fn scrape(self: Arc<Self>, accept: &str) -> Option<Exposition> {
        let scraping = Arc::clone(&self.scrapes).try_acquire_owned().ok()?;
        let open_metrics = accept.contains("application/openmetrics-text");
        let written = tokio::task::spawn_blocking(move || {
            let _scraping = scraping;
            let mut text = String::new();
            let written = if open_metrics {
                text::encode(&mut text, &self.registry)
            } else {
                prometheus_text::encode(&mut text, &self.registry)
            };
            written.map(|()| text)
        });
        Some(Exposition {
            content_type: if open_metrics {
                OPEN_METRICS
            } else {
                prometheus_text::CONTENT_TYPE
            },
            text: written.await.ok()?.ok()?,
        })
    }
}

impl Collector for Sources {
    fn encode(&self, encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let Some(live) = self.live.upgrade() else {
            return Ok(());
        };
        let mut samples = Samples::new(encoder);
        let snapshot = live.current();
        key_store::write(&mut samples, &snapshot)?;
        plugins::write(&mut samples, &snapshot)?;
        upstreams::write(&mut samples, &snapshot, &live.upstream_states())?;
        host::write(&mut samples, &live, &snapshot)?;
        host::connections(&mut samples, &self.arrivals.handshakes, &self.seats)
    }
}

impl fmt::Debug for Sources {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Sources").finish_non_exhaustive()
    }
}
