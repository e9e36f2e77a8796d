//! A token whose files go away and come back (FLT-50). `SoftHSM` then answers every
//! search with nothing and no error, until it is started again; so do the simulator
//! of other HSMs and p11-kit's proxy, which it is behind. No good request is ever
//! told that its key does not exist, or that its ciphertext is bad.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::load::{Load, served, since};
use super::{folder, p11_kit, softokn};
use crate::harness::hsm::{self, LABELS, PIN, run, softhsm};
use crate::harness::{Folder, Server, assert_xks_error, plaintext, text};

/// From the files' return to service: two seconds, and one for a busy machine.
const BACK_WITHIN: Duration = Duration::from_secs(3);
/// The same for a key that is deleted to be told to be: ten seconds and a restart.
const DELETED_WITHIN: Duration = Duration::from_secs(15);

/// A folder that is away while this lives.
struct Away {
    from: PathBuf,
    to: PathBuf,
}

impl Away {
    fn take(folder: &Path) -> Self {
        let from = folder.to_owned();
        let to = folder.with_extension("away");
        std::fs::rename(&from, &to).expect("it is there");
        Self { from, to }
    }

    /// Puts it back; when.
    fn put_back(self) -> Instant {
        std::fs::rename(&self.to, &self.from).expect("its place is free");
        Instant::now()
    }
}

/// Takes the files away under 200 requests a second. What clients of the load take
/// for an answer is 200, 429, 500 or 503, and nothing else.
async fn away_for(outage: Duration, served_from: Folder, files: &str) -> Vec<u16> {
    let server = served_from.serve();
    let load = Load::on(&server).await;
    let away = Away::take(&server.folder().path(files));
    let then = Instant::now();
    // Not a wait for something: this is how long it takes.
    tokio::time::sleep(outage).await;
    let back = away.put_back();
    load.until(BACK_WITHIN, |answers| served(&since(answers, back), 20))
        .await;
    let good_from = Instant::now();
    load.answers_from_now(200).await;
    let answers = load.stop().await;
    let stopped = server.stop();
    for answer in since(&answers, good_from) {
        assert_eq!(answer.status, 200, "{answer:?}: {}", stopped.stderr);
    }
    let meanwhile = answers.iter().filter(|answer| answer.sent >= then);
    meanwhile.map(|answer| answer.status).collect()
}

/// Of a token in `SoftHSM`, whatever is in front of it: it is noticed.
async fn tokens_away_for(outage: Duration, served_from: Folder) {
    let statuses = away_for(outage, served_from, "tokens").await;
    assert!(statuses.contains(&503), "{statuses:?}");
}

const HALF_A_SECOND: Duration = Duration::from_millis(500);

#[tokio::test]
async fn flt_50_softhsm_for_half_a_second() {
    tokens_away_for(HALF_A_SECOND, folder("softhsm")).await;
}

#[tokio::test]
async fn flt_50_softhsm_for_five_seconds() {
    tokens_away_for(Duration::from_secs(5), folder("softhsm")).await;
}

#[tokio::test]
async fn flt_50_cloudhsm() {
    tokens_away_for(HALF_A_SECOND, folder("cloudhsm")).await;
}

#[tokio::test]
async fn flt_50_cloudhsm_by_its_own_mechanism() {
    tokens_away_for(HALF_A_SECOND, folder("cloudhsm-vendor")).await;
}

#[tokio::test]
async fn flt_50_luna_in_fips_mode() {
    tokens_away_for(HALF_A_SECOND, folder("luna-fips")).await;
}

#[tokio::test]
async fn flt_50_luna() {
    tokens_away_for(HALF_A_SECOND, folder("luna")).await;
}

#[tokio::test]
async fn flt_50_nshield() {
    tokens_away_for(HALF_A_SECOND, folder("nshield")).await;
}

#[tokio::test]
async fn flt_50_through_p11_kit() {
    tokens_away_for(HALF_A_SECOND, p11_kit::with_proxy()).await;
}

/// NSS reads on from the files that it has open: nobody may notice.
#[tokio::test]
async fn flt_50_nss_softokn() {
    away_for(HALF_A_SECOND, softokn::with_softokn(), "nss").await;
}

#[tokio::test]
#[ignore = "takes ten minutes: cargo test --test claviger flt_50 -- --ignored"]
async fn flt_50_every_kind_for_five_seconds_and_for_a_minute() {
    for seconds in [5, 60] {
        let outage = Duration::from_secs(seconds);
        for hsm in &hsm::HSMS {
            tokens_away_for(outage, folder(hsm.name)).await;
        }
        tokens_away_for(outage, p11_kit::with_proxy()).await;
        away_for(outage, softokn::with_softokn(), "nss").await;
    }
}

/// One Encrypt under this key: its status. 503 is the only other than 200.
#[track_caller]
fn judged(response: &crate::harness::Response) -> u16 {
    if response.status != 200 {
        assert_xks_error(response, 503, "DependencyTimeoutException");
    }
    response.status
}

async fn encrypts(server: &Server, key: &str) -> u16 {
    let call = server.store.encrypt(key, plaintext());
    judged(&server.send(call).await)
}

/// Case 02: one request in the half second is all that happens.
#[tokio::test]
async fn flt_50_one_request_meanwhile() {
    let server = folder("softhsm").serve();
    let key = server.keys().usable;
    assert_eq!(encrypts(&server, key).await, 200);
    let away = Away::take(&server.folder().path("tokens"));
    // Beyond the time for which a lookup is good.
    tokio::time::sleep(Duration::from_millis(600)).await;
    assert_eq!(encrypts(&server, key).await, 503);
    // A key that was not asked for before is as little known to be missing.
    assert_eq!(encrypts(&server, server.keys().encrypt_only).await, 503);
    let back = away.put_back();
    let mut looks = tokio::time::interval(Duration::from_millis(100));
    while encrypts(&server, key).await != 200 {
        assert!(back.elapsed() < BACK_WITHIN, "{}", server.stop().stderr);
        looks.tick().await;
    }
    for _ in 0..20 {
        assert_eq!(encrypts(&server, key).await, 200);
        assert_eq!(encrypts(&server, server.keys().encrypt_only).await, 200);
    }
}

/// A key that was never asked for is in doubt with the health key.
#[tokio::test]
async fn flt_50_a_host_that_has_used_no_key_yet() {
    let server = folder("softhsm").serve();
    let away = Away::take(&server.folder().path("tokens"));
    assert_eq!(encrypts(&server, server.keys().usable).await, 503);
    away.put_back();
}

/// What somebody deletes is missing in the end, and others are served meanwhile.
#[tokio::test]
async fn flt_50_a_key_that_is_deleted_does_not_exist_after_ten_seconds() {
    let mut folder = folder("softhsm");
    folder.create_key("doomed");
    let server = folder.serve();
    assert_eq!(encrypts(&server, "doomed").await, 200);
    let module = text(&softhsm());
    let token = ["--module", &module, "--token-label", LABELS[0], "--login"];
    let object = [
        "--delete-object",
        "--type",
        "secrkey",
        "--label",
        "doomed.v1",
    ];
    let arguments = [&token[..], &["--pin", PIN], &object].concat();
    run(server.folder().directory(), "pkcs11-tool", &arguments);
    let deleted = Instant::now();
    let mut looks = tokio::time::interval(Duration::from_millis(100));
    let mut others = Vec::new();
    loop {
        looks.tick().await;
        others.push(encrypts(&server, server.keys().usable).await);
        let call = server.store.encrypt("doomed", plaintext());
        let response = server.send(call).await;
        if response.status == 404 {
            assert_xks_error(&response, 404, "KeyNotFoundException");
            break;
        }
        judged(&response);
        assert!(deleted.elapsed() < DELETED_WITHIN, "{others:?}");
    }
    assert!(deleted.elapsed() > Duration::from_secs(10));
    let good = others.iter().filter(|status| **status == 200).count();
    assert!(good * 10 > others.len() * 8, "{others:?}");
}
