//! Keys in the transit engine of a real OpenBao. Every folder has a mount of its own on
//! one server, so that tests do not meet.

mod cluster;

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use toml::Table;

use super::certificates::Identity;
use super::deployment::{KEYS, change, shared_directory};
use super::process::LIMIT;

pub(crate) use cluster::Cluster;

/// The root token of the server.
pub(crate) const ROOT: &str = "never-log-this-root-token";

/// What is said when the program is not there.
pub(crate) const INSTALL: &str = "this test needs OpenBao: bash tests/openbao/install";

/// Where a server runs that a test run lends to another.
const SHARED: &str = "CLAVIGER_TEST_OPENBAO";

/// A server in development mode: in memory, unsealed.
pub(crate) struct OpenBao {
    pub(crate) address: SocketAddr,
    /// Ends with its standard input, also when this process is killed.
    process: Option<Child>,
    /// What it writes.
    log: PathBuf,
}

/// One answer.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: Value,
}

impl OpenBao {
    /// A server of a test's own.
    pub(crate) fn start() -> Self {
        Self::start_at(free_address())
    }

    /// The same at an address: where another one was.
    pub(crate) fn start_at(address: SocketAddr) -> Self {
        Self::start_configured(address, "")
    }

    /// The same that listens with TLS as well, as `localhost` at the address that is
    /// returned.
    pub(crate) fn start_with_tls(identity: &Identity, directory: &Path) -> (Self, SocketAddr) {
        let address = free_address();
        let [certificate, key] =
            ["bao.pem", "bao.key"].map(|name| directory.join(name).display().to_string());
        std::fs::write(&certificate, &identity.chain).expect("room to write");
        std::fs::write(&key, &identity.key).expect("room to write");
        let listener = format!(
            "listener \"tcp\" {{\n address = \"{address}\"\n tls_cert_file = {certificate:?}\n \
             tls_key_file = {key:?}\n}}\n"
        );
        (Self::start_configured(free_address(), &listener), address)
    }

    fn start_configured(address: SocketAddr, configuration: &str) -> Self {
        let server = Self::run(
            address,
            configuration,
            &[
                "-dev",
                "-dev-no-store-token",
                &format!("-dev-root-token-id={ROOT}"),
                &format!("-dev-listen-address={address}"),
            ],
        );
        server.wait_for_health(&[200]);
        server
    }

    fn run(address: SocketAddr, configuration: &str, arguments: &[&str]) -> Self {
        let program = installed();
        let script = r#"log=$1; shift; "$0" "$@" >"$log" 2>&1 & server=$!
            trap 'kill -9 $server; wait; rm -f "$log" "${log%.log}.hcl"' EXIT
            read -r _"#;
        let log = shared_directory().join(format!("openbao-{}.log", address.port()));
        let file = log.with_extension("hcl");
        std::fs::write(&file, configuration).expect("room to write");
        let process = Command::new("bash")
            .args(["-c", script])
            .arg(program)
            .arg(&log)
            .args(["server", &format!("-config={}", file.display())])
            .args(arguments)
            .stdin(Stdio::piped())
            .spawn()
            .expect("bash starts");
        Self {
            address,
            process: Some(process),
            log,
        }
    }

    /// The server that all folders of the conformance tests share.
    pub(crate) fn shared() -> &'static Self {
        static SERVER: LazyLock<OpenBao> = LazyLock::new(|| match std::env::var(SHARED) {
            Ok(address) => OpenBao {
                address: address.parse().expect("an address"),
                process: None,
                log: PathBuf::new(),
            },
            Err(_) => OpenBao::start(),
        });
        &SERVER
    }

    /// Where the shared server is, for the environment of a test run that uses it.
    pub(crate) fn lent() -> (&'static str, String) {
        (SHARED, Self::shared().address.to_string())
    }

    /// Waits until its health is one of these statuses.
    fn wait_for_health(&self, statuses: &[u16]) {
        let end = Instant::now() + LIMIT;
        while !self
            .health()
            .is_some_and(|status| statuses.contains(&status))
        {
            assert!(Instant::now() < end, "OpenBao does not start");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// 200: it is active; 429: a standby; 501: without keys; 503: sealed.
    fn health(&self) -> Option<u16> {
        let answer = self.try_ask("GET", "sys/health", &Value::Null, "")?;
        Some(answer.status)
    }

    /// Calls the API as root, below `/v1/`; panics unless it succeeds.
    #[track_caller]
    pub(crate) fn ok(&self, method: &str, path: &str, body: &Value) -> Value {
        let answer = self.ask(method, path, body, ROOT);
        assert!(
            matches!(answer.status, 200 | 204),
            "{path}: {} {}",
            answer.status,
            answer.body
        );
        answer.body
    }

    /// Calls the API with this token.
    #[track_caller]
    pub(crate) fn ask(&self, method: &str, path: &str, body: &Value, token: &str) -> Answer {
        let answer = self.try_ask(method, path, body, token);
        answer.expect("OpenBao answers")
    }

    fn try_ask(&self, method: &str, path: &str, body: &Value, token: &str) -> Option<Answer> {
        let mut stream = TcpStream::connect_timeout(&self.address, LIMIT).ok()?;
        stream.set_read_timeout(Some(LIMIT)).ok()?;
        let body = match body {
            Value::Null => String::new(),
            body => body.to_string(),
        };
        write!(
            stream,
            "{method} /v1/{path} HTTP/1.1\r\nHost: localhost\r\nX-Vault-Request: true\r\n\
             X-Vault-Token: {token}\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        )
        .ok()?;
        let mut text = String::new();
        stream.read_to_string(&mut text).ok()?;
        let status = text.get(9..12)?.parse().ok()?;
        let (_, body) = text.split_once("\r\n\r\n")?;
        Some(Answer {
            status,
            body: serde_json::from_str(body).unwrap_or(Value::Null),
        })
    }

    /// Seals it: it has no key to read its own storage with any more.
    pub(crate) fn seal(&self) {
        self.ok("POST", "sys/seal", &json!({}));
    }

    /// The inverse.
    pub(crate) fn unseal(&self) {
        let log = std::fs::read_to_string(&self.log).expect("it writes a log");
        let key = log.split_once("Unseal Key: ").expect("it says its key").1;
        let key = key.lines().next().unwrap_or_default();
        self.ok("POST", "sys/unseal", &json!({ "key": key }));
    }

    /// A new transit engine without keys; returns its path.
    pub(crate) fn mount(&self) -> String {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let path = format!("transit-{}-{number}", std::process::id());
        let body = json!({ "type": "transit" });
        self.ok("POST", &format!("sys/mounts/{path}"), &body);
        path
    }

    /// Makes a key for everything.
    pub(crate) fn create_key(&self, mount: &str, key: &str) {
        self.ok("POST", &format!("{mount}/keys/{key}"), &json!({}));
    }

    /// Ends it at once, as a power failure would.
    pub(crate) fn kill(mut self) -> SocketAddr {
        self.end();
        self.address
    }

    fn end(&mut self) {
        if let Some(mut process) = self.process.take() {
            drop(process.stdin.take());
            let _ = process.wait();
        }
    }
}

impl Drop for OpenBao {
    fn drop(&mut self) {
        self.end();
    }
}

/// Where `tests/openbao/install` puts the program.
fn installed() -> PathBuf {
    let target = shared_directory();
    let target = target.parent().expect("a folder of the target");
    let program = target.join("openbao/bao");
    assert!(program.exists(), "{INSTALL}");
    program
}

/// An address of this machine that nobody listens on.
pub(crate) fn free_address() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("it is bound")
}

/// Turns a copy of the software deployment's folder into one whose keys are in a mount
/// of their own on the shared server.
pub(crate) fn settle(directory: &Path, config: &mut Table) {
    settle_on(OpenBao::shared(), directory, config);
}

/// The same on this server.
pub(crate) fn settle_on(server: &OpenBao, directory: &Path, config: &mut Table) {
    let mount = server.mount();
    for key in [
        KEYS.usable,
        KEYS.encrypt_only,
        KEYS.decrypt_only,
        KEYS.no_usage,
        KEYS.disabled,
        "claviger-health",
    ] {
        server.create_key(&mount, key);
    }
    let disable = format!("{mount}/keys/{}/soft-delete", KEYS.disabled);
    server.ok("DELETE", &disable, &Value::Null);
    for file in ["keys.sqlite", "keys.kek"] {
        std::fs::remove_file(directory.join(file)).expect("claviger dev made it");
    }
    configure(config, server.address, &mount);
    let token = directory.join("credentials/vault-token");
    std::fs::write(&token, ROOT).expect("room to write");
    let demo = directory.join("credentials/demo.secret");
    let private = std::fs::metadata(demo).expect("claviger dev made it");
    std::fs::set_permissions(&token, private.permissions()).expect("it is ours");
}

fn configure(config: &mut Table, address: SocketAddr, mount: &str) {
    config.remove("storage");
    let [encrypt, decrypt, none] = [KEYS.encrypt_only, KEYS.decrypt_only, KEYS.no_usage];
    let changes: Table = format!(
        r#"
        [upstream.vault]
        origins = ["http://{address}"]
        paths = ["/v1/"]

        [secret.vault-token]
        file = "credentials/vault-token"

        [plugin.vault]
        component = "builtin:backend-vault"

        [plugin.allow-list]
        component = "builtin:policy-allow-list"

        [backend]
        plugin = "vault"
        grants = {{ log = true, metrics = true, http = ["vault"], secrets = ["vault-token"] }}
        settings.mount = "{mount}"
        settings.login = {{ method = "token", token = "vault-token" }}
        settings.usage = {{ {encrypt} = ["ENCRYPT"], {decrypt} = ["DECRYPT"], {none} = [] }}
    "#
    )
    .parse()
    .expect("TOML");
    change(config, changes);
}

/// The mount of a key store.
pub(crate) fn mount_of(key_store: &toml::Value) -> String {
    let mount = &key_store["backend"]["settings"]["mount"];
    mount.as_str().expect("it has a mount").to_owned()
}

/// What `claviger key ACTION` does where keys are made by Claviger.
pub(crate) fn manage(key_store: &toml::Value, action: &str, key: &str) {
    let (server, mount) = (OpenBao::shared(), mount_of(key_store));
    let path = format!("{mount}/keys/{key}");
    match action {
        "create" => server.create_key(&mount, key),
        "rotate" => drop(server.ok("POST", &format!("{path}/rotate"), &json!({}))),
        "disable" => drop(server.ok("DELETE", &format!("{path}/soft-delete"), &Value::Null)),
        "enable" => {
            let path = format!("{path}/soft-delete-restore");
            server.ok("POST", &path, &json!({}));
        }
        action => panic!("{action} is not what OpenBao does"),
    }
}
