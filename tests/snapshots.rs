//! A configuration is replaced by another while the host serves.
//!
//! The host runs inside the test, in a process of its own: threads can be counted only
//! where nobody else has any.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use claviger::server::{Compiler, Server, Stop};
use claviger_config::Configuration;
use tokio::sync::mpsc;
use toml::Table;

use crate::harness::hsm::{HSMS, PIN};
use crate::harness::http1::Http1;
use crate::harness::tls::TlsClient;
use crate::harness::{Credential, Deployment, Folder, KeyStore, base64};

/// Where the child finds its folder.
const FOLDER: &str = "CLAVIGER_TEST_FOLDER";
/// The two configurations.
const CONFIGURATIONS: [&str; 2] = ["claviger.toml", "other.toml"];
/// How often one replaces the other.
const SWAPS: usize = 24;
/// Connections to each key store, kept over all changes.
const CONNECTIONS: usize = 2;

#[test]
fn a_snapshot_is_replaced_under_load_and_resources_stay_open() {
    let mut folder = Folder::new(Deployment::on(&HSMS[0]));
    folder.set("log.level", "warn");
    let software: Table = r#"
        name = "software"
        uri_path_prefix = "/software"
        default = "allow"
        credential = []
        policy = [{ plugin = "allow-list", settings = { statements = [{ id = "all", effect = "allow", principals = ["*"] }] } }]

        [backend]
        plugin = "software"
        grants = { log = true, random = true, aead = true, key-storage = "main" }
    "#
    .parse()
    .unwrap();
    folder.set("plugin.software.component", "builtin:backend-software");
    folder.set("storage.main.path", "keys.sqlite");
    folder.set("storage.main.key_encryption_key_file", "keys.kek");
    folder.write_private("keys.kek", &base64([7; 32]));
    let credential = folder.main_key_store()["credential"].clone();
    let key_stores = folder.config["key_store"].as_array_mut().unwrap();
    key_stores.push(software.into());
    folder.key_store("software")["credential"] = credential;
    folder.save();
    folder.key("create", "software", "demo");
    // Everything that can differ: a policy, a default, a deadline, a cipher, a
    // plugin that is not used any more, another name for the same storage.
    let mut other = folder.config.clone();
    other["server"]["deadline_ms"] = 230.into();
    let storage = other["storage"]["main"].clone();
    other["storage"] = Table::from_iter([("renamed".to_owned(), storage)]).into();
    let store = &mut other["key_store"][1];
    store["backend"]["grants"]["key-storage"] = "renamed".into();
    let settings: Table = r#"cipher = "guest""#.parse().unwrap();
    let backend = store["backend"].as_table_mut().unwrap();
    backend.insert("settings".to_owned(), settings.into());
    store.as_table_mut().unwrap().remove("policy");
    let other = toml::to_string(&other).unwrap();
    std::fs::write(folder.path(CONFIGURATIONS[1]), other).unwrap();

    let (name, tokens) = folder.environment();
    let output = Command::new(std::env::current_exe().expect("this program"))
        .args(["--exact", "snapshots::swapped", "--ignored", "--nocapture"])
        .env(name, tokens)
        .env(FOLDER, folder.directory())
        .output()
        .expect("it starts");
    let said = String::from_utf8_lossy(&output.stdout);
    let log = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}\n{log}");
    assert!(said.contains("1 passed"), "it ran: {said}");
    assert!(!log.contains(PIN) && !said.contains(PIN));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
#[ignore = "the test above runs it, in a process of its own"]
async fn swapped() {
    let folder = PathBuf::from(std::env::var(FOLDER).expect("the folder to serve"));
    let [first, second] = CONFIGURATIONS.map(|name| Configuration::load(&folder.join(name)));
    let configurations = [first.unwrap(), second.unwrap()];
    let program = env!("CARGO_BIN_EXE_claviger");
    let server = Server::start(&configurations[0], Compiler::at(program)).await;
    let server = server.unwrap_or_else(|faults| panic!("{}", claviger_config::report(&faults)));
    let (address, control) = (server.listening().api, server.control());
    let (stop, orders) = mpsc::channel(1);
    let running = tokio::spawn(server.run(orders));

    let roots = std::fs::read_to_string(folder.join("ca.pem")).unwrap();
    let (ended, good) = (
        Arc::new(AtomicBool::new(false)),
        Arc::new(AtomicUsize::new(0)),
    );
    let mut callers = Vec::new();
    for prefix in ["/demo", "/software"] {
        for _ in 0..CONNECTIONS {
            let store = key_store(&folder, prefix, address.port());
            let stream = TlsClient::trusting(&roots).connect(address).await;
            let mut connection = Http1::over(stream.expect("the TLS handshake succeeds"));
            let (ended, good) = (Arc::clone(&ended), Arc::clone(&good));
            callers.push(tokio::spawn(async move {
                while !ended.load(Ordering::Relaxed) {
                    let call = store.encrypt("demo", b"plaintext").with_integrity_value();
                    let encrypted = connection.send(&call.into()).await.ok();
                    let call = store.decrypt("demo", &encrypted);
                    let decrypted = connection.send(&call.into()).await.ok();
                    assert_eq!(decrypted["plaintext"], base64(b"plaintext"));
                    good.fetch_add(2, Ordering::Relaxed);
                }
            }));
        }
    }
    let served_more = async |than: usize| {
        while good.load(Ordering::Relaxed) <= than {
            tokio::task::yield_now().await;
        }
    };
    served_more(2 * CONNECTIONS).await;
    let before = threads();
    assert!(before.iter().any(|name| name.contains("hsm")), "{before:?}");
    assert_eq!(storage_watchers(&before), 1, "{before:?}");
    for swap in 1..=SWAPS {
        let answered = good.load(Ordering::Relaxed);
        let taken_up = control.take_up(&configurations[swap % 2]).await;
        taken_up.unwrap_or_else(|faults| panic!("{}", claviger_config::report(&faults)));
        served_more(answered + CONNECTIONS).await;
    }
    let mut elsewhere = configurations[SWAPS % 2].clone();
    elsewhere.server.connections += 1;
    let warnings = control.take_up(&elsewhere).await.unwrap().warnings;
    let told = warnings.iter().map(|warning| &*warning.path);
    let told: Vec<_> = told.collect();
    assert!(told.contains(&"server.connections"), "{told:?}");
    let mut broken = configurations[0].clone();
    broken.server.tls.private_key = folder.join("no-such-key.pem");
    let faults = control.take_up(&broken).await.expect_err("a fault");
    assert_eq!(faults[0].path, "server.tls.private_key");
    served_more(good.load(Ordering::Relaxed) + 2 * CONNECTIONS).await;

    let after = threads();
    let tokens = |names: &[String]| -> Vec<String> {
        names
            .iter()
            .filter(|name| name.contains("hsm"))
            .cloned()
            .collect()
    };
    assert_eq!(tokens(&before), tokens(&after), "sessions of the token");
    assert_eq!(storage_watchers(&after), 1, "{after:?}");

    ended.store(true, Ordering::Relaxed);
    for caller in callers {
        caller.await.expect("every answer was right");
    }
    let _ = stop.send(Stop::AtOnce).await;
    running.await.expect("it drains");
    drop(control);
    let audit = std::fs::read_to_string(folder.join("audit.jsonl")).unwrap();
    let recorded = audit
        .lines()
        .filter(|line| line.contains(r#""status":200"#));
    assert_eq!(
        recorded.count(),
        good.load(Ordering::Relaxed),
        "one record each"
    );
}

fn key_store(folder: &Path, prefix: &str, port: u16) -> KeyStore {
    let config: Table = std::fs::read_to_string(folder.join(CONFIGURATIONS[0]))
        .unwrap()
        .parse()
        .unwrap();
    let credential = &config["key_store"][0]["credential"][0];
    let text = |name: &str| credential[name].as_str().unwrap().to_owned();
    let secret = std::fs::read_to_string(folder.join(text("secret_access_key_file")));
    let demo = config["key_store"][0]["uri_path_prefix"].as_str().unwrap();
    let prefix = if prefix == "/demo" { demo } else { prefix };
    KeyStore {
        uri_path: format!("{prefix}/kms/xks/v1"),
        authority: format!("localhost:{port}"),
        credential: Credential {
            access_key_id: text("access_key_id"),
            secret_access_key: secret.unwrap().trim().to_owned(),
        },
    }
}

/// The names of this process's threads, sorted.
fn threads() -> Vec<String> {
    let mut names: Vec<_> = std::fs::read_dir("/proc/self/task")
        .expect("Linux")
        .filter_map(|task| std::fs::read_to_string(task.ok()?.path().join("comm")).ok())
        .map(|name| name.trim().to_owned())
        .collect();
    names.sort();
    names
}

fn storage_watchers(threads: &[String]) -> usize {
    threads.iter().filter(|name| *name == "key-storage").count()
}
