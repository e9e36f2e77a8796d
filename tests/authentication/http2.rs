//! HTTP/2: XKS-030.

use super::good_call;
use crate::harness::{Server, assert_xks_error};

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn xks_030_the_authority_is_the_host() {
    let server = Server::start();
    let mut connection = server.connect_http2().await;
    // The signed name is `host` or `:authority`, the value has its port.
    for signed in [&["host", "x-amz-date"], &[":authority", "x-amz-date"]] {
        let call = good_call(&server).signer(|signer| signer.signing(signed));
        server.send_on_http2(&mut connection, call).await.ok();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn xks_030_a_changed_authority_is_refused() {
    let server = Server::start();
    let mut connection = server.connect_http2().await;
    let mut request = good_call(&server).sign();
    request.authority = Some("localhost".to_owned());
    let response = server.send_on_http2(&mut connection, request).await;
    assert_xks_error(&response, 401, "AuthenticationFailedException");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn xks_030_a_host_header_must_agree_with_the_authority() {
    let server = Server::start();
    let mut connection = server.connect_http2().await;
    let request = good_call(&server).sign();
    let authority = request.authority.clone().unwrap();
    let agrees = request.clone().add_header("host", &authority);
    server.send_on_http2(&mut connection, agrees).await.ok();
    let differs = request.add_header("host", "localhost");
    let response = server.send_on_http2(&mut connection, differs).await;
    assert_xks_error(&response, 401, "AuthenticationFailedException");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn xks_029_the_authority_and_the_date_must_be_signed() {
    let server = Server::start();
    let mut connection = server.connect_http2().await;
    for signed in [&["x-amz-date"][..], &[":authority"], &["host"]] {
        let call = good_call(&server).signer(|signer| signer.signing(signed));
        let response = server.send_on_http2(&mut connection, call).await;
        assert_xks_error(&response, 401, "AuthenticationFailedException");
    }
}
