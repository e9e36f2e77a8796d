//! The configuration of the host around a plugin.

use std::path::Path;

use claviger_config::{Capability, Fault};
use toml::{Table, Value};

use super::given::{Given, OF_THE_PLUGIN, TOP};
use crate::cli::dev;
use crate::plugin::{Declaration, Role};

/// The plugin's name in it.
pub(super) const NAME: &str = "on-trial";
/// The storage of the trial's own, and the backend behind a policy or a directory.
const STORAGE: &str = "of-the-trial";
const SOFTWARE: &str = "software";

/// Where everything is.
pub(super) struct Place<'p> {
    pub(super) component: String,
    /// Of compiled plugins.
    pub(super) cache: String,
    pub(super) folder: &'p Path,
    pub(super) access_key_id: &'p str,
}

/// The whole configuration. What is not right in what is given shows when it is read.
pub(super) fn configuration(place: &Place<'_>, declaration: &Declaration, given: &Given) -> Table {
    let mut config = table([
        (
            "server",
            table([
                ("listen", "127.0.0.1:0".into()),
                // On a machine that may do other things: how long calls take is a check.
                ("deadline_ms", 200.into()),
                ("later_deadline_ms", 200.into()),
                (
                    "tls",
                    table([
                        ("certificate", place.file("tls/server.pem")),
                        ("private_key", place.file("tls/server.key")),
                        ("private_roots", true.into()),
                    ])
                    .into(),
                ),
            ])
            .into(),
        ),
        ("log", table([("audit", place.file("audit.jsonl"))]).into()),
        (
            "plugin_cache",
            table([("directory", (&*place.cache).into())]).into(),
        ),
        ("plugin", plugins(place, declaration, given).into()),
        (
            "key_store",
            vec![key_store(place, declaration, given)].into(),
        ),
    ]);
    for name in TOP {
        if let Some(tables) = given.find(name) {
            config.insert(name.to_owned(), tables.clone());
        }
    }
    let own = table([
        ("path", place.file("keys.sqlite")),
        ("key_encryption_key_file", place.file(dev::KEK)),
    ]);
    let storage = config
        .entry("storage")
        .or_insert_with(|| Table::new().into());
    if let Value::Table(storage) = storage {
        storage.insert(STORAGE.to_owned(), own.into());
    }
    config
}

fn plugins(place: &Place<'_>, declaration: &Declaration, given: &Given) -> Table {
    let mut plugin = table([("component", (&*place.component).into())]);
    if !place.component.starts_with("builtin:") {
        plugin.insert("digest".to_owned(), "unchecked".into());
    }
    for name in OF_THE_PLUGIN {
        if let Some(setting) = given.find(name) {
            plugin.insert(name.to_owned(), setting.clone());
        }
    }
    let mut plugins = table([(NAME, plugin.into())]);
    if declaration.role != Role::Backend {
        let software = table([("component", "builtin:backend-software".into())]);
        plugins.insert(SOFTWARE.to_owned(), software.into());
    }
    plugins
}

fn key_store(place: &Place<'_>, declaration: &Declaration, given: &Given) -> Table {
    let mut usage = table([
        ("plugin", NAME.into()),
        ("grants", grants(declaration, given).into()),
    ]);
    if let Some(settings) = given.find("settings") {
        usage.insert("settings".to_owned(), settings.clone());
    }
    let grants = [
        ("log", true.into()),
        ("random", true.into()),
        ("aead", true.into()),
        ("key-storage", STORAGE.into()),
    ];
    let software = || {
        table([
            ("plugin", SOFTWARE.into()),
            ("grants", table(grants).into()),
        ])
    };
    let credential = table([
        ("access_key_id", place.access_key_id.into()),
        ("secret_access_key_file", place.file(dev::SECRET)),
    ]);
    let mut key_store = table([
        ("name", "trial".into()),
        ("uri_path_prefix", dev::PREFIX.into()),
        // For what a policy abstains from.
        ("default", "allow".into()),
        ("credential", vec![credential].into()),
    ]);
    match declaration.role {
        Role::Backend => drop(key_store.insert("backend".to_owned(), usage.into())),
        Role::Directory => {
            key_store.insert("directory".to_owned(), usage.into());
            key_store.insert("backend".to_owned(), software().into());
        }
        Role::Policy => {
            key_store.insert("policy".to_owned(), vec![usage].into());
            key_store.insert("backend".to_owned(), software().into());
        }
    }
    key_store
}

/// What is imported is granted; of upstreams, tokens and secrets all that are given.
/// `wasi` is left to `--with`: what works with it alone should show.
fn grants(declaration: &Declaration, given: &Given) -> Table {
    let mut grants = Table::new();
    for capability in &declaration.capabilities {
        let grant = match capability {
            Capability::Wasi => continue,
            Capability::Aead | Capability::Log | Capability::Metrics | Capability::Random => {
                Value::from(true)
            }
            Capability::KeyStorage => given
                .names("storage")
                .into_iter()
                .next()
                .unwrap_or(STORAGE.to_owned())
                .into(),
            Capability::Http => upstreams(given, false).into(),
            Capability::Streams => upstreams(given, true).into(),
            Capability::Secrets => given.names("secret").into(),
            Capability::Pkcs11 => given.names("tokens").into(),
        };
        grants.insert(capability.label().to_owned(), grant);
    }
    if let Some(own) = given.find("grants").and_then(Value::as_table) {
        grants.extend(own.clone());
    }
    grants
}

/// The upstreams of byte streams, or the others.
fn upstreams(given: &Given, streams: bool) -> Vec<String> {
    let all = given.find("upstream").and_then(Value::as_table);
    let is_of_streams = |upstream: &Value| {
        let origin = upstream
            .get("origins")
            .and_then(|it| it.get(0))
            .and_then(Value::as_str);
        origin.is_some_and(|origin| origin.starts_with("tls://"))
    };
    let all = all.into_iter().flatten();
    all.filter(|(_, upstream)| is_of_streams(upstream) == streams)
        .map(|(name, _)| name.clone())
        .collect()
}

/// Whether all that a plugin can make or change is gone with the trial's folder.
pub(super) fn leaves_nothing(declaration: &Declaration, given: &Given) -> bool {
    let outside = [Capability::Http, Capability::Streams, Capability::Pkcs11];
    let reaches = outside
        .iter()
        .any(|it| declaration.capabilities.contains(it));
    !reaches && given.find("storage").is_none()
}

/// Faults in the words of what was given: nobody has written the rest.
pub(in crate::cli::plugin) fn told(faults: Vec<Fault>) -> Vec<Fault> {
    let own = [
        "key_store[0].backend.",
        "key_store[0].directory.",
        "key_store[0].policy[0].",
        &format!("plugin.{NAME}."),
    ];
    let told = |fault: Fault| {
        let path = own.iter().find_map(|own| fault.path.strip_prefix(*own));
        let path = path.unwrap_or(&fault.path).to_owned();
        Fault { path, ..fault }
    };
    faults.into_iter().map(told).collect()
}

impl Place<'_> {
    fn file(&self, name: &str) -> Value {
        self.folder.join(name).display().to_string().into()
    }
}

fn table<const N: usize>(entries: [(&str, Value); N]) -> Table {
    entries
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect()
}
