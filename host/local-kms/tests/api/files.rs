//! Files that are named and are no files, and folders that others use.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::json;
use tempfile::TempDir;

use crate::harness::kms::command;
use crate::harness::{Kms, Proxy};

fn fifo(folder: &Path, name: &str) -> PathBuf {
    let path = folder.join(name);
    let made = Command::new("mkfifo").arg(&path).status().unwrap();
    assert!(made.success());
    path
}

/// Both would keep the service from starting, or from ending: a FIFO is waited for, and
/// a device has no end.
#[tokio::test]
async fn what_is_no_regular_file_is_refused_at_once() {
    let (proxy, folder) = (Proxy::start().await, TempDir::new().unwrap());
    let ca = proxy.ca_file();
    let ca = ca.to_str().unwrap();
    let leaf = proxy.ca_file().with_file_name("leaf.pem");
    let leaf = leaf.to_str().unwrap();
    let seed = folder.path().join("seed.toml");
    for (number, bad) in [fifo(folder.path(), "fifo"), "/dev/zero".into()]
        .iter()
        .enumerate()
    {
        let text = format!(
            "[[key_store]]\nid = \"cks-1\"\nname = \"a\"\nendpoint = \"https://a.example.com\"\n\
             proxy_configuration_file = \"{}\"\n",
            bad.display()
        );
        std::fs::write(&seed, text).unwrap();
        let state = folder.path().join(format!("state-{number}"));
        let kms = Kms::with(&proxy, &["--dir", state.to_str().unwrap()]).await;
        kms.stop().await;
        let stores = state.join("regions/us-east-1/key-stores");
        std::fs::create_dir_all(&stores).unwrap();
        std::os::unix::fs::symlink(bad, stores.join("cks-1.json")).unwrap();
        let bad = bad.to_str().unwrap();
        for arguments in [
            vec!["--ca-file", bad],
            vec!["--ca-file", ca, "--seed", bad],
            vec!["--ca-file", ca, "--seed", seed.to_str().unwrap()],
            vec!["--ca-file", ca, "--tls-cert", bad, "--tls-key", leaf],
            vec!["--ca-file", ca, "--tls-cert", leaf, "--tls-key", bad],
            vec!["--ca-file", ca, "--dir", state.to_str().unwrap()],
        ] {
            let refused = Kms::start(command(&arguments)).await.err();
            let refused = refused.unwrap_or_else(|| panic!("{arguments:?}"));
            let refused = refused.to_string();
            assert!(refused.contains("it is not a regular file"), "{refused}");
        }
    }
}

#[tokio::test]
async fn nothing_is_answered_as_done_once_the_state_folder_is_gone() {
    let (proxy, folder) = (Proxy::start().await, TempDir::new().unwrap());
    let state = folder.path().join("state");
    let kms = Kms::with(&proxy, &["--dir", state.to_str().unwrap()]).await;
    kms.create_own_key().await;
    std::fs::remove_dir_all(&state).unwrap();
    let refused = kms.refused("CreateKey", json!({})).await;
    assert_eq!(
        (refused.status, &*refused.name),
        (500, "KMSInternalException")
    );
    assert!(!state.exists());
}
