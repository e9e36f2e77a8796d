//! The host against the native floor, in turn, and what is printed of it.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use claviger_xks::credential::Credential;
use rustls::ClientConfig;

use crate::closed_loop::{self, CONNECTIONS, Round, call_once};
use crate::kms_request::{AAD, Call, PLAINTEXT};
use crate::open_loop;
use crate::server_process::ServerProcess;
use crate::state_folder::{self, StateFolder};
use crate::tls;

/// What all rows ask, and with what.
pub(crate) struct Comparison<'f> {
    folder: &'f StateFolder,
    credential: Credential,
    client: Arc<ClientConfig>,
    duration: Duration,
    only: &'f str,
}

/// One line of the table: the same request to both servers.
struct Row {
    name: &'static str,
    api: Api,
    /// What the host's configuration has instead of the defaults of
    /// `claviger dev`. The native floor has nothing to configure.
    variation: &'static [(&'static str, &'static str)],
    /// How many principals ask in turn. A policy's decision on one is repeated
    /// for half a second at the most.
    callers: u32,
}

/// More than are served in half a second, so that no decision is repeated.
const EVER_NEW: u32 = 50_000;

#[derive(Clone, Copy)]
enum Api {
    Encrypt,
    EncryptWithIntegrityValue,
    Decrypt,
    GetKeyMetadata,
    GetHealthStatus,
}

const MAIN: Row = Row {
    name: "Encrypt",
    api: Api::Encrypt,
    variation: &[],
    callers: 1,
};

const VARIATIONS: &[Row] = &[
    Row {
        name: "Encrypt with integrity value",
        api: Api::EncryptWithIntegrityValue,
        variation: &[],
        callers: 1,
    },
    Row {
        name: "Decrypt",
        api: Api::Decrypt,
        variation: &[],
        callers: 1,
    },
    Row {
        name: "Encrypt, every request of another principal",
        api: Api::Encrypt,
        variation: &[],
        callers: EVER_NEW,
    },
    Row {
        name: "Encrypt, cipher = \"guest\"",
        api: Api::Encrypt,
        variation: state_folder::CIPHER_GUEST,
        callers: 1,
    },
    Row {
        name: "Encrypt, isolation = \"per-request\"",
        api: Api::Encrypt,
        variation: state_folder::PER_REQUEST,
        callers: 1,
    },
    Row {
        name: "Encrypt, no policy",
        api: Api::Encrypt,
        variation: state_folder::NO_POLICY,
        callers: 1,
    },
    Row {
        name: "Encrypt, audit to /dev/null",
        api: Api::Encrypt,
        variation: state_folder::AUDIT_TO_NOWHERE,
        callers: 1,
    },
    Row {
        name: "GetKeyMetadata",
        api: Api::GetKeyMetadata,
        variation: &[],
        callers: 1,
    },
    Row {
        name: "GetHealthStatus",
        api: Api::GetHealthStatus,
        variation: &[],
        callers: 1,
    },
];

impl<'f> Comparison<'f> {
    pub(crate) fn new(folder: &'f StateFolder, duration: Duration, only: &'f str) -> Self {
        let path = folder.path();
        Self {
            folder,
            credential: state_folder::credential(&path),
            client: tls::client_config(&path),
            duration,
            only,
        }
    }

    /// Prints the table, a row as soon as it is measured.
    pub(crate) fn print(&self, rounds: u32, variation_rounds: u32) {
        println!(
            "{CONNECTIONS} connections, TLS 1.3, HTTP/1.1 keep-alive; \
             plaintext {PLAINTEXT} bytes, AAD {AAD} bytes.\n\
             Medians; ratios are host / floor of neighbouring rounds, with their range.\n\n\
             | request | requests/s: host | floor | ratio | server CPU µs/request: host | floor | ratio | generator µs | not 200 |\n\
             |---|---|---|---|---|---|---|---|---|"
        );
        self.print_row(&MAIN, rounds);
        for row in VARIATIONS {
            self.print_row(row, variation_rounds);
        }
        println!();
    }

    fn print_row(&self, row: &Row, rounds: u32) {
        if rounds == 0 || !row.name.contains(self.only) {
            return;
        }
        let host = self.host(row);
        let floor = ServerProcess::floor(&self.folder.path());
        let (host_call, floor_call) = (self.call(row.api, &host), self.call(row.api, &floor));
        let mut pairs = Vec::new();
        for round in 0..rounds {
            // A machine that warms up or slows down does so to both.
            pairs.push(if round % 2 == 0 {
                let host = self.round(&host, &host_call, row.callers);
                (host, self.round(&floor, &floor_call, row.callers))
            } else {
                let floor = self.round(&floor, &floor_call, row.callers);
                (self.round(&host, &host_call, row.callers), floor)
            });
        }
        let hosts = |figure: fn(&Round) -> f64| median(pairs.iter().map(|(host, _)| figure(host)));
        let floors =
            |figure: fn(&Round) -> f64| median(pairs.iter().map(|(_, floor)| figure(floor)));
        let ratio = |figure: fn(&Round) -> f64| {
            let ratios = || {
                pairs
                    .iter()
                    .map(|(host, floor)| figure(host) / figure(floor))
            };
            let least = ratios().fold(f64::INFINITY, f64::min);
            let most = ratios().fold(0.0, f64::max);
            format!("**{:.2}** ({least:.2}–{most:.2})", median(ratios()))
        };
        let (rate, cpu) = (
            |round: &Round| round.requests_per_second,
            |round: &Round| round.server_us,
        );
        println!(
            "| {name} | {:.0} | {:.0} | {} | {:.1} | {:.1} | {} | {:.1} | {refused} |",
            hosts(rate),
            floors(rate),
            ratio(rate),
            hosts(cpu),
            floors(cpu),
            ratio(cpu),
            hosts(|round| round.generator_us),
            name = row.name,
            refused = pairs
                .iter()
                .map(|(host, floor)| host.refused + floor.refused)
                .sum::<u32>(),
        );
    }

    /// Prints how long callers wait at the default quota of KMS.
    pub(crate) fn print_latencies(&self, duration: Duration) {
        println!(
            "{rate} requests/s offered over {CONNECTIONS} connections for {seconds} s, \
             latency in ms from the moment a request was due\n\n\
             | server | requests | p50 | p99 | p99.9 | max | not 200 |\n|---|---|---|---|---|---|---|",
            rate = open_loop::RATE,
            seconds = duration.as_secs(),
        );
        self.print_latency("host", &self.host(&MAIN), duration);
        self.print_latency(
            "floor",
            &ServerProcess::floor(&self.folder.path()),
            duration,
        );
    }

    fn print_latency(&self, name: &str, server: &ServerProcess, duration: Duration) {
        let request = self.sign(&self.call(MAIN.api, server));
        let found = open_loop::run(server, &self.client, &request, duration);
        let milliseconds =
            |microseconds: u64| Duration::from_micros(microseconds).as_secs_f64() * 1e3;
        let quantile = |quantile| milliseconds(found.histogram.value_at_quantile(quantile));
        println!(
            "| {name} | {} | {:.2} | {:.2} | {:.2} | {:.2} | {} |",
            found.histogram.len(),
            quantile(0.5),
            quantile(0.99),
            quantile(0.999),
            milliseconds(found.histogram.max()),
            found.refused,
        );
        self.folder.forget_audit_records(found.refused > 0);
    }

    fn host(&self, row: &Row) -> ServerProcess {
        ServerProcess::host(&self.folder.variation("measured", row.variation))
    }

    fn call(&self, api: Api, server: &ServerProcess) -> Call {
        match api {
            Api::Encrypt => Call::encrypt(false),
            Api::EncryptWithIntegrityValue => Call::encrypt(true),
            Api::Decrypt => {
                let encrypt = self.sign(&Call::encrypt(false));
                Call::decrypt(&call_once(server, &self.client, &encrypt))
            }
            Api::GetKeyMetadata => Call::key_metadata(),
            Api::GetHealthStatus => Call::health(),
        }
    }

    fn round(&self, server: &ServerProcess, call: &Call, callers: u32) -> Round {
        // Signed once a round: a signature is good for five minutes, and AWS KMS
        // may repeat a request (XKS-032, XKS-041).
        let requests: Vec<_> = (0..callers)
            .map(|number| self.sign(&call.of_caller(number)))
            .collect();
        let round = closed_loop::run(server, &self.client, &requests, self.duration);
        self.folder.forget_audit_records(round.refused > 0);
        round
    }

    fn sign(&self, call: &Call) -> Arc<[u8]> {
        call.to_bytes(&self.credential, SystemTime::now()).into()
    }
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<_> = values.collect();
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    if values.len() % 2 == 0 {
        f64::midpoint(values[middle - 1], values[middle])
    } else {
        values[middle]
    }
}
