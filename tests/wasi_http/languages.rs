//! Clients of other languages: `fetch` of JavaScript, and Python by the bindings of
//! `wasi:http`. `examples/languages` builds them.

use super::upstream;
use crate::harness::{Server, assert_xks_error, base64, plaintext};
use crate::languages::{plugin, table};
use crate::upstreams::HIDDEN;
use crate::upstreams::servers::Http;

async fn a_directory_asks_over_http(language: &str, memory_mib: i64) {
    let http = Http::start().await;
    let server = Server::start_with(|folder| {
        folder.set("plugin.names", plugin("directory-http", language));
        folder.set("plugin.names.memory_mib", memory_mib);
        upstream(folder, "directory", &http);
        folder.write_private("credentials/directory", HIDDEN);
        folder.set("secret.directory-token.file", "credentials/directory");
        let directory = "plugin = 'names'\n\
             grants = { http = ['directory'], secrets = ['directory-token'], wasi = true }";
        let key_store = folder.main_key_store();
        key_store.insert("directory".to_owned(), table(directory));
    });
    server.forbidden.note_text("secret", HIDDEN);
    for _ in 0..20 {
        let plaintext = plaintext();
        let call = server.store.encrypt("first", &plaintext);
        let encrypted = server.send(call.with_integrity_value()).await.ok();
        let call = server.store.decrypt("first", &encrypted);
        let decrypted = server.send(call).await.ok();
        assert_eq!(decrypted["plaintext"], base64(&plaintext));
    }
    let missing = server.send(server.store.metadata("missing")).await;
    assert_xks_error(&missing, 404, "KeyNotFoundException");
    let slow = server.send(server.store.metadata("slow")).await;
    assert_xks_error(&slow, 503, "DependencyTimeoutException");
    let moved = server.send(server.store.metadata("moved")).await;
    assert_ne!(moved.status, 200, "a redirect is not followed");
    server.send(server.store.metadata("first")).await.ok();

    let heads = http.heads.lock().unwrap().clone();
    let authorized = format!("authorization: Bearer {HIDDEN}\r\n");
    assert!(!heads.is_empty());
    assert!(heads.iter().all(|head| head.contains(&authorized)));
    server.stop();
}

#[tokio::test]
async fn flt_91_fetch_in_javascript() {
    a_directory_asks_over_http("js", 64).await;
}

#[tokio::test]
async fn flt_90_http_in_python() {
    a_directory_asks_over_http("python", 32).await;
}
