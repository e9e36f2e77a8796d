//! The host against the native floor, in turn, and what is printed of it.

use std::time::Duration;

use crate::contestant::{Contestant, Pairs};
use crate::key_store::KeyStore;
use crate::kms_request::Call;
use crate::open_loop::{self, QUOTA};
use crate::server_process::ServerProcess;
use crate::state_folder::{self, StateFolder};
use crate::table;

/// What all rows ask, and with what.
pub(crate) struct Comparison<'f> {
    folder: &'f StateFolder,
    key_store: KeyStore,
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
        Self {
            folder,
            key_store: KeyStore::first_of(&folder.path().join("claviger.toml")),
            duration,
            only,
        }
    }

    /// Prints the table, a row as soon as it is measured.
    pub(crate) fn print(&self, rounds: u32, variation_rounds: u32) {
        table::print_heading("floor");
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
        let host = self.contestant(row, self.host(row));
        let floor = self.contestant(row, ServerProcess::floor(&self.folder.path()));
        let pairs = Pairs::measure(&host, &floor, rounds, self.duration, |round| {
            self.folder.forget_audit_records(round.refused > 0);
        });
        table::print_row(row.name, &pairs);
    }

    /// Prints how long callers wait at the default quota of KMS.
    pub(crate) fn print_latencies(&self, duration: Duration) {
        println!(
            "{rate} requests/s offered over {connections} connections for {seconds} s, \
             latency in ms from the moment a request was due\n\n\
             | server | requests | p50 | p99 | p99.9 | max | not 200 |\n|---|---|---|---|---|---|---|",
            rate = QUOTA.rate,
            connections = QUOTA.connections,
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
        let request = self.key_store.sign(&self.call(MAIN.api, server));
        let found = open_loop::run(server, self.key_store.client(), &request, QUOTA, duration);
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

    fn contestant(&self, row: &Row, server: ServerProcess) -> Contestant<'_> {
        Contestant {
            call: self.call(row.api, &server),
            server,
            key_store: &self.key_store,
            callers: row.callers,
        }
    }

    fn call(&self, api: Api, server: &ServerProcess) -> Call {
        match api {
            Api::Encrypt => Call::encrypt(false),
            Api::EncryptWithIntegrityValue => Call::encrypt(true),
            Api::Decrypt => {
                let encrypted = self.key_store.ask(server, &Call::encrypt(false));
                Call::decrypt(&encrypted)
            }
            Api::GetKeyMetadata => Call::key_metadata(),
            Api::GetHealthStatus => Call::health(),
        }
    }
}
