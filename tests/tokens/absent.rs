//! What is not there at the start (FLT-53, FLT-54): others are served, and it is
//! taken up when it is there, without another start.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::folder;
use crate::control::{claviger, with_control};
use crate::harness::hsm::{self, LABELS};
use crate::harness::process::LIMIT;
use crate::harness::{
    Call, Deployment, Folder, KeyStore, Server, assert_xks_error, base64, plaintext,
};
use crate::key_on_token;
use crate::probe::{probe, with_probe};

/// Moves a file or folder away until it is put back.
struct Absent {
    place: PathBuf,
    kept: PathBuf,
}

impl Absent {
    fn take(folder: &Folder, place: PathBuf) -> Self {
        // Not beside it: `SoftHSM` takes every folder there for a token.
        Self::take_to(place, folder.path("kept"))
    }

    fn take_to(place: PathBuf, kept: PathBuf) -> Self {
        std::fs::rename(&place, &kept).expect("it is there");
        Self { place, kept }
    }

    fn put_back(&self) {
        std::fs::rename(&self.kept, &self.place).expect("its place is free");
    }
}

/// The key stores that wait, as the operator is told.
fn absent(server: &Server) -> Vec<String> {
    let (_, text, fault) = claviger(server, &["status", "--json"]);
    let status: serde_json::Value =
        serde_json::from_str(&text).unwrap_or_else(|_| panic!("{text}{fault}"));
    serde_json::from_value(status["absent"].clone()).expect("names")
}

/// The folder of the token with this label, which is in one of its files.
fn token_folder(folder: &Folder, label: &str) -> PathBuf {
    let tokens = std::fs::read_dir(folder.path("tokens")).expect("a folder");
    let holds = |token: &Path| {
        let object = std::fs::read(token.join("token.object")).expect("a file");
        object.windows(label.len()).any(|it| it == label.as_bytes())
    };
    let mut tokens = tokens.flatten().map(|token| token.path());
    tokens.find(|token| holds(token)).expect("the token")
}

/// Sends until the answer is 200: for as long as nothing else is expected.
async fn served_in_the_end(server: &Server, call: &Call) {
    let began = Instant::now();
    let mut looks = tokio::time::interval(Duration::from_millis(100));
    loop {
        looks.tick().await;
        let response = server.send(call.clone()).await;
        if response.status == 200 {
            return;
        }
        assert_xks_error(&response, 503, "DependencyTimeoutException");
        assert!(began.elapsed() < LIMIT, "it is there and not served");
    }
}

#[tokio::test]
async fn flt_53_a_token_that_is_not_listed_is_taken_up_when_it_is() {
    let mut folder = folder("softhsm");
    folder.add_key_store("other");
    let gone = Absent::take(&folder, token_folder(&folder, LABELS[0]));
    let entry = "tokens.hsm.token_label\n  problem: the library has no such token\n";
    let (good, report) = folder.check();
    assert!(!good && report.contains(entry), "{report}");
    let mut server = folder.serve();
    let call = server.store.encrypt(server.keys().usable, plaintext());
    let response = server.send(call.clone()).await;
    assert_xks_error(&response, 503, "DependencyTimeoutException");
    // The other has no such key, and says so: it is served.
    let other = server.key_store("other").metadata("nothing");
    let response = server.send(other.clone()).await;
    assert_xks_error(&response, 404, "KeyNotFoundException");
    gone.put_back();
    served_in_the_end(&server, &call).await;
    let response = server.send(other).await;
    assert_xks_error(&response, 404, "KeyNotFoundException");
    let log = server.stop().stderr;
    assert!(log.contains("tokens.hsm.token_label"), "{log}");
}

#[tokio::test]
async fn flt_53_the_replica_serves_from_the_start() {
    let mut folder = folder("softhsm");
    let backend = &mut folder.main_key_store()["backend"];
    backend["grants"]["pkcs11"] = vec!["other", "hsm"].into();
    backend["settings"]["tokens"] = vec!["other", "hsm"].into();
    let gone = Absent::take(&folder, token_folder(&folder, LABELS[1]));
    let server = folder.serve();
    let call = server.store.encrypt(server.keys().usable, plaintext());
    server.send(call).await.ok();
    drop(gone);
}

#[tokio::test]
async fn flt_53_the_only_token_of_a_host_may_come_later() {
    let folder = folder("nshield");
    let gone = Absent::take(&folder, token_folder(&folder, LABELS[0]));
    let server = folder.serve();
    let call = server.store.encrypt(server.keys().usable, plaintext());
    let response = server.send(call.clone()).await;
    assert_xks_error(&response, 503, "DependencyTimeoutException");
    gone.put_back();
    served_in_the_end(&server, &call).await;
}

/// A second key store with software keys, which needs nothing of the first.
fn with_software_besides(folder: Folder) -> Folder {
    with_software_besides_of(folder, None)
}

/// The same; the first gets this backend, if it has another until then.
fn with_software_besides_of(mut folder: Folder, first: Option<toml::Value>) -> Folder {
    folder.add_key_store("second");
    if let Some(backend) = first {
        folder.main_key_store()["backend"] = backend;
    }
    folder.write_private("second.kek", &base64([7; 32]));
    let software: toml::Table = r#"
        [plugin.software]
        component = "builtin:backend-software"
        [storage.second]
        path = "second.sqlite"
        key_encryption_key_file = "second.kek"
        [backend]
        plugin = "software"
        grants = { log = true, random = true, aead = true, key-storage = "second" }
    "#
    .parse()
    .expect("TOML");
    let component = software["plugin"]["software"]["component"].clone();
    folder.set("plugin.software.component", component);
    folder.set("storage.second", software["storage"]["second"].clone());
    folder.key_store("second")["backend"] = software["backend"].clone();
    with_probe(&mut folder);
    folder.save();
    folder.key("create", "second", "demo");
    folder
}

/// A call that needs nothing but the key store's plugins.
fn described(store: &KeyStore) -> Call {
    store.metadata("demo")
}

/// One key store needs what is absent, and the other does not.
async fn waits_for(mut folder: Folder, file: PathBuf, setting: &str, waiting: &str) {
    let gone = Absent::take(&folder, file);
    let (good, report) = folder.check();
    assert!(!good && report.contains(setting), "{report}");
    with_control(&mut folder);
    folder.set("server.when_absent", "refuse");
    let refused = folder.serve_refuses();
    assert!(refused.contains(setting), "{refused}");
    folder.set("server.when_absent", "wait");

    let mut server = folder.serve();
    let other = match waiting {
        "second" => server.store.clone(),
        _ => server.key_store("second"),
    };
    // With whatever credential: that of this key store may be what is absent.
    let unserved = KeyStore {
        uri_path: format!("/{waiting}/kms/xks/v1"),
        ..server.store.clone()
    };
    let response = server.send(described(&unserved)).await;
    assert_xks_error(&response, 503, "DependencyTimeoutException");
    server.send(described(&other)).await.ok();
    assert_eq!(absent(&server), [waiting]);
    // Strangers learn of no key store.
    assert_eq!(probe(&server, "GET", "/readyz").await.text(), "");
    gone.put_back();
    let taken_up = server.key_store(waiting);
    served_in_the_end(&server, &described(&taken_up)).await;
    server.send(described(&other)).await.ok();
    assert!(absent(&server).is_empty());
    let log = server.stop().stderr;
    for text in [
        setting,
        &format!("key store `{waiting}` waits for it"),
        "it is served",
    ] {
        assert!(log.contains(text), "{text}: {log}");
    }
}

async fn demo_waits_for(folder: Folder, file: &str, setting: &str) {
    let folder = with_software_besides(folder);
    let absent = folder.path(file);
    waits_for(folder, absent, setting, "demo").await;
}

#[tokio::test]
async fn flt_54_the_pin_of_a_token() {
    demo_waits_for(
        folder("softhsm"),
        "credentials/hsm.pin",
        "tokens.hsm.pin_file",
    )
    .await;
}

#[tokio::test]
async fn flt_54_the_library_of_a_token() {
    demo_waits_for(folder("luna"), "hsm.so", "tokens.hsm.module").await;
}

fn software() -> Folder {
    Folder::new(Deployment::software())
}

#[tokio::test]
async fn flt_54_a_storage() {
    let database = software().config["storage"].clone();
    let (name, storage) = database
        .as_table()
        .expect("a table")
        .iter()
        .next()
        .expect("one");
    let file = storage["path"].as_str().expect("a path");
    demo_waits_for(software(), file, &format!("storage.{name}.path")).await;
}

#[tokio::test]
async fn flt_54_the_key_of_a_storage() {
    let database = software().config["storage"].clone();
    let (name, storage) = database
        .as_table()
        .expect("a table")
        .iter()
        .next()
        .expect("one");
    let file = storage["key_encryption_key_file"].as_str().expect("a path");
    let setting = format!("storage.{name}.key_encryption_key_file");
    demo_waits_for(software(), file, &setting).await;
}

#[tokio::test]
async fn flt_54_the_token_of_a_storages_key() {
    let mut folder = key_on_token::folder(&hsm::HSMS[0]);
    folder.create_key("demo");
    // As the harness expects it of a deployment on a token.
    let backend = folder.main_key_store()["backend"].clone();
    let settings: toml::Table = "tokens = []".parse().expect("TOML");
    let demo = folder.main_key_store()["backend"]
        .as_table_mut()
        .expect("a table");
    demo.insert("settings".to_owned(), settings.into());
    let grants = demo["grants"].as_table_mut().expect("a table");
    grants.insert("pkcs11".to_owned(), toml::Value::Boolean(false));
    let folder = with_software_besides_of(folder, Some(backend));
    let token = token_folder(&folder, LABELS[0]);
    let setting = "storage.main.key_encryption_key.token";
    waits_for(folder, token, setting, "demo").await;
}

#[tokio::test]
async fn flt_54_the_secret_of_a_credential() {
    let folder = with_software_besides(software());
    let secret = folder.path("credentials/second.secret");
    let setting = "key_store[1].credential[0].secret_access_key_file";
    waits_for(folder, secret, setting, "second").await;
}

/// A host that could serve nobody does not start, and wrong settings are no absence.
#[test]
fn flt_54_what_is_wrong_is_not_waited_for() {
    let folder = folder("softhsm");
    let pin = Absent::take(&folder, folder.path("credentials/hsm.pin"));
    let refused = folder.serve_refuses();
    assert!(refused.contains("tokens.hsm.pin_file"), "{refused}");
    pin.put_back();
    let folder = with_software_besides(folder);
    folder.write_private("credentials/hsm.pin", "not-the-right-one");
    let refused = folder.serve_refuses();
    assert!(refused.contains("the PIN is refused"), "{refused}");
}

/// What one key store waited for comes, and is wrong; the other's comes later.
#[tokio::test]
async fn flt_54_what_is_wrong_with_one_that_waited_holds_up_no_other() {
    let mut folder = with_software_besides(software());
    folder.add_key_store("third");
    with_control(&mut folder);
    folder.save();
    let secret = |name: &str| folder.path(&format!("credentials/{name}.secret"));
    let [second, third] = ["second", "third"]
        .map(|name| Absent::take_to(secret(name), folder.path(&format!("kept-{name}"))));
    let mut server = folder.serve();
    assert_eq!(absent(&server), ["second", "third"]);
    let right = std::fs::read(&second.kept).expect("a secret");
    std::fs::write(&second.kept, "too short").expect("a file of the owner's");
    second.put_back();
    server.wait_for_log("reload the configuration then");
    // Given up, and named with what is wrong.
    assert_eq!(absent(&server), ["second", "third"]);
    let (_, text, _) = claviger(&server, &["status"]);
    assert!(text.contains("key_store[1].credential[0].secret"), "{text}");
    let mut looks = tokio::time::interval(Duration::from_millis(100));
    let began = Instant::now();
    third.put_back();
    while absent(&server) != ["second"] {
        looks.tick().await;
        assert!(began.elapsed() < LIMIT, "it is there and not served");
    }
    let call = server.key_store("third").metadata("nothing");
    let response = server.send(call).await;
    assert_xks_error(&response, 404, "KeyNotFoundException");
    // Given up, and not forgotten: nobody is told that its keys do not exist.
    let unserved = KeyStore {
        uri_path: "/second/kms/xks/v1".to_owned(),
        ..server.store.clone()
    };
    let response = server.send(described(&unserved)).await;
    assert_xks_error(&response, 503, "DependencyTimeoutException");
    std::fs::write(&second.place, right).expect("a file of the owner's");
    let (good, _, fault) = claviger(&server, &["reload"]);
    assert!(good, "{fault}");
    assert!(absent(&server).is_empty());
    let taken_up = server.key_store("second");
    server.send(described(&taken_up)).await.ok();
}

/// The first configuration waited for nothing; a later one does.
#[tokio::test]
async fn flt_54_what_a_later_configuration_waits_for_is_taken_up() {
    let mut folder = software();
    with_control(&mut folder);
    let mut server = folder.serve();
    server.folder_mut().add_key_store("later");
    server.folder().save();
    let secret = Absent::take(
        server.folder(),
        server.folder().path("credentials/later.secret"),
    );
    let (good, _, fault) = claviger(&server, &["reload"]);
    assert!(good, "{fault}");
    assert_eq!(absent(&server), ["later"]);
    secret.put_back();
    let mut looks = tokio::time::interval(Duration::from_millis(100));
    let began = Instant::now();
    while !absent(&server).is_empty() {
        looks.tick().await;
        assert!(began.elapsed() < LIMIT, "it is there and not served");
    }
    let later = server.key_store("later").metadata("nothing");
    assert_xks_error(&server.send(later).await, 404, "KeyNotFoundException");
}
