//! The operator's settings, all faults in one report.

use claviger_kmip::{V1_4, V2_0, V2_1, Version};
use claviger_sdk::settings::Table;
use claviger_sdk::{UsageLimits, is_external_key_id};
use std::collections::BTreeMap;

/// What the settings say.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    pub(crate) upstream: String,
    /// The version that is spoken, where it is not to be found out.
    pub(crate) version: Option<Version>,
    pub(crate) keys: Keys,
    /// The key for health checks: its name, or its identifier.
    pub(crate) health_key: String,
    pub(crate) login: Option<Login>,
    pub(crate) initialization_vectors: Maker,
    /// Identifiers that keys had before, by their external key ids, the latest first.
    pub(crate) earlier: BTreeMap<String, Vec<String>>,
    pub(crate) usage: UsageLimits,
    pub(crate) batch: u32,
}

/// What external key ids are to the server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Keys {
    /// Names of keys, behind a prefix.
    Names { prefix: String },
    /// Unique Identifiers.
    Identifiers,
}

/// A user whom the server knows.
#[derive(Clone, Debug)]
pub(crate) struct Login {
    pub(crate) user: String,
    /// The secret that is the password.
    pub(crate) secret: String,
}

/// Who makes initialization vectors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Maker {
    Server,
    Host,
}

/// Longest name or identifier that an operator writes, in bytes.
const TEXT: usize = 256;
/// Most earlier identifiers of a key.
const EARLIER: usize = 64;

impl Settings {
    pub(crate) fn read(settings: &Table<'_>) -> Option<Self> {
        let upstream = settings.parsed("upstream", word);
        let versions = [("1.4", V1_4), ("2.0", V2_0), ("2.1", V2_1)];
        let version = settings.choice("version", &versions);
        let by = settings.choice("keys", &[("names", false), ("identifiers", true)]);
        let by_identifier = by.unwrap_or_default();
        let prefix = settings.parsed("key_prefix", |prefix| match text(prefix) {
            Ok(_) if by_identifier => Err((
                "an identifier has no prefix",
                "remove it, or write keys = \"names\"",
            )),
            prefix => prefix,
        });
        if by_identifier {
            settings.require("health_key", "write the identifier of a key made for it");
        }
        let health_key = settings.parsed("health_key", text);
        let makers = [("server", Maker::Server), ("host", Maker::Host)];
        let maker = settings.choice("initialization_vectors", &makers);
        let login = settings.table("login").map(|table| {
            let login = Login::read(&table);
            table.finish();
            login
        });
        let earlier = settings.table("earlier").map(earlier);
        let usage = settings.table("usage").map(UsageLimits::read);
        let batch = settings.integer("batch", 1..=128).unwrap_or(32);
        Some(Self {
            upstream: upstream.unwrap_or_else(|| "kmip".to_owned()),
            version,
            keys: if by_identifier {
                Keys::Identifiers
            } else {
                Keys::Names {
                    prefix: prefix.unwrap_or_default(),
                }
            },
            health_key: match health_key {
                Some(key) => key,
                None if by_identifier => return None,
                None => "claviger-health".to_owned(),
            },
            login: match login {
                Some(login) => Some(login?),
                None => None,
            },
            initialization_vectors: maker.unwrap_or(Maker::Server),
            earlier: earlier.unwrap_or_default(),
            usage: usage.unwrap_or_default(),
            batch: u32::try_from(batch).unwrap_or(1),
        })
    }
}

impl Login {
    fn read(table: &Table<'_>) -> Option<Self> {
        table.require("user", "write the name that the server knows");
        let user = table.parsed("user", text);
        table.require("password", "name one of the secrets that are granted");
        let secret = table.parsed("password", word);
        Some(Self {
            user: user?,
            secret: secret?,
        })
    }
}

fn earlier(table: Table<'_>) -> BTreeMap<String, Vec<String>> {
    let fix = "write the identifiers that the key had before: [\"…\"]";
    let mut earlier = BTreeMap::new();
    for id in table.keys() {
        if !is_external_key_id(id) {
            let fix = "use letters, digits, `.`, `_` and `-`";
            table.fault(id, "not an external key id", fix);
        }
        let identifiers = table.texts(id).unwrap_or_default();
        if identifiers.len() > EARLIER {
            table.fault(id, "more than 64 identifiers", fix);
        }
        for (index, identifier) in identifiers.iter().enumerate() {
            if let Err((problem, fix)) = text(identifier) {
                table.fault_at(id, index, problem, fix);
            }
        }
        let identifiers = identifiers.into_iter().map(str::to_owned);
        earlier.insert(id.to_owned(), identifiers.collect());
    }
    table.finish();
    earlier
}

/// A name or an identifier on the server.
fn text(text: &str) -> Result<String, (&'static str, &'static str)> {
    if (1..=TEXT).contains(&text.len()) && !text.chars().any(char::is_control) {
        return Ok(text.to_owned());
    }
    Err((
        "not a name on a server",
        "write 1 to 256 bytes without control characters",
    ))
}

/// The name of a table of the configuration.
fn word(text: &str) -> Result<String, (&'static str, &'static str)> {
    let legal = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    if (1..=64).contains(&text.len()) && text.bytes().all(legal) {
        return Ok(text.to_owned());
    }
    Err(("not a name", "write the name of the table"))
}
