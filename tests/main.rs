//! Claviger from the outside: the built program, over real TLS connections.
//!
//! A test is named for the requirement it checks (`xks_071_…` checks XKS-071), or
//! for the fault that must not come back (`flt_03_…`). `catalogue` lists the rows of
//! both documents that have no test, each with its reason, and fails when a row is
//! in neither place.
//!
//! Every test has a server of its own, in a folder of its own. When the server
//! stops, everything it wrote is searched for every plaintext, secret and
//! signature that the test used; a find fails the test.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod harness;

mod audit;
mod authentication;
mod authorization;
mod catalogue;
mod command_line;
mod conformance;
mod contract;
mod control;
mod curl;
mod decrypt;
mod dev;
mod directory;
mod doctor;
mod documents;
mod encrypt;
mod errors;
mod everything;
mod example_plugins;
mod health;
mod integrity_value;
mod key_metadata;
mod key_on_token;
mod kmip;
mod kmip_guide;
mod lame_duck;
mod languages;
mod layers;
mod limits;
mod local_kms;
mod log;
mod metrics;
mod mutual_tls;
mod neighbours;
mod old_state;
mod openbao;
mod openbao_guide;
mod page;
mod plugin_tool;
mod probe;
mod readiness;
mod reload;
mod request_metadata;
mod rotation;
mod runtime;
mod sample_proxy;
mod sandbox;
mod secrecy;
mod shares;
mod snapshots;
mod softhsm_guide;
mod storage;
mod strangers;
mod timeouts;
mod tls;
mod tokens;
mod upstreams;
mod uri;
mod wasi_http;
