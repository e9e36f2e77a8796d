//! Readiness that knows (FLT-73): 503 while requests would fail, the reason on the
//! control socket, and nothing for strangers.

use std::time::Duration;

use crate::control::{claviger, with_control};
use crate::harness::guests::misbehaving_with;
use crate::harness::process::LIMIT;
use crate::harness::{Deployment, Folder, Server};
use crate::probe::{probe, with_probe};
use crate::tokens;

/// Waits until the probe says so, and the operator is told why.
async fn becomes(server: &Server, status: u16, why: &str) {
    let mut looks = tokio::time::interval(Duration::from_millis(50));
    let last = async {
        loop {
            looks.tick().await;
            let answer = probe(server, "GET", "/readyz").await;
            assert_eq!(answer.text(), "", "strangers learn nothing");
            let (ready, text, fault) = claviger(server, &["status"]);
            if answer.status == status && ready == (status == 200) && fault.contains(why) {
                return (text, fault);
            }
        }
    };
    let told = tokio::time::timeout(LIMIT, last).await;
    assert!(
        told.is_ok(),
        "never {status}, {why}: {:?}",
        claviger(server, &["status"])
    );
}

fn probed(mut folder: Folder) -> Folder {
    with_probe(&mut folder);
    with_control(&mut folder);
    folder
}

#[tokio::test]
async fn flt_73_a_storage_that_is_away() {
    let server = probed(Folder::new(Deployment::software())).serve();
    becomes(&server, 200, "").await;
    let [place, kept] = ["keys.sqlite", "kept.sqlite"].map(|it| server.folder().path(it));
    std::fs::rename(&place, &kept).expect("the storage");
    becomes(
        &server,
        503,
        "key store `demo`: its storage is not the file that was opened",
    )
    .await;
    std::fs::rename(&kept, &place).expect("its place is free");
    becomes(&server, 200, "").await;
}

#[tokio::test]
async fn flt_73_tokens_that_are_away() {
    let server = probed(tokens::folder("softhsm")).serve();
    becomes(&server, 200, "").await;
    let [place, kept] = ["tokens", "kept"].map(|it| server.folder().path(it));
    std::fs::rename(&place, &kept).expect("the tokens");
    // Somebody has to want them: a token is not asked all the time.
    server
        .send(server.store.encrypt("demo", crate::harness::plaintext()))
        .await;
    becomes(&server, 503, "key store `demo`: none of its").await;
    std::fs::rename(&kept, &place).expect("their place is free");
    becomes(&server, 200, "").await;
}

/// One tenant's trouble is another one's only if the operator wants it so.
#[tokio::test]
async fn flt_73_one_key_store_of_two() {
    for (when, status) in [("any", 200), ("all", 503)] {
        let mut folder = probed(Folder::new(Deployment::software()));
        folder.set("server.ready_when", when);
        folder.add_key_store("second");
        let good = folder.main_key_store()["backend"].clone();
        misbehaving_with(&mut folder, "unavailable");
        folder.key_store("second")["backend"] = good;
        folder.save();
        let server = folder.serve();
        let why = match status {
            200 => "",
            _ => "not all key stores are served",
        };
        becomes(&server, status, why).await;
        if status == 503 {
            becomes(
                &server,
                503,
                "key store `demo`: none of its key managers serves",
            )
            .await;
            // What the operator has taken out of service is not missed.
            let (good, _, fault) = claviger(&server, &["key-store", "disable", "demo"]);
            assert!(good, "{fault}");
            becomes(&server, 200, "").await;
        }
    }
}
