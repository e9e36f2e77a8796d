//! What an operator is told about a configuration that is wrong.

mod document;
mod key_store;
mod plugin;
mod profile;
mod server;
mod storage;
mod token;

use crate::{Configuration, Fault};
use std::path::Path;

/// The least that is a whole configuration.
pub(crate) const LEAST: &str = r#"
[server]
listen = "127.0.0.1:8443"
[server.tls]
certificate = "server.pem"
private_key = "server.key"
[plugin.software]
component = "builtin:backend-software"
[[key_store]]
name = "payments"
uri_path_prefix = "/payments-7cq2"
[[key_store.credential]]
access_key_id = "CLAVIGEREXAMPLEKEYID234"
secret_access_key_file = "payments.secret"
[key_store.backend]
plugin = "software"
"#;

/// A second key store that clashes with nothing.
pub(crate) const SECOND: &str = r#"
[[key_store]]
name = "invoices"
uri_path_prefix = "/invoices"
[[key_store.credential]]
access_key_id = "CLAVIGEREXAMPLEKEYID234"
secret_access_key_env = "INVOICES"
[key_store.backend]
plugin = "software"
"#;

/// [`LEAST`] with one line replaced by others.
pub(crate) fn with(line: &str, by: &str) -> String {
    assert_eq!(LEAST.matches(line).count(), 1, "{line}");
    LEAST.replace(line, by)
}

pub(crate) fn parse(text: &str) -> Result<Configuration, Vec<Fault>> {
    Configuration::parse(text, Path::new("/etc/claviger"))
}

pub(crate) fn faults(text: &str) -> Vec<String> {
    parse(text)
        .err()
        .into_iter()
        .flatten()
        .map(|fault| fault.to_string())
        .collect()
}

pub(crate) fn warnings(text: &str) -> Vec<String> {
    parse(text)
        .unwrap()
        .warnings()
        .iter()
        .map(Fault::to_string)
        .collect()
}
