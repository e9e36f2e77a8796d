//! What key stores and requests share of a plugin: nothing, when so configured.

use crate::harness::{Server, base64, plaintext};

#[tokio::test]
async fn an_instance_per_request_serves_like_a_warm_one() {
    let server = Server::start_with(|folder| {
        folder.set("plugin.software.isolation", "per-request");
        folder.set("plugin.allow-list.isolation", "per-request");
    });
    for _ in 0..10 {
        let plaintext = plaintext();
        let call = server
            .store
            .encrypt("demo", &plaintext)
            .with_integrity_value();
        let encrypted = server.send(call).await.ok();
        let decrypted = server
            .send(server.store.decrypt("demo", &encrypted))
            .await
            .ok();
        assert_eq!(decrypted["plaintext"], base64(&plaintext));
    }
}

#[tokio::test]
async fn ciphertexts_do_not_depend_on_the_cipher_setting() {
    let settings = |cipher: &str| {
        let mut table = toml::Table::new();
        table.insert("cipher".to_owned(), cipher.into());
        toml::Value::Table(table)
    };
    let server = Server::start_with(|folder| {
        folder.main_key_store()["backend"]["grants"]["aead"] = true.into();
        let backend = folder.main_key_store()["backend"].as_table_mut();
        backend
            .unwrap()
            .insert("settings".to_owned(), settings("host"));
    });
    let plaintext = plaintext();
    let call = server.store.encrypt("demo", &plaintext).with_aad("context");
    let by_host = server.send(call.clone()).await.ok();
    let mut folder = server.stop().folder;
    let backend = folder.main_key_store()["backend"].as_table_mut();
    backend
        .unwrap()
        .insert("settings".to_owned(), settings("guest"));
    let server = folder.serve();
    let call = server.store.encrypt("demo", &plaintext).with_aad("context");
    let by_guest = server.send(call).await.ok();
    for encrypted in [&by_host, &by_guest] {
        let call = server.store.decrypt("demo", encrypted).with_aad("context");
        let decrypted = server.send(call).await.ok();
        assert_eq!(decrypted["plaintext"], base64(&plaintext));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn many_requests_at_once_are_all_served() {
    let server = Server::start();
    let connection = server.connect_http2().await;
    let mut requests = Vec::new();
    for _ in 0..16 {
        let request = server.store.encrypt("demo", plaintext()).sign();
        server.forbidden.note_request(&request);
        requests.push(request);
    }
    for response in connection.send_all(&requests).await {
        response.ok();
    }
}
