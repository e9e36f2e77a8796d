//! What a hostile key store does to the one beside it:
//! `cargo bench -p claviger --bench neighbours`.
//!
//! Starts the program with two key stores: a good one, of which 200 requests a second
//! are asked, and one whose plugins loop, compute, wait, trap, allocate, return too
//! much or start slowly, which 40 connections ask as fast as they are answered. Prints
//! what the good one's callers, and probes, notice. On all processors and on one;
//! bounded in connections and time; some six minutes.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a benchmark prints, and a benchmark that meets the unexpected should panic"
)]

#[path = "load/answer.rs"]
mod answer;
#[path = "load/closed_loop.rs"]
#[expect(dead_code, reason = "for the load comparison")]
mod closed_loop;
#[path = "neighbours/hostility.rs"]
mod hostility;
#[path = "load/key_store.rs"]
#[expect(dead_code, reason = "for the load comparison")]
mod key_store;
#[path = "load/kms_request.rs"]
#[expect(dead_code, reason = "for the load comparison")]
mod kms_request;
#[path = "load/open_loop.rs"]
#[expect(dead_code, reason = "for the load comparison")]
mod open_loop;
#[path = "neighbours/probes.rs"]
mod probes;
#[path = "load/server_process.rs"]
#[expect(dead_code, reason = "for the load comparison")]
mod server_process;
#[path = "load/state_folder.rs"]
#[expect(dead_code, reason = "for the load comparison")]
mod state_folder;
#[path = "load/tls.rs"]
#[expect(dead_code, reason = "for the load comparison")]
mod tls;
#[path = "neighbours/upstreams.rs"]
mod upstreams;

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use clap::Parser as _;

use hostility::{HOSTILITIES, Hostility, Site};
use kms_request::Call;
use open_loop::{Latencies, Offer};
use server_process::ServerProcess;

/// Connections of the hostile key store.
const HOSTILE: usize = 40;
/// What the good key store is asked.
const GOOD: Offer = Offer {
    rate: 200,
    connections: 4,
};

/// Measures what a key store notices of a hostile one beside it.
#[derive(clap::Parser)]
struct Arguments {
    /// Seconds of each row
    #[arg(long, default_value_t = 8, value_parser = clap::value_parser!(u64).range(1..=120))]
    seconds: u64,
    /// Only the rows whose names contain this text, and the one without a neighbour
    #[arg(long, default_value = "")]
    only: String,
    /// Given by Cargo
    #[arg(long, hide = true)]
    bench: bool,
}

fn main() {
    let arguments = Arguments::parse();
    let duration = Duration::from_secs(arguments.seconds);
    let site = Site::make();
    println!(
        "{} requests/s to the good key store, {HOSTILE} connections to the hostile one.\n\n\
         | server on | neighbour | p50 ms | × alone | p99 ms | max ms | not 200 \
         | slowest probe ms | hostile answers/s |\n|---|---|---|---|---|---|---|---|---|",
        GOOD.rate
    );
    for (processors, start) in [
        (
            "all",
            ServerProcess::host as fn(&std::path::Path) -> ServerProcess,
        ),
        ("one", ServerProcess::host_on_one_processor),
    ] {
        let alone = Row::measure(&site, None, start, duration);
        alone.print(processors, "none", &alone);
        for hostility in HOSTILITIES {
            if hostility.name.contains(&arguments.only) {
                let row = Row::measure(&site, Some(hostility), start, duration);
                row.print(processors, hostility.name, &alone);
            }
        }
    }
}

/// What was noticed beside one neighbour.
struct Row {
    good: Latencies,
    slowest_probe: Duration,
    hostile_per_second: f64,
}

impl Row {
    fn measure(
        site: &Site,
        hostility: Option<&Hostility>,
        start: fn(&std::path::Path) -> ServerProcess,
        duration: Duration,
    ) -> Self {
        let configuration = site.configuration(hostility);
        let server = start(&configuration);
        let key_store = key_store::KeyStore::first_of(&configuration);
        let request = key_store.sign(&Call::encrypt(false));
        let (server, key_store, ended) = (&server, &key_store, &AtomicBool::new(false));
        thread::scope(|scope| {
            let hostile = hostility.map(|hostility| {
                let beside = key_store.beside(hostility::PREFIX);
                let sign = |key: &&str| beside.sign(&Call::encrypt(false).with_key(key));
                let requests: Vec<_> = hostility.keys.iter().map(sign).collect();
                // Until the good one has been measured.
                let longer = duration + Duration::from_secs(2);
                scope.spawn(move || {
                    let client = key_store.client();
                    closed_loop::run(server, client, &requests, HOSTILE, longer)
                })
            });
            let probing = scope.spawn(move || probes::slowest(site.probe(), ended));
            let good = open_loop::run(server, key_store.client(), &request, GOOD, duration);
            ended.store(true, Ordering::Relaxed);
            let slowest_probe = probing.join().expect("it does not panic");
            let round = hostile.map(|hostile| hostile.join().expect("it does not panic"));
            site.forget_audit_records();
            Self {
                good,
                slowest_probe,
                hostile_per_second: round.map_or(0.0, |round| {
                    round.requests_per_second
                        + f64::from(round.refused) / (duration.as_secs_f64() + 2.0)
                }),
            }
        })
    }

    fn print(&self, processors: &str, name: &str, alone: &Self) {
        let ms = |latencies: &Latencies, quantile| {
            let microseconds = latencies.histogram.value_at_quantile(quantile);
            Duration::from_micros(microseconds).as_secs_f64() * 1e3
        };
        println!(
            "| {processors} | {name} | {:.2} | {:.1} | {:.2} | {:.1} | {} | {:.1} | {:.0} |",
            ms(&self.good, 0.5),
            ms(&self.good, 0.5) / ms(&alone.good, 0.5),
            ms(&self.good, 0.99),
            ms(&self.good, 1.0),
            self.good.refused,
            self.slowest_probe.as_secs_f64() * 1e3,
            self.hostile_per_second,
        );
    }
}
