//! `claviger key`.

use super::{folder, stdout};
use crate::harness::Server;

#[tokio::test]
async fn keys_are_made_listed_and_shown() {
    let server = Server::start_with(|folder| {
        folder.save();
        folder.key("create", "demo", "made-here");
        let only = [
            "key",
            "create",
            "--key-store",
            "demo",
            "made-for-one",
            "--usage",
            "encrypt",
        ];
        assert!(folder.claviger(&only).status.success());
        let none = [
            "key",
            "create",
            "--key-store",
            "demo",
            "made-for-none",
            "--usage",
            "none",
        ];
        assert!(folder.claviger(&none).status.success());
        folder.key("rotate", "demo", "made-here");
    });
    for (key, usage) in [("made-here", 2), ("made-for-one", 1), ("made-for-none", 0)] {
        let answer = server.send(server.store.metadata(key)).await.ok();
        assert_eq!(answer["keyUsage"].as_array().unwrap().len(), usage, "{key}");
    }
    let listed = server
        .folder()
        .claviger(&["key", "list", "--key-store", "demo"]);
    let listed = stdout(&listed);
    for key in [
        "demo",
        "demo-disabled",
        "made-here",
        "made-for-one",
        "made-for-none",
    ] {
        assert!(listed.contains(key), "{listed}");
    }
    let shown = server.folder().key("show", "demo", "made-here");
    assert!(
        shown.contains("made-here") && shown.contains('2'),
        "{shown}"
    );
}

#[test]
fn a_key_that_is_not_there_is_an_error() {
    let folder = folder();
    folder.save();
    for action in ["show", "disable", "enable", "rotate"] {
        let output = folder.claviger(&["key", action, "--key-store", "demo", "no-such-key"]);
        assert!(!output.status.success(), "{action}");
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert!(stderr.contains("no-such-key"), "{stderr}");
    }
    for bad in [
        &["key", "create", "--key-store", "demo", "not/an/id"][..],
        &["key", "create", "--key-store", "nowhere", "id"],
        &[
            "key",
            "create",
            "--key-store",
            "demo",
            "id",
            "--usage",
            "sign",
        ],
        &["key", "create", "--key-store", "demo"],
    ] {
        assert!(!folder.claviger(bad).status.success(), "{bad:?}");
    }
}
