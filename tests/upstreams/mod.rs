//! What plugins and upstreams can do to each other, to the host and to other key stores:
//! a plugin that asks for what it should not get, and servers that are slow, endless,
//! huge, lying.

mod hostile_plugin;
pub(crate) mod hostile_server;
mod many;
pub(crate) mod servers;

use std::net::SocketAddr;

use toml::Table;

use crate::harness::guests::build;
use crate::harness::{Deployment, Folder, Server, plaintext};
use servers::{Http, Raw};

/// What the plugins `caller` and `http-client` say came of a request.
pub(crate) mod told {
    pub(crate) const NO_SUCH_UPSTREAM: u32 = 1;
    pub(crate) const DENIED: u32 = 2;
    pub(crate) const DEADLINE: u32 = 4;
    pub(crate) const UNREACHABLE: u32 = 5;
    pub(crate) const BROKEN: u32 = 6;
    pub(crate) const REFUSED: u32 = 7;
}

/// Secrets that must not be seen anywhere.
pub(crate) const HIDDEN: &str = "never-log-this-hidden-secret";
const SHOWN: &str = "never-log-this-shown-secret";
pub(crate) const OPERATORS: &str = "never-log-this-operators-secret";

/// A host whose key store has the plugin `caller`, upstream `one` at `http` and `raw`
/// at `raw`.
fn folder(http: SocketAddr, raw: &Raw) -> Folder {
    let mut folder = Folder::new(Deployment::software());
    folder.set("plugin.caller", build("tests/plugins/caller").plugin());
    caller_in(&mut folder, "demo", http);
    folder.set("upstream.one.headers.x-operator", "the operator's");
    let secret: Table = "secret = \"operators\"".parse().unwrap();
    folder.set("upstream.one.headers.x-secret", secret);
    folder.set("upstream.two.origins", vec![format!("http://{http}")]);
    folder.set("upstream.two.paths", vec!["/"]);
    std::fs::write(folder.path("raw-ca.pem"), &raw.ca).unwrap();
    let origin = format!("tls://localhost:{}", raw.address.port());
    folder.set("upstream.raw.origins", vec![origin]);
    folder.set("upstream.raw.ca", "raw-ca.pem");
    folder.set("upstream.raw.connections", 4);
    folder.set("upstream.raw.queue", 0);
    for (name, text) in [
        ("hidden", HIDDEN),
        ("shown", SHOWN),
        ("operators", OPERATORS),
        ("elsewhere", HIDDEN),
    ] {
        let file = format!("credentials/{name}");
        folder.write_private(&file, text);
        folder.set(&format!("secret.{name}.file"), file);
    }
    folder.set("secret.shown.reveal", true);
    folder.set("secret.elsewhere.upstreams", vec!["two"]);
    folder
}

/// Makes the plugin `caller` the backend of a key store.
fn caller_in(folder: &mut Folder, key_store: &str, http: SocketAddr) {
    folder.set("upstream.one.origins", vec![format!("http://{http}")]);
    let paths = ["/ok", "/shows", "/operator", "/wrong"];
    folder.set("upstream.one.paths", paths.to_vec());
    let backend: Table = r#"
        plugin = "caller"
        grants.log = true
        grants.http = ["one"]
        grants.streams = ["raw"]
        grants.secrets = ["hidden", "shown", "elsewhere"]
    "#
    .parse()
    .unwrap();
    folder
        .key_store(key_store)
        .insert("backend".to_owned(), backend.into());
}

/// What comes of an encryption under this key: the number that the plugin says.
pub(crate) async fn outcome(server: &Server, key: &str) -> u32 {
    let call = server.store.encrypt(key, plaintext());
    let id = format!("request-{key}");
    let response = server
        .send(call.with("requestMetadata/kmsRequestId", &*id))
        .await;
    assert_ne!(response.status, 200, "{key}");
    // The record is written before the answer.
    let records = std::fs::read_to_string(server.folder().path("audit.jsonl")).unwrap();
    let mut records = records.lines().rev();
    let record = records
        .find(|line| line.contains(&id))
        .expect("it is recorded");
    let Some((_, code)) = record.split_once("code ") else {
        return 0;
    };
    let digits: String = code.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().unwrap()
}

async fn start() -> (Server, Http, Raw) {
    let (http, raw) = (Http::start().await, Raw::start().await);
    let server = folder(http.address, &raw).serve();
    for secret in [HIDDEN, SHOWN, OPERATORS] {
        server.forbidden.note_text("secret", secret);
    }
    (server, http, raw)
}
