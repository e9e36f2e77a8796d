//! Which headers are signed: XKS-028, XKS-029.

use super::{good_call, refuse};
use crate::harness::Server;

#[tokio::test]
async fn xks_028_the_request_says_which_headers_are_signed() {
    let server = Server::start();
    for signed in [
        &["host", "x-amz-date"][..],
        &["content-type", "host", "x-amz-date"],
        &[
            "content-length",
            "content-type",
            "host",
            "user-agent",
            "x-amz-date",
            "x-custom",
        ],
    ] {
        let call = good_call(&server)
            .request(|request| {
                let length = request.body.len().to_string();
                request
                    .add_header("Content-Length", &length)
                    .add_header("User-Agent", "  AWS   KMS  External  Key Store ")
                    .add_header("X-Custom", "a,b ; c=\"d\"")
            })
            .signer(|signer| signer.signing(signed));
        server.send(call).await.ok();
    }
}

#[tokio::test]
async fn xks_028_several_values_of_a_signed_header_are_joined() {
    let server = Server::start();
    let call = good_call(&server)
        .request(|request| {
            request
                .add_header("X-Custom", "one")
                .add_header("x-custom", "two")
        })
        .signer(|signer| signer.signing(&["host", "x-amz-date", "x-custom"]));
    server.send(call).await.ok();
}

#[tokio::test]
async fn xks_028_a_signed_header_that_is_not_there_is_refused() {
    let server = Server::start();
    let call = good_call(&server)
        .request(|request| request.add_header("X-Custom", "one"))
        .signer(|signer| signer.signing(&["host", "x-amz-date", "x-custom"]));
    let request = call.sign();
    server.send(request.clone()).await.ok();
    refuse(&server, request.clone().remove_header("x-custom")).await;
    refuse(
        &server,
        request.change_header("x-custom", |_| "two".to_owned()),
    )
    .await;
}

#[tokio::test]
async fn xks_029_the_host_and_the_date_must_be_signed() {
    let server = Server::start();
    for signed in [&["x-amz-date"][..], &["host"], &["content-type"], &[]] {
        let call = good_call(&server).signer(|signer| signer.signing(signed));
        refuse(&server, call).await;
    }
}

#[tokio::test]
async fn xks_029_a_host_that_is_there_twice_is_refused() {
    let server = Server::start();
    let request = good_call(&server).sign();
    let authority = request.authority.clone().unwrap();
    let mut connection = server.connect().await;
    let request = request.add_header("Host", &authority);
    server.forbidden.note_request(&request);
    connection.write(&request.to_http1()).await.unwrap();
    // HTTP itself forbids it: no 200 may come of it.
    if let Some(response) = connection.read_response(false).await {
        assert!((400..500).contains(&response.status), "{}", response.text());
    }
}
