//! A client of Rust, `wstd`, and what it is told.

use std::sync::atomic::Ordering;

use super::{folder, start};
use crate::harness::deployment::program;
use crate::harness::guests::build;
use crate::upstreams::hostile_server::{
    is_told_in_time_whose_fault_it_is, is_told_that_it_is_gone,
};
use crate::upstreams::servers::Http;
use crate::upstreams::told::{DEADLINE, DENIED, NO_SUCH_UPSTREAM};
use crate::upstreams::{HIDDEN, outcome};

/// Further than `told`.
const NO_SUCH_METHOD: u32 = 9;
/// Another error of the client's own.
const OTHER: u32 = 19;

#[tokio::test]
async fn an_ordinary_client_reaches_an_upstream_by_name() {
    let (server, http) = start().await;
    for key in [
        "get-ok",
        "asks-https",
        "asks-posts",
        "asks-sends-hidden",
        "hand-many-at-once",
    ] {
        assert_eq!(outcome(&server, key).await, 200, "{key}");
    }
    assert_eq!(http.requests.load(Ordering::Relaxed), 44);
    server.stop();
}

#[tokio::test]
async fn whatever_an_upstream_answers_the_client_is_told_in_time_whose_fault_it_is() {
    let (server, _http) = start().await;
    is_told_in_time_whose_fault_it_is(&server).await;
    server.stop();
}

#[tokio::test]
async fn a_client_may_wait_for_less_than_the_deadline() {
    let (server, _http) = start().await;
    assert_eq!(outcome(&server, "get-wrong.late").await, 200);
    assert_eq!(outcome(&server, "impatient-").await, DEADLINE);
    server.stop();
}

#[tokio::test]
async fn an_upstream_that_is_not_there_is_told_apart() {
    let (server, http) = start().await;
    is_told_that_it_is_gone(&server, http).await;
    server.stop();
}

#[tokio::test]
async fn what_the_operator_does_not_allow_is_not_sent() {
    let (server, http) = start().await;
    for (key, expected) in [
        ("asks-another-upstream", NO_SUCH_UPSTREAM),
        ("asks-says-secretly", NO_SUCH_UPSTREAM),
        ("asks-a-port", NO_SUCH_UPSTREAM),
        ("asks-an-address", NO_SUCH_UPSTREAM),
        ("asks-a-user", NO_SUCH_UPSTREAM),
        ("asks-another-path", DENIED),
        ("asks-upwards", DENIED),
        ("asks-hop-by-hop", DENIED),
        ("asks-many-headers", DENIED),
        ("asks-bound-elsewhere", DENIED),
        ("asks-no-secret", DENIED),
        ("asks-secret-host", DENIED),
        ("asks-options", NO_SUCH_METHOD),
        // The client does not come so far as to send them.
        ("asks-other-method", OTHER),
        ("asks-host-header", OTHER),
    ] {
        assert_eq!(outcome(&server, key).await, expected, "{key}");
    }
    assert_ne!(outcome(&server, "asks-long-body").await, 200);
    assert_eq!(http.requests.load(Ordering::Relaxed), 0);
    assert_eq!(outcome(&server, "get-ok").await, 200);
    server.wait_for_log("not below one of the upstream's `paths`");
    // While a plaintext is in the plugin's hands, a name may be one.
    assert!(!server.stop().stderr.contains("never-log-this"));
}

#[tokio::test]
async fn the_operator_is_told_which_grant_is_missing() {
    let (server, _http) = start().await;
    let key = "looks-at-two";
    assert_eq!(outcome(&server, key).await, NO_SUCH_UPSTREAM);
    server.wait_for_log(r#"write `http = ["two"]` under its grants and [upstream.two]"#);
    assert_eq!(outcome(&server, "looks-at-one.80").await, NO_SUCH_UPSTREAM);
    server.wait_for_log("`one.80`, which cannot be the name of an upstream");
    // While a plaintext is in its hands, a name may be one.
    let key = "asks-another-upstream";
    assert_eq!(outcome(&server, key).await, NO_SUCH_UPSTREAM);
    server.wait_for_log("which one is withheld");
    server.stop();
}

#[tokio::test]
async fn secrets_are_sent_unseen_and_come_back_from_no_upstream_that_shows_them() {
    let (server, http) = start().await;
    for key in [
        "asks-sends-hidden",
        "asks-hidden-back",
        "asks-operators-back",
    ] {
        assert_eq!(outcome(&server, key).await, 200, "{key}");
    }
    let heads = http.heads.lock().unwrap().clone();
    let sent = |line: String| heads.iter().filter(|head| head.contains(&line)).count();
    assert_eq!(sent(format!("authorization: Bearer {HIDDEN}\r\n")), 1);
    assert_eq!(sent(format!("x-a: {HIDDEN}\r\n")), 1);
    assert_eq!(sent("claviger-secret".to_owned()), 0);
    server.stop();
}

#[tokio::test]
async fn a_client_needs_the_grant_and_inspection_says_so() {
    let http = Http::start().await;
    let mut folder = folder(&http);
    let backend = &mut folder.main_key_store()["backend"];
    let grants = backend["grants"].as_table_mut().unwrap();
    grants.remove("http").expect("it is granted otherwise");
    let (good, said) = folder.check();
    assert!(!good, "{said}");
    assert!(said.contains("needs the capability `http`"), "{said}");

    let output = program()
        .args(["plugin", "inspect", "--json"])
        .arg(build("tests/plugins/http-client").path)
        .output()
        .expect("the program starts");
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let capabilities = report["capabilities"].as_array().unwrap();
    assert!(capabilities.contains(&"http".into()), "{report}");
}
