//! A file that is gone, or was replaced by another one, while a host serves.

use std::fs;
use std::path::Path;

use super::file::{database, folder, health, until};
use crate::harness::{assert_xks_error, plaintext};

const FILES: [&str; 3] = ["keys.sqlite", "keys.sqlite-wal", "keys.sqlite-shm"];

fn move_files(from: &Path, to: &Path) {
    for file in FILES {
        let _ = fs::rename(from.join(file), to.join(file));
    }
}

/// An operator puts an old copy in the place of the file and disables a key in it,
/// which the host does not see: it must not go on encrypting.
#[tokio::test]
async fn flt_32_a_host_whose_file_was_replaced_refuses_until_the_right_one_is_back() {
    let folder = folder();
    let copy = folder.path("copy.sqlite");
    database(&folder)
        .execute_batch(&format!("VACUUM INTO '{}'", copy.display()))
        .unwrap();
    folder.key("create", "demo", "made-later");
    let server = folder.serve();
    let (call, later) = (
        || server.store.encrypt("demo", plaintext()),
        || server.store.encrypt("made-later", plaintext()),
    );
    server.send(call()).await.ok();
    server.send(later()).await.ok();
    assert_eq!(health(&server).await, "ACTIVE");

    let kept = server.folder().path("kept");
    fs::create_dir(&kept).unwrap();
    move_files(server.folder().directory(), &kept);
    fs::rename(&copy, server.folder().path("keys.sqlite")).unwrap();
    let disabled = server.folder().key("disable", "demo", "demo");
    assert!(disabled.contains("DISABLED"), "{disabled}");
    until(&server, call, 503, 200).await;
    server.wait_for_log("key storage is not used any more");
    for _ in 0..20 {
        let response = server.send(call()).await;
        assert_xks_error(&response, 503, "DependencyTimeoutException");
        // The copy has no such key, and that says nothing.
        assert_xks_error(
            &server.send(later()).await,
            503,
            "DependencyTimeoutException",
        );
    }
    assert_eq!(health(&server).await, "UNAVAILABLE");

    for file in FILES {
        let _ = fs::remove_file(server.folder().path(file));
    }
    move_files(&kept, server.folder().directory());
    until(&server, call, 200, 503).await;
    until(&server, later, 200, 503).await;
    assert_eq!(health(&server).await, "ACTIVE");
    server.wait_for_log("key storage is there again");
}

#[tokio::test]
async fn flt_32_a_deleted_file_is_noticed_and_not_made_again() {
    let server = folder().serve();
    let call = || server.store.encrypt("demo", plaintext());
    server.send(call()).await.ok();
    for file in FILES {
        let _ = fs::remove_file(server.folder().path(file));
    }
    until(&server, call, 503, 200).await;
    let output = server
        .folder()
        .claviger(&["key", "disable", "--key-store", "demo", "demo"]);
    assert!(!output.status.success(), "there is no file to change");
    assert!(!server.folder().path("keys.sqlite").exists());
}
