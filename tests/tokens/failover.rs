//! Two tokens with the same keys.

use std::time::{Duration, Instant};

use super::folder;
use super::load::{Load, served, since};
use crate::harness::{Folder, Server};

/// The primary `hsm` and its `replica`: two simulated devices with the keys of one
/// token, as two members of a cluster have them.
fn with_replica() -> Folder {
    let mut folder = folder("cloudhsm-vendor");
    let hsm = folder.deployment.hsm.expect("keys on a token");
    let module = hsm.install_again(folder.directory(), "replica");
    let mut replica = folder.config["tokens"]["hsm"].clone();
    replica["module"] = module.into();
    folder.set("tokens.replica", replica);
    let backend = &mut folder.main_key_store()["backend"];
    backend["grants"]["pkcs11"] = vec!["hsm", "replica"].into();
    backend["settings"]["tokens"] = vec!["hsm", "replica"].into();
    folder
}

/// The state of each token by its name, and its model.
async fn health(server: &Server) -> Vec<(String, String, String)> {
    let answer = server.send(server.store.health()).await.ok();
    let details = answer["ekmFleetDetails"].as_array().expect("a list");
    let text = |value: &serde_json::Value| value.as_str().expect("a text").to_owned();
    let details = details.iter().map(|manager| {
        let status = text(&manager["healthStatus"]);
        (text(&manager["id"]), status, text(&manager["model"]))
    });
    details.collect()
}

#[tokio::test]
async fn health_has_an_entry_for_each_token() {
    let server = with_replica().serve();
    // A session that could not be opened at the start makes the first report
    // DEGRADED; the next one comes within 15 seconds.
    let start = Instant::now();
    let mut looks = tokio::time::interval(Duration::from_millis(200));
    let health = loop {
        looks.tick().await;
        let health = health(&server).await;
        let active = health.iter().all(|(_, status, _)| status == "ACTIVE");
        if active || start.elapsed() > Duration::from_secs(40) {
            break health;
        }
    };
    for (entry, name) in health.iter().zip(["hsm", "replica"]) {
        assert_eq!((entry.0.as_str(), entry.1.as_str()), (name, "ACTIVE"));
        assert!(entry.2.contains("Claviger simulator"), "{entry:?}");
        assert!(entry.2.contains("sim CloudHSM"), "{entry:?}");
        assert!(entry.2.contains("firmware") && entry.2.contains("serial"));
    }
    assert_eq!(health.len(), 2);
}

#[tokio::test]
async fn health_tells_the_token_that_is_lost() {
    let folder = with_replica();
    folder.simulator("hsm").set("device", "lost");
    let server = folder.serve();
    let health = health(&server).await;
    assert_eq!(
        (health[0].0.as_str(), health[0].1.as_str()),
        ("hsm", "UNAVAILABLE")
    );
    assert_eq!(
        (health[1].0.as_str(), health[1].1.as_str()),
        ("replica", "ACTIVE")
    );
    // And the replica serves from the start.
    let load = Load::on(&server).await;
    for answer in load.stop().await {
        assert_eq!(answer.status, 200, "{answer:?}");
    }
}

#[tokio::test]
async fn the_replica_serves_while_the_primary_is_lost() {
    let server = with_replica().serve();
    let primary = server.folder().simulator("hsm");
    let load = Load::on(&server).await;
    for (device, limit) in [("lost", 1), ("present", 2)] {
        primary.set("device", device);
        let then = Instant::now();
        let limit = Duration::from_secs(limit);
        load.until(limit, |answers| served(&since(answers, then), 40))
            .await;
    }
    // Now the other way round.
    server.folder().simulator("replica").set("device", "lost");
    let then = Instant::now();
    load.answers_from_now(100).await;
    let answers = load.stop().await;
    for answer in since(&answers, then) {
        assert_eq!(answer.status, 200, "{answer:?}");
    }
}
