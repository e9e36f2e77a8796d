//! Records that do not open.

use super::file::{damage, folder};
use crate::harness::{assert_xks_error, plaintext};

/// A record of a key, the key itself, and no key: nothing is said to be missing that
/// is damaged, and nothing else is hurt.
#[tokio::test]
async fn flt_33_a_damaged_record_is_no_missing_key() {
    let folder = folder();
    for key in ["hurt", "no-secret"] {
        folder.key("create", "demo", key);
    }
    let good = folder.claviger(&["key", "list", "--key-store", "demo"]);
    assert!(good.status.success());
    damage(&folder, "key/hurt");
    damage(&folder, "secret/no-secret/1");

    let listed = folder.claviger(&["key", "list", "--key-store", "demo"]);
    assert!(!listed.status.success());
    let shown = String::from_utf8(listed.stdout).unwrap();
    for key in ["demo", "demo-disabled", "demo-encrypt-only"] {
        assert!(shown.contains(key), "{shown}");
    }
    assert!(
        !shown.contains("hurt") && !shown.contains("no-secret"),
        "{shown}"
    );
    let problems = String::from_utf8(listed.stderr).unwrap();
    assert!(
        problems.contains("hurt: the record is damaged"),
        "{problems}"
    );
    assert!(problems.contains("no-secret: version 1"), "{problems}");

    let (good, faults) = folder.check();
    assert!(!good);
    for record in ["`key/hurt`", "`secret/no-secret/1`"] {
        assert!(faults.contains(record), "{faults}");
    }
    assert!(!faults.contains("`key/demo`"), "{faults}");

    let server = folder.serve();
    for key in ["hurt", "no-secret"] {
        let call = server.store.encrypt(key, plaintext());
        assert_xks_error(&server.send(call).await, 500, "InternalException");
    }
    let response = server.send(server.store.metadata("hurt")).await;
    assert_xks_error(&response, 500, "InternalException");
    let response = server.send(server.store.metadata("never-made")).await;
    assert_xks_error(&response, 404, "KeyNotFoundException");
    let call = server.store.encrypt("demo", plaintext());
    server.send(call).await.ok();
    assert!(server.stop().stderr.contains("key/hurt"));
}
