//! FLT-20 to FLT-22 together: what a determined stranger does.

use std::time::Duration;

use crate::harness::Server;

use super::attack::Attack;
use super::good_client::call_for;
use super::origin::Addresses;

/// How long it goes on, in seconds: `CLAVIGER_TEST_STRANGERS=30` for half a minute.
const SECONDS: u64 = 4;

fn duration() -> Duration {
    let seconds = std::env::var("CLAVIGER_TEST_STRANGERS");
    let seconds = seconds.ok().and_then(|seconds| seconds.parse().ok());
    Duration::from_secs(seconds.unwrap_or(SECONDS))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn flt_20_to_22_all_attacks_at_once_cost_aws_kms_nothing() {
    for addresses in Addresses::BOTH {
        let server = Server::start_with(|folder| {
            addresses.configure(folder);
            folder.set("log.level", "info");
            folder.set("server.probe_listen", "127.0.0.1:0");
            folder.set("server.connections", 64);
            folder.set("server.requests_in_flight", 8);
        });
        let hostile = addresses.hostile(&server);
        let attacks = [
            Attack::heads_without_bodies(&hostile, &server.store, 8, 32),
            Attack::idle_tls(&hostile, 40),
            Attack::half_heads(&hostile, 20),
            Attack::half_handshakes(&hostile, 20),
            Attack::idle_probes(server.probe_address(), 100),
        ];
        let good = addresses.good(&server);
        let tally = call_for(&server, &good, duration()).await;
        let rounds: Vec<_> = attacks.iter().map(Attack::rounds).collect();
        // For whoever runs it for longer, with --nocapture.
        #[expect(clippy::print_stdout, reason = "figures of a longer run")]
        {
            println!("{addresses:?}: {tally:?}, rounds of the attacks: {rounds:?}");
        }
        tally.assert_in_time();
    }
}
