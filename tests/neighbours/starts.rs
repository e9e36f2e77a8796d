//! Health checks that never end, and plugins that take their time to start.

use std::time::{Duration, Instant};

use super::{Good, KMS_WAITS, with_neighbour};
use crate::harness::guests::misbehaving_in;
use crate::harness::{Deployment, Folder, plaintext};

#[tokio::test]
async fn flt_01_a_health_check_that_never_ends_holds_up_nobody() {
    let start = Instant::now();
    let mut server = with_neighbour(|folder| {
        misbehaving_in(folder, "hostile", &[("health", "loops".into())]);
    });
    // It listens, and serves, while the check is under way.
    let mut good = Good::of(&server).await;
    while start.elapsed() < Duration::from_secs(2) {
        good.is_served().await;
    }
    assert!(good.longest < KMS_WAITS, "{:?}", good.longest);
    server.send(server.store.health()).await.ok();
    // The check is ended by the processor time it may take, and said.
    server.wait_for_log("health check");
    let hostile = server.key_store("hostile");
    let answer = server.send(hostile.health()).await.ok();
    let managers = answer["ekmFleetDetails"].as_array().unwrap();
    assert_eq!(managers[0]["healthStatus"], "UNAVAILABLE", "{answer}");
    // Its requests have instances all the same.
    let call = hostile.encrypt("good", plaintext());
    server.send(call).await.ok();
}

/// What an instance takes to start is more than the request's whole time.
fn slow_start(folder: &mut Folder) {
    let key_store = folder.deployment.key_store;
    misbehaving_in(folder, key_store, &[("start_work", 300.into())]);
}

#[tokio::test]
async fn flt_08_a_plugin_that_starts_slowly_serves_many_callers() {
    let mut folder = Folder::new(Deployment::software());
    slow_start(&mut folder);
    let server = folder.serve();
    // Two at a time need a second instance, which takes its time in the background.
    let request = server.store.encrypt("hesitates", plaintext()).sign();
    server.forbidden.note_request(&request);
    let mut connections = [server.connect().await, server.connect().await];
    let start = Instant::now();
    loop {
        let [one, other] = &mut connections;
        let answers = tokio::join!(one.send(&request), other.send(&request));
        let statuses = [answers.0.status, answers.1.status];
        if statuses == [200, 200] {
            break;
        }
        assert!(
            start.elapsed() < Duration::from_secs(20),
            "{statuses:?}: it never recovers"
        );
    }
}

#[tokio::test]
async fn flt_08_check_says_how_long_a_plugin_takes_to_start() {
    let mut folder = Folder::new(Deployment::software());
    slow_start(&mut folder);
    folder.save();
    let output = folder.claviger(&["check"]);
    let said = String::from_utf8(output.stdout).unwrap();
    let line = said
        .lines()
        .find_map(|line| line.strip_prefix("demo/misbehaving: starts in "))
        .unwrap_or_else(|| panic!("{said}"));
    let milliseconds: f64 = line.strip_suffix(" ms").unwrap().parse().unwrap();
    assert!(milliseconds > 50.0, "{said}");
}
