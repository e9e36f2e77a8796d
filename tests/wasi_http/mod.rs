//! `wasi:http`: ordinary HTTP clients in plugins, which reach upstreams by name and get
//! no further than the capability `http`.

mod client;
mod hostile;
mod languages;

use toml::Table;

use crate::harness::guests::build;
use crate::harness::{Deployment, Folder, Server};
use crate::upstreams::servers::Http;
use crate::upstreams::{HIDDEN, OPERATORS};

/// A host whose key store `demo` has the plugin `http-client` and upstream `one` at
/// `http`.
fn folder(http: &Http) -> Folder {
    let mut folder = Folder::new(Deployment::software());
    let plugin = build("tests/plugins/http-client").plugin();
    folder.set("plugin.http-client", plugin);
    upstream(&mut folder, "one", http);
    upstream(&mut folder, "two", http);
    let secret: Table = "secret = \"operators\"".parse().unwrap();
    folder.set("upstream.one.headers.x-secret", secret);
    for (name, text) in [
        ("hidden", HIDDEN),
        ("operators", OPERATORS),
        ("elsewhere", HIDDEN),
    ] {
        let file = format!("credentials/{name}");
        folder.write_private(&file, text);
        folder.set(&format!("secret.{name}.file"), file);
    }
    folder.set("secret.elsewhere.upstreams", vec!["two"]);
    let backend: Table = r#"
        plugin = "http-client"
        grants.http = ["one"]
        grants.secrets = ["hidden", "elsewhere"]
    "#
    .parse()
    .unwrap();
    let key_store = folder.main_key_store();
    key_store.insert("backend".to_owned(), backend.into());
    folder
}

fn upstream(folder: &mut Folder, name: &str, http: &Http) {
    let origin = format!("http://{}", http.address);
    folder.set(&format!("upstream.{name}.origins"), vec![origin]);
    let paths = ["/ok", "/shows", "/operator", "/counts", "/wrong", "/keys"];
    folder.set(&format!("upstream.{name}.paths"), paths.to_vec());
}

async fn start() -> (Server, Http) {
    let http = Http::start().await;
    let server = folder(&http).serve();
    for secret in [HIDDEN, OPERATORS] {
        server.forbidden.note_text("secret", secret);
    }
    (server, http)
}
