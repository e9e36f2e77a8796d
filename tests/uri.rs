//! Paths, methods and key ids: XKS-001 to XKS-012.

use serde_json::json;

use crate::harness::{Server, assert_xks_error, plaintext};

#[tokio::test]
async fn xks_001_an_unconfigured_base_is_unknown() {
    let server = Server::start();
    for uri_path in ["/kms/xks/v1", "/demo2/kms/xks/v1", "/demo/kms/xks/v2"] {
        let mut store = server.store.clone();
        store.uri_path = uri_path.to_owned();
        let response = server.send(store.metadata(server.keys().usable)).await;
        assert_xks_error(&response, 404, "InvalidUriPathException");
    }
}

#[tokio::test]
async fn xks_001_the_prefix_may_be_empty_or_have_several_segments() {
    for prefix in ["", "/a", "/payments/eu_1-7cq2", &"/x".repeat(58)] {
        let server = Server::start_with(|folder| {
            let store = folder.main_key_store();
            store["uri_path_prefix"] = prefix.into();
        });
        server.send(server.store.health()).await.ok();
    }
}

#[tokio::test]
async fn xks_002_exactly_four_apis_exist() {
    let server = Server::start();
    for path in [
        "",
        "/",
        "/keys",
        "/keys/",
        "/keys/demo",
        "/keys/demo/",
        "/keys/demo/create",
        "/keys/demo/delete",
        "/keys/demo/rotate",
        "/keys/demo/disable",
        "/keys/demo/Encrypt",
        "/keys/demo/encrypt/more",
        "/metadata",
        "/encrypt",
        "/health/",
        "/health/deep",
        "/Health",
    ] {
        let call = server.store.call(path, &json!({}));
        let response = server.send(call).await;
        assert_xks_error(&response, 404, "InvalidUriPathException");
    }
}

#[tokio::test]
async fn xks_003_a_uri_over_256_characters_is_refused() {
    let server = Server::start();
    let store = &server.store;
    let longest_key = "k".repeat(128);
    let scheme_and_host = "https://".len() + store.authority.len();
    let room = 256 - scheme_and_host - store.uri_path.len() - "/keys//metadata".len();
    assert!(room > 128, "a short prefix leaves room for every key id");
    let response = server.send(store.metadata(&longest_key)).await;
    assert_xks_error(&response, 404, "KeyNotFoundException");

    let server = Server::start_with(|folder| {
        let store = folder.main_key_store();
        store["uri_path_prefix"] = format!("/{}", "p".repeat(116)).into();
    });
    let response = server.send(server.store.metadata(&longest_key)).await;
    assert_xks_error(&response, 404, "InvalidUriPathException");
    let response = server.send(server.store.metadata("demo")).await;
    response.ok();
}

#[tokio::test]
async fn xks_005_a_key_id_is_1_to_128_characters_of_a_small_set() {
    let server = Server::start();
    for id in ["k", "A.b_c-0", "-", "_", "...", &"k".repeat(128)] {
        let response = server.send(server.store.metadata(id)).await;
        assert_xks_error(&response, 404, "KeyNotFoundException");
    }
    for id in [
        "",
        "k:1",
        "k+1",
        "k~1",
        "k@1",
        "k=1",
        "k,1",
        "k$",
        "k!",
        &"k".repeat(129),
    ] {
        let response = server.send(server.store.metadata(id)).await;
        assert_xks_error(&response, 404, "InvalidUriPathException");
    }
}

#[tokio::test]
async fn xks_007_paths_are_not_normalised() {
    let server = Server::start();
    for path in [
        "/keys/./metadata",
        "/keys/../metadata",
        "/keys/demo/../demo/metadata",
        "/./keys/demo/metadata",
        "//keys/demo/metadata",
        "/keys//demo/metadata",
        "/keys/demo//metadata",
        "/keys/demo/metadata/",
        "/keys/demo/metadata/.",
        "/keys/%64emo/metadata",
        "/keys/demo%2Fmetadata",
        "/keys/demo/metadat%61",
        "/keys/demo;v=1/metadata",
        "/keys/demo/metadata;v=1",
        "/keys/demo/../../keys/demo/metadata",
    ] {
        let call = server.store.metadata("demo").request(|mut request| {
            request.target = format!("/demo/kms/xks/v1{path}");
            request
        });
        let response = server.send(call).await;
        assert_xks_error(&response, 404, "InvalidUriPathException");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn xks_007_the_absolute_form_names_the_same_path_and_no_other() {
    let server = Server::start();
    let mut connection = server.connect_http2().await;
    let call = server.store.metadata("demo").request(|mut request| {
        request.target = "/demo/kms/xks/v1//keys/demo/metadata".to_owned();
        request
    });
    let response = server.send_on_http2(&mut connection, call).await;
    assert_xks_error(&response, 404, "InvalidUriPathException");
}

#[tokio::test]
async fn xks_008_the_path_is_matched_exactly() {
    let server = Server::start();
    for uri_path in [
        "/demo/invalid/kms/xks/v1",
        "/demo/kms/xks/v1/invalid",
        "/invalid/demo/kms/xks/v1",
        "/Demo/kms/xks/v1",
        "/demo/KMS/xks/v1",
        "/demo/kms/xks/V1",
        "/dem/kms/xks/v1",
    ] {
        let mut store = server.store.clone();
        store.uri_path = uri_path.to_owned();
        for call in [store.encrypt("demo", plaintext()), store.health()] {
            let response = server.send(call).await;
            assert_xks_error(&response, 404, "InvalidUriPathException");
        }
    }
}

#[tokio::test]
async fn xks_009_other_methods_are_answered_405() {
    let server = Server::start();
    let nothing = json!({ "ciphertext": "AAAA" });
    for call in server.store.all_four("demo", &nothing) {
        for method in [
            "GET", "HEAD", "PUT", "DELETE", "OPTIONS", "PATCH", "post", "BREW",
        ] {
            let call = call.clone().request(|mut request| {
                method.clone_into(&mut request.method);
                request
            });
            let response = server.send(call).await;
            assert_eq!(response.status, 405, "{method}: {}", response.text());
            assert_eq!(response.header("allow"), Some("POST"));
            assert!(response.body.is_empty(), "{}", response.text());
        }
    }
}

#[tokio::test]
async fn xks_009_an_unknown_path_is_404_for_every_method() {
    let server = Server::start();
    for (method, path) in [
        ("GET", "/keys/demo"),
        ("PUT", "/"),
        ("DELETE", "/keys/demo/delete"),
    ] {
        let call = server.store.call(path, &json!({})).request(|mut request| {
            method.clone_into(&mut request.method);
            request
        });
        let response = server.send(call).await;
        assert_xks_error(&response, 404, "InvalidUriPathException");
    }
}

#[tokio::test]
async fn xks_010_a_query_is_refused() {
    let server = Server::start();
    for query in ["?a=b", "?a", "?X-Amz-Algorithm=AWS4-HMAC-SHA256"] {
        for call in [server.store.metadata("demo"), server.store.health()] {
            let call = call.request(|mut request| {
                request.target.push_str(query);
                request
            });
            let response = server.send(call).await;
            assert_xks_error(&response, 404, "InvalidUriPathException");
        }
    }
}

#[tokio::test]
async fn xks_011_key_stores_of_one_host_are_isolated() {
    let mut server = Server::start_with(|folder| {
        folder.add_key_store("other");
        folder.save();
        folder.key("create", "other", "other-key");
    });
    let demo = server.store.clone();
    let other = server.key_store("other");
    server.send(demo.metadata("demo")).await.ok();
    server.send(other.metadata("other-key")).await.ok();

    // The keys of one are unknown to the other.
    for call in [demo.metadata("other-key"), other.metadata("demo")] {
        let response = server.send(call).await;
        assert_xks_error(&response, 404, "KeyNotFoundException");
    }
    // The credential of one is unknown to the other.
    for (mut store, credential) in [
        (demo.clone(), other.credential.clone()),
        (other.clone(), demo.credential.clone()),
    ] {
        store.credential = credential;
        for call in [store.metadata("demo"), store.health()] {
            let response = server.send(call).await;
            assert_xks_error(&response, 401, "AuthenticationFailedException");
        }
    }
}

#[tokio::test]
async fn xks_011_keys_of_the_same_name_are_different_keys() {
    let mut server = Server::start_with(|folder| {
        folder.add_key_store("other");
        folder.save();
        folder.key("create", "other", "demo");
    });
    let other = server.key_store("other");
    let plaintext = plaintext();
    let call = server.store.encrypt("demo", &plaintext);
    let encrypted = server.send(call).await.ok();
    let response = server.send(other.decrypt("demo", &encrypted)).await;
    assert_xks_error(&response, 400, "InvalidCiphertextException");
}
