//! A token that is lost and comes back, under load: no wrong answer, no
//! InvalidCiphertextException, no KeyNotFoundException, and service again within
//! two seconds.

use std::time::{Duration, Instant};

use super::folder;
use super::load::{Load, served, since};
use crate::harness::Folder;
use crate::harness::process::LIMIT;

/// From the device's return to service.
const BACK_WITHIN: Duration = Duration::from_secs(2);

fn with_simulated(hsm: &str) -> Folder {
    let mut folder = folder(hsm);
    folder.set("tokens.hsm.sessions", 8);
    folder
}

/// Loses the device while it is used, and gives it back a second later: long
/// enough that attempts to reach it have become rare.
async fn lose_and_return(hsm: &str, manner: &[(&str, &str)]) {
    let server = with_simulated(hsm).serve();
    let simulator = server.folder().simulator("hsm");
    for (setting, value) in manner {
        simulator.set(setting, value);
    }
    let load = Load::on(&server).await;

    simulator.set("device", "lost");
    let lost = Instant::now();
    load.until(LIMIT, |answers| {
        let since = since(answers, lost);
        since.len() >= 200
            && since[since.len() - 20..]
                .iter()
                .all(|answer| answer.status != 200)
    })
    .await;

    simulator.set("device", "present");
    let back = Instant::now();
    load.until(BACK_WITHIN, |answers| served(&since(answers, back), 20))
        .await;
    let served_after = back.elapsed();
    load.answers_from_now(200).await;
    let answers = load.stop().await;
    let stopped = server.stop();
    for answer in since(&answers, back + served_after) {
        assert_eq!(answer.status, 200, "{answer:?}: {}", stopped.stderr);
    }
}

#[tokio::test]
async fn a_device_comes_back_and_its_sessions_do_not() {
    lose_and_return("cloudhsm-vendor", &[("lost_code", "device-error")]).await;
}

#[tokio::test]
async fn a_device_comes_back_with_its_sessions() {
    lose_and_return("luna-fips", &[("lost_sessions", "survive")]).await;
}

#[tokio::test]
async fn a_device_comes_back_when_the_library_is_started_again() {
    lose_and_return("cloudhsm", &[("lost_sessions", "reinitialise")]).await;
}

#[tokio::test]
async fn a_device_is_lost_with_a_general_error() {
    lose_and_return("cloudhsm-vendor", &[("lost_code", "general-error")]).await;
}

#[tokio::test]
async fn a_device_is_lost_with_a_general_error_until_the_library_is_started_again() {
    let manner = [
        ("lost_code", "general-error"),
        ("lost_sessions", "reinitialise"),
    ];
    lose_and_return("nshield", &manner).await;
}

/// The return value that SoftHSM has for a wrong tag as well.
#[tokio::test]
async fn a_device_is_lost_with_the_return_value_of_a_bad_tag() {
    lose_and_return(
        "luna",
        &[("lost_code", "general-error"), ("bad_tag", "general-error")],
    )
    .await;
}

/// The return value of CloudHSM for everything, a wrong tag among it.
#[tokio::test]
async fn a_device_is_lost_with_function_failed() {
    lose_and_return("cloudhsm-vendor", &[("lost_code", "function-failed")]).await;
}

#[tokio::test]
async fn a_device_is_lost_with_function_failed_until_the_library_is_started_again() {
    let manner = [
        ("lost_code", "function-failed"),
        ("lost_sessions", "reinitialise"),
    ];
    lose_and_return("cloudhsm", &manner).await;
}

#[tokio::test]
async fn an_nshield_is_lost_with_the_return_value_of_a_bad_tag() {
    lose_and_return("nshield", &[("lost_code", "function-failed")]).await;
}

#[tokio::test]
async fn sessions_that_are_lost_are_opened_again_unnoticed() {
    let server = with_simulated("cloudhsm-vendor").serve();
    let simulator = server.folder().simulator("hsm");
    let load = Load::on(&server).await;
    for number in 1..=3 {
        simulator.set("lose_sessions", number);
        let lost = Instant::now();
        load.until(BACK_WITHIN, |answers| served(&since(answers, lost), 20))
            .await;
    }
    load.stop().await;
}
