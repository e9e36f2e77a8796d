//! Keys in `PyKMIP`, the reference server of KMIP, over mutual TLS. Every folder has names
//! with a prefix of their own on one server, so that tests do not meet.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU32, Ordering};

use serde_json::{Value, json};
use tempfile::TempDir;
use toml::Table;

use super::certificates::Authority;
use super::deployment::{KEYS, change, shared_directory};
use super::folder::copy;
use super::guests::repository;

/// What is said when the program is not there.
pub(crate) const INSTALL: &str = "this test needs PyKMIP: bash tests/kmip/install";

/// Where a server runs that a test run lends to another.
const SHARED: &str = "CLAVIGER_TEST_KMIP";

/// A server whose behaviour can be changed (`tests/kmip/server.py`).
pub(crate) struct Kmip {
    pub(crate) port: u16,
    control: u16,
    /// Certificates: the authority's, the server's, and those of two clients.
    pki: Pki,
    /// Ends with its standard input, also when this process is killed.
    process: Option<Child>,
}

/// A folder that ends with the server, or is lent.
enum Pki {
    Own(TempDir),
    Lent(PathBuf),
}

impl Kmip {
    /// A server of a test's own.
    pub(crate) fn start() -> Self {
        Self::start_with(&json!({}))
    }

    /// The same that behaves like this from the start.
    pub(crate) fn start_with(behaviour: &Value) -> Self {
        let pki = tempfile::tempdir().expect("a temporary directory");
        make_certificates(pki.path());
        Self::start_at(0, Pki::Own(pki), behaviour)
    }

    /// Another one, without keys, where this one was, which ends at once. `between` is
    /// done while there is none.
    pub(crate) async fn start_again(mut self, between: impl Future<Output = ()>) -> Self {
        self.end();
        between.await;
        let pki = std::mem::replace(&mut self.pki, Pki::Lent(PathBuf::new()));
        Self::start_at(self.port, pki, &json!({}))
    }

    fn start_at(port: u16, pki: Pki, behaviour: &Value) -> Self {
        let mut process = Command::new(installed().join("bin/python"))
            .arg(repository().join("tests/kmip/server.py"))
            .arg("--pki")
            .arg(pki.path())
            .args(["--port", &port.to_string()])
            .args(["--behave", &behaviour.to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("Python starts");
        let mut line = String::new();
        let stdout = process.stdout.take().expect("piped above");
        let read = BufReader::new(stdout).read_line(&mut line);
        read.expect("it says where it listens");
        let ports: Value = serde_json::from_str(&line).expect("JSON");
        let port = |name: &str| {
            ports[name]
                .as_u64()
                .and_then(|port| u16::try_from(port).ok())
        };
        Self {
            port: port("port").expect("a port"),
            control: port("control").expect("a port"),
            pki,
            process: Some(process),
        }
    }

    /// The server that all folders of the conformance tests share.
    pub(crate) fn shared() -> &'static Self {
        static SERVER: LazyLock<Kmip> = LazyLock::new(|| match std::env::var(SHARED) {
            Ok(lent) => {
                let lent: Vec<_> = lent.splitn(3, ':').collect();
                let port = |text: &str| text.parse().expect("a port");
                Kmip {
                    port: port(lent[0]),
                    control: port(lent[1]),
                    pki: Pki::Lent(lent[2].into()),
                    process: None,
                }
            }
            Err(_) => Kmip::start(),
        });
        &SERVER
    }

    /// Where the shared server is, for the environment of a test run that uses it.
    pub(crate) fn lent() -> (&'static str, String) {
        let Self {
            port, control, pki, ..
        } = Self::shared();
        (SHARED, format!("{port}:{control}:{}", pki.path().display()))
    }

    fn control(&self, request: &Value) -> Value {
        let address = SocketAddr::from(([127, 0, 0, 1], self.control));
        let mut stream = TcpStream::connect(address).expect("the server controls");
        writeln!(stream, "{request}").expect("it reads");
        let mut line = String::new();
        let read = BufReader::new(stream).read_line(&mut line);
        read.expect("it answers");
        serde_json::from_str(&line).unwrap_or_else(|_| panic!("{request}: no answer"))
    }

    /// Changes what the server does: `behaviour` in `tests/kmip/server.py`.
    pub(crate) fn behave(&self, behaviour: &Value) {
        self.control(&json!({ "behave": behaviour }));
    }

    /// Makes an active key of this name for everything; returns its identifier.
    pub(crate) fn create_key(&self, name: &str) -> String {
        self.create(&json!({ "names": [name] }))
    }

    /// Makes a key: `names`, `state`, `mask`, `length`, `owner`; returns its identifier.
    pub(crate) fn create(&self, key: &Value) -> String {
        identifier(&self.control(key))
    }

    /// Changes a key: `state`, `names`, `rekey`, `destroy`; returns the identifier of the
    /// key that has its names now.
    pub(crate) fn change(&self, id: &str, change: &Value) -> String {
        self.changed(json!({ "id": id }), change)
    }

    /// The same with the key of this name.
    pub(crate) fn change_called(&self, name: &str, change: &Value) -> String {
        self.changed(json!({ "name": name }), change)
    }

    fn changed(&self, mut request: Value, change: &Value) -> String {
        let change = change.as_object().expect("a table").clone();
        request.as_object_mut().expect("a table").extend(change);
        identifier(&self.control(&request))
    }

    /// One of its certificates or keys.
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.pki.path().join(name)
    }

    fn end(&mut self) {
        if let Some(mut process) = self.process.take() {
            drop(process.stdin.take());
            let _ = process.wait();
        }
    }
}

fn identifier(answer: &Value) -> String {
    answer["id"].as_str().expect("an identifier").to_owned()
}

impl Drop for Kmip {
    fn drop(&mut self) {
        self.end();
    }
}

impl Pki {
    fn path(&self) -> &Path {
        match self {
            Self::Own(folder) => folder.path(),
            Self::Lent(folder) => folder,
        }
    }
}

/// The stock server takes an ECDSA certificate only from clients like the host.
fn make_certificates(folder: &Path) {
    let authority = Authority::new("KMIP");
    let write = |name: &str, text: &str| {
        std::fs::write(folder.join(name), text).expect("room to write");
    };
    write("ca.pem", &authority.pem());
    let server = authority.server(&rcgen::PKCS_ECDSA_P256_SHA256);
    let [claviger, other] = ["claviger", "other"].map(|name| authority.client(name));
    for (name, identity) in [("server", server), ("claviger", claviger), ("other", other)] {
        write(&format!("{name}.pem"), &identity.chain);
        write(&format!("{name}.key"), &identity.key);
    }
}

/// Where `tests/kmip/install` puts `PyKMIP`.
pub(crate) fn installed() -> PathBuf {
    let target = shared_directory();
    let target = target.parent().expect("a folder of the target");
    let folder = target.join("kmip");
    assert!(folder.join("bin/python").exists(), "{INSTALL}");
    folder
}

/// Names that no other folder has begin with this.
pub(crate) fn prefix() -> String {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    format!("{}-{number}-", std::process::id())
}

/// Turns a copy of the software deployment's folder into one whose keys are on the
/// shared server.
pub(crate) fn settle(directory: &Path, config: &mut Table) {
    settle_on(Kmip::shared(), directory, config);
}

/// The same on this server.
pub(crate) fn settle_on(server: &Kmip, directory: &Path, config: &mut Table) {
    let prefix = prefix();
    for (key, mask) in [
        (KEYS.usable, 0xC),
        (KEYS.encrypt_only, 0x4),
        (KEYS.decrypt_only, 0x8),
        // Wrap Key
        (KEYS.no_usage, 0x10),
        (KEYS.disabled, 0xC),
    ] {
        let compromised = if key == KEYS.disabled { 4 } else { 2 };
        let names = [format!("{prefix}{key}")];
        server.create(&json!({ "names": names, "mask": mask, "state": compromised }));
    }
    server.create_key(&format!("{prefix}health"));
    for file in ["keys.sqlite", "keys.kek"] {
        std::fs::remove_file(directory.join(file)).expect("claviger dev made it");
    }
    let credentials = directory.join("credentials");
    std::fs::create_dir(directory.join("kmip")).expect("room to write");
    copy(server.pki.path(), &directory.join("kmip"));
    let demo = std::fs::metadata(credentials.join("demo.secret")).expect("claviger dev made it");
    for client in ["claviger", "other"] {
        let key = directory.join(format!("kmip/{client}.key"));
        std::fs::set_permissions(&key, demo.permissions()).expect("it is ours");
    }
    configure(config, server.port, &prefix);
}

fn configure(config: &mut Table, port: u16, prefix: &str) {
    config.remove("storage");
    let changes: Table = format!(
        r#"
        [upstream.kmip]
        origins = ["tls://localhost:{port}"]
        ca = "kmip/ca.pem"
        certificate = "kmip/claviger.pem"
        private_key = "kmip/claviger.key"

        [plugin.kmip]
        component = "builtin:backend-kmip"

        [plugin.allow-list]
        component = "builtin:policy-allow-list"

        [backend]
        plugin = "kmip"
        grants = {{ log = true, metrics = true, random = true, streams = ["kmip"], secrets = [] }}
        settings.key_prefix = "{prefix}"
        settings.health_key = "{prefix}health"
    "#
    )
    .parse()
    .expect("TOML");
    change(config, changes);
}

/// The prefix of a key store's names.
pub(crate) fn prefix_of(key_store: &toml::Value) -> String {
    let prefix = &key_store["backend"]["settings"]["key_prefix"];
    prefix.as_str().expect("it has a prefix").to_owned()
}

/// What `claviger key ACTION` does where keys are made by Claviger.
pub(crate) fn manage(key_store: &toml::Value, action: &str, key: &str) {
    let server = Kmip::shared();
    let name = format!("{}{key}", prefix_of(key_store));
    let request = match action {
        "create" => json!({ "names": [name] }),
        "rotate" => json!({ "name": name, "rekey": true }),
        "disable" => json!({ "name": name, "state": 4 }),
        // No client can do this.
        "enable" => json!({ "name": name, "state": 2 }),
        action => panic!("{action} is not what a KMIP server does"),
    };
    server.control(&request);
}
