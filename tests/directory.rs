//! A directory between the external key ids and the backend's keys.

use crate::harness::{Folder, Server, assert_xks_error, base64, plaintext};

fn with_directory(folder: &mut Folder) {
    folder.set("plugin.names.component", "builtin:directory-map");
    let directory: toml::Table = r#"
        plugin = "names"

        [settings]
        disabled = ["switched-off"]

        [settings.keys]
        billing-2026 = "demo"
        switched-off = "demo-encrypt-only"
        off-behind = "demo-disabled"
        nowhere = "no-such-key"
    "#
    .parse()
    .unwrap();
    folder
        .main_key_store()
        .insert("directory".to_owned(), directory.into());
}

#[tokio::test]
async fn a_key_is_used_under_its_external_key_id() {
    let server = Server::start_with(with_directory);
    let plaintext = plaintext();
    let call = server
        .store
        .encrypt("billing-2026", &plaintext)
        .with_integrity_value();
    let encrypted = server.send(call).await.ok();
    let decrypted = server
        .send(server.store.decrypt("billing-2026", &encrypted))
        .await
        .ok();
    assert_eq!(decrypted["plaintext"], base64(&plaintext));
    // The directory only names: the ciphertext is the backend key's.
    let server = Server::serve({
        let mut folder = server.stop().folder;
        folder.main_key_store().remove("directory");
        folder.save();
        folder
    });
    server
        .send(server.store.decrypt("demo", &encrypted))
        .await
        .ok();
}

#[tokio::test]
async fn an_id_that_is_not_in_the_directory_does_not_exist() {
    let server = Server::start_with(with_directory);
    for key in ["demo", "demo-no-usage", "unheard-of", "nowhere"] {
        let response = server.send(server.store.metadata(key)).await;
        assert_xks_error(&response, 404, "KeyNotFoundException");
    }
}

#[tokio::test]
async fn a_key_is_disabled_by_either() {
    let server = Server::start_with(with_directory);
    for key in ["switched-off", "off-behind"] {
        let answer = server.send(server.store.metadata(key)).await.ok();
        assert_eq!(answer["keyStatus"], "DISABLED", "{key}");
        let response = server.send(server.store.encrypt(key, plaintext())).await;
        assert_xks_error(&response, 400, "InvalidStateException");
    }
}
