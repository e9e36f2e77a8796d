//! How many instances there are, and what becomes of a plugin that always fails.

use std::time::{Duration, Instant};

use super::with_neighbour;
use crate::harness::guests::misbehaving_in;
use crate::harness::{Deployment, Folder, assert_xks_error, plaintext};

#[tokio::test]
async fn flt_09_a_plugin_that_always_fails_is_said_once_and_health_says_so() {
    let mut server = with_neighbour(|folder| misbehaving_in(folder, "hostile", &[]));
    let hostile = server.key_store("hostile");
    for _ in 0..60 {
        let response = server.send(hostile.encrypt("traps", plaintext())).await;
        assert_xks_error(&response, 500, "InternalException");
    }
    let answer = server.send(hostile.health()).await.ok();
    let managers = answer["ekmFleetDetails"].as_array().unwrap();
    assert_eq!(managers[0]["healthStatus"], "DEGRADED", "{answer}");
    // It works again: a request that is let through finds that out.
    let start = Instant::now();
    while server
        .send(hostile.encrypt("good", plaintext()))
        .await
        .status
        != 200
    {
        assert!(start.elapsed() < Duration::from_secs(10), "it stays open");
    }
    let answer = server.send(hostile.health()).await.ok();
    let managers = answer["ekmFleetDetails"].as_array().unwrap();
    assert_eq!(managers[0]["healthStatus"], "ACTIVE", "{answer}");
    let stopped = server.stop();
    let lines = |words: &str| {
        let lines = stopped.stderr.lines();
        lines.filter(|line| line.contains(words)).count()
    };
    assert_eq!(lines("times in a row"), 1, "{}", stopped.stderr);
    assert_eq!(lines("the plugin answers again"), 1, "{}", stopped.stderr);
    let refused = stopped.audit.iter().filter(|record| {
        let reason = record["reason"].as_str().unwrap_or_default();
        reason.contains("not asked for a moment")
    });
    assert!(refused.count() >= 20, "most were answered at once");
}

#[tokio::test]
async fn flt_13_a_thousand_key_stores_with_defaults_start_and_serve() {
    let mut folder = Folder::new(Deployment::software());
    let credential = folder.add_key_store("tenant-0");
    let template = folder.key_store("tenant-0").clone();
    for number in 1..1000 {
        let mut tenant = template.clone();
        tenant["name"] = format!("tenant-{number}").into();
        tenant["uri_path_prefix"] = format!("/tenant-{number}").into();
        let list = folder.config["key_store"].as_array_mut().unwrap();
        list.push(tenant.into());
    }
    let mut server = folder.serve();
    let mut last = server.key_store("tenant-999");
    last.credential = credential;
    // A thousand health checks are made when it starts.
    let start = Instant::now();
    for call in [last.health(), server.store.encrypt("demo", plaintext())] {
        while server.send(call.clone()).await.status != 200 {
            assert!(
                start.elapsed() < Duration::from_secs(20),
                "it does not serve"
            );
        }
    }
}

#[tokio::test]
async fn flt_07_more_callers_than_a_backend_can_serve_do_not_lessen_what_it_serves() {
    let mut folder = Folder::new(Deployment::software());
    let key_store = folder.deployment.key_store;
    misbehaving_in(&mut folder, key_store, &[]);
    folder.set("plugin.misbehaving.instances", 4);
    folder.set("server.deadline_ms", 100);
    let server = folder.serve();
    let request = server.store.encrypt("hesitates", plaintext()).sign();
    server.forbidden.note_request(&request);
    let served_by = async |callers: usize| {
        let mut connections = Vec::new();
        for _ in 0..callers {
            connections.push(server.connect().await);
        }
        let tasks = connections.into_iter().map(|mut connection| {
            let request = request.clone();
            tokio::spawn(async move {
                let (start, mut good) = (Instant::now(), 0);
                while start.elapsed() < Duration::from_secs(3) {
                    good += usize::from(connection.send(&request).await.status == 200);
                }
                good
            })
        });
        let tasks: Vec<_> = tasks.collect();
        let mut good = 0;
        for task in tasks {
            good += task.await.unwrap();
        }
        good
    };
    // Instances are made, and their service time becomes known.
    served_by(4).await;
    let (few, many) = (served_by(4).await, served_by(12).await);
    assert!(many * 10 >= few * 6, "{few} answers, then {many}");
}
