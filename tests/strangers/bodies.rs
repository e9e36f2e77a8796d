//! FLT-20: heads of requests whose bodies do not come.

use std::time::Duration;

use crate::harness::{Server, plaintext};

use super::attack::Attack;
use super::good_client::call_for;
use super::origin::Addresses;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn flt_20_heads_without_bodies_take_no_place_of_a_signed_request() {
    for addresses in Addresses::BOTH {
        let server = Server::start_with(|folder| {
            addresses.configure(folder);
            // Far fewer than there are heads.
            folder.set("server.requests_in_flight", 4);
        });
        let good = addresses.good(&server);
        let attack =
            Attack::heads_without_bodies(&addresses.hostile(&server), &server.store, 8, 40);
        let tally = call_for(&server, &good, Duration::from_secs(3)).await;
        tally.assert_in_time();
        drop(attack);
        let audit = server.stop().audit;
        let refused = |words: &str| {
            let reasons = audit.iter().filter_map(|record| record["reason"].as_str());
            reasons.filter(|reason| reason.contains(words)).count()
        };
        // The attack took place, and each connection was held to its budget.
        assert!(refused("within a second") > 100, "{addresses:?}");
        assert!(refused("too many bodies") > 10, "{addresses:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn flt_20_many_requests_at_once_on_a_new_connection_are_served() {
    let server = Server::start();
    let requests: Vec<_> = (0..60)
        .map(|_| server.store.encrypt("demo", plaintext()).sign())
        .collect();
    for request in &requests {
        server.forbidden.note_request(request);
    }
    let connection = server.connect_http2().await;
    for response in connection.send_all(&requests).await {
        response.ok();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn flt_20_refused_requests_are_waited_for_no_longer_than_others() {
    let server = Server::start();
    let stranger = Addresses::One.hostile(&server);
    // No such path; a body that is longer than any may be.
    for (path, length) in [("/nowhere", 100), ("/demo/kms/xks/v1/health", 1_000_000)] {
        let uri = format!("https://localhost{path}");
        let took = Attack::first_answer(&stranger, &uri, length, 40).await;
        // Each waits for a second, but for those beyond the connection's budget.
        assert!(took < Duration::from_millis(900), "{path}: {took:?}");
    }
}
