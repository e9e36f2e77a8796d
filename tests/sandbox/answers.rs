//! What a plugin says and returns: FLT-66, FLT-68.

use crate::harness::guests::misbehaving;
use crate::harness::{Deployment, Folder, Server, assert_xks_error};

use super::only_policy;
use super::parts::COMPOSED;

#[tokio::test]
async fn flt_66_a_backend_that_returns_the_plaintext_as_the_ciphertext_is_refused() {
    let server = Server::start_with(misbehaving);
    for key in ["no-cipher", "no-cipher-zeros"] {
        for length in [16, 32, 4096] {
            let plaintext = &crate::harness::plaintext().repeat(128)[..length];
            let encrypt = || server.store.encrypt(key, plaintext);
            for call in [encrypt(), encrypt().with_integrity_value()] {
                let response = server.send(call).await;
                assert_xks_error(&response, 500, "InternalException");
            }
        }
        // Of 15 bytes it could be chance.
        server.send(server.store.encrypt(key, [7; 15])).await.ok();
    }
    let audit = server.stop().audit;
    let refused = audit
        .iter()
        .filter(|record| record["error"] == "InternalException");
    let mut count = 0;
    for record in refused {
        let reason = record["reason"].as_str().unwrap();
        assert!(
            reason.contains("the ciphertext is the plaintext"),
            "{reason}"
        );
        count += 1;
    }
    assert_eq!(count, 12);
}

#[test]
fn flt_68_faults_of_settings_are_few_short_and_escaped() {
    for faults in [1, 300] {
        let mut folder = Folder::new(Deployment::software());
        misbehaving(&mut folder);
        let backend = &mut folder.main_key_store()["backend"];
        let settings = backend["settings"].as_table_mut().unwrap();
        settings.insert("faults".to_owned(), faults.into());
        let stderr = folder.serve_refuses();
        assert!(stderr.contains("key_store[0].backend.settings"), "{stderr}");
        assert!(stderr.len() < 100_000, "{} bytes", stderr.len());
        assert!(!stderr.contains(['\u{202e}', '\u{1b}']), "{stderr}");
        assert_eq!(faults > 32, stderr.contains("more faults"), "{stderr}");
    }
}

/// A key store whose plugin is silent must not be left out in silence.
#[test]
fn flt_68_a_plugin_that_refuses_its_settings_without_a_fault_stops_the_start() {
    let accepts = "(i32.store8 (i32.const 64) (i32.const 0))";
    let refuses = "(i32.store8 (i32.const 64) (i32.const 1))";
    assert!(COMPOSED.contains(accepts));
    let mut folder = Folder::new(Deployment::software());
    only_policy(&mut folder, "silent", &COMPOSED.replace(accepts, refuses));
    let stderr = folder.serve_refuses();
    assert!(
        stderr.contains("key_store[0].policy[0].settings"),
        "{stderr}"
    );
    assert!(stderr.contains("does not say why"), "{stderr}");
}
