//! The string to sign, the scope and the clock: XKS-027, XKS-031 to XKS-033,
//! XKS-040 to XKS-042.

use super::{good_call, refuse};
use crate::harness::{Request, Server, plaintext};

#[tokio::test]
async fn xks_027_what_is_signed_is_what_is_served() {
    let server = Server::start();
    let request = server.store.encrypt("demo", plaintext()).sign();
    server.send(request.clone()).await.ok();

    let mut another_key = request.clone();
    another_key.target = another_key.target.replace("demo/encrypt", "demo-2/encrypt");
    refuse(&server, another_key).await;

    let mut another_body = request.clone();
    another_body.body.push(b' ');
    refuse(&server, another_body).await;

    let another_date = request.change_header("x-amz-date", |date| {
        let (head, _) = date.split_at(date.len() - 3);
        format!("{head}99Z")
    });
    refuse(&server, another_date).await;
}

#[tokio::test]
async fn xks_027_the_path_is_signed_once_encoded_by_nobody() {
    // All characters of a key id stand for themselves in the canonical path.
    let server = Server::start_with(|folder| folder.create_key("Az09._-z"));
    server.send(server.store.metadata("Az09._-z")).await.ok();
}

#[tokio::test]
async fn xks_031_the_secret_is_used_as_it_is_written() {
    let mut secret = String::new();
    // Longer than an HMAC block, with every kind of character.
    let server = Server::start_with(|folder| {
        secret = format!("{}/+=", "Az9".repeat(20));
        folder.write_private("credentials/demo.secret", &secret);
        let credential = &mut folder.main_key_store()["credential"][0];
        credential["secret_access_key_file"] = "credentials/demo.secret".into();
    });
    assert_eq!(server.store.credential.secret_access_key, secret);
    server.send(good_call(&server)).await.ok();
}

#[tokio::test]
async fn xks_031_a_wrong_secret_or_signature_is_refused() {
    let server = Server::start();
    let call = good_call(&server).signer(|mut signer| {
        signer.credential.secret_access_key.replace_range(..1, "_");
        signer
    });
    refuse(&server, call).await;
    let request = good_call(&server).sign();
    let flipped = request.change_header("authorization", |value| {
        let (head, last) = value.split_at(value.len() - 1);
        format!("{head}{}", if last == "0" { "1" } else { "0" })
    });
    refuse(&server, flipped).await;
}

#[tokio::test]
async fn xks_032_five_minutes_of_skew_are_allowed() {
    let server = Server::start();
    // The exact bound is tested beside the code, with a clock that stands still.
    for seconds in [-290, 290] {
        let call = good_call(&server).signer(|signer| signer.at_offset(seconds));
        server.send(call).await.ok();
    }
    for seconds in [-310, 310, -86_400, 86_400] {
        let call = good_call(&server).signer(|signer| signer.at_offset(seconds));
        refuse(&server, call).await;
    }
}

#[tokio::test]
async fn xks_033_the_date_has_one_form_and_agrees_with_the_scope() {
    let server = Server::start();
    let now = good_call(&server).signer.timestamp;
    let (date, clock) = now.split_once('T').unwrap();
    let clock = clock.trim_end_matches('Z');
    for timestamp in [
        format!("{date}T{clock}"),
        format!("{date}T{clock}z"),
        format!("{date} {clock}Z"),
        format!("{date}T{clock}.000Z"),
        format!("{date}T{clock}+00:00"),
        format!("{}-{}-{}T{clock}Z", &date[..4], &date[4..6], &date[6..]),
        format!("{}1332T{clock}Z", &date[..4]),
        format!("+{}T{clock}Z", &date[1..]),
        String::new(),
    ] {
        let call = good_call(&server).signer(|mut signer| {
            signer.timestamp = timestamp;
            signer
        });
        refuse(&server, call).await;
    }
    let call = good_call(&server).signer(|mut signer| {
        signer.date = signer.clone().at_offset(-86_400).date;
        signer
    });
    refuse(&server, call).await;
}

#[tokio::test]
async fn xks_033_a_date_header_does_not_replace_x_amz_date() {
    let server = Server::start();
    let request = good_call(&server)
        .sign()
        .remove_header("x-amz-date")
        .add_header("Date", "Thu, 01 Jan 2026 00:00:00 GMT");
    refuse(&server, request).await;
}

#[tokio::test]
async fn xks_040_the_signing_region_is_not_compared_with_anything() {
    let server = Server::start();
    for region in ["us-east-2", "eu-central-1", "cn-north-1", "a-new-region-17"] {
        let call = good_call(&server).signer(|mut signer| {
            region.clone_into(&mut signer.region);
            signer
        });
        server.send(call).await.ok();
    }
}

#[tokio::test]
async fn xks_041_the_same_signed_request_is_served_again() {
    let server = Server::start();
    let request = server.store.encrypt("demo", plaintext()).sign();
    for _ in 0..3 {
        server.send(request.clone()).await.ok();
    }
}

#[tokio::test]
async fn xks_042_what_a_front_proxy_changes_breaks_the_signature() {
    let server = Server::start();
    let changes: [fn(Request) -> Request; 3] = [
        |mut request| {
            request.authority = Some("localhost".to_owned());
            request
        },
        |mut request| {
            request.authority = Some("internal.example".to_owned());
            request
        },
        |request| request.change_header("x-amz-date", |date| date.replace('Z', "Z ")),
    ];
    for (change, harmless) in changes.into_iter().zip([false, false, true]) {
        let request = change(good_call(&server).sign());
        let response = server.send(request).await;
        assert_eq!(response.status == 200, harmless, "{}", response.text());
    }
    // Headers that are not signed may be added.
    let request = good_call(&server).sign();
    let request = request.add_header("X-Forwarded-For", "192.0.2.1");
    server.send(request).await.ok();
}
