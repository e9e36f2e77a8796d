//! The operator's settings, all faults in one report.

use crate::names::is_key_name;
use claviger_sdk::UsageLimits;
use claviger_sdk::settings::Table;

/// What the settings say.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    pub(crate) upstream: String,
    /// Without slashes at its ends.
    pub(crate) mount: String,
    pub(crate) namespace: Option<String>,
    pub(crate) key_prefix: String,
    pub(crate) login: Login,
    pub(crate) health_key: String,
    pub(crate) usage: UsageLimits,
    pub(crate) batch: u32,
}

/// How the plugin shows who it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Login {
    /// By a token that the operator granted.
    Token {
        /// The secret that it is.
        secret: String,
    },
    /// By a role's id, and a secret.
    AppRole {
        mount: String,
        role_id: String,
        /// The secret that is its secret id.
        secret_id: String,
    },
    /// By the certificate that the host shows the server.
    Certificate { mount: String, role: Option<String> },
}

const MOUNT: &str = "write the mount's path, such as \"transit\" or \"team/transit\"";

impl Settings {
    pub(crate) fn read(settings: &Table<'_>) -> Option<Self> {
        let name = |key: &str, default: &str| {
            let name = settings.parsed(key, |text| {
                if is_secret_name(text) {
                    Ok(text.to_owned())
                } else {
                    Err(("not a name", "write the name of the table"))
                }
            });
            name.unwrap_or_else(|| default.to_owned())
        };
        let upstream = name("upstream", "vault");
        let mount = mount(settings, "transit");
        let namespace = settings.parsed("namespace", |text| {
            let text = text.trim_matches('/');
            if is_path(text) {
                Ok(text.to_owned())
            } else {
                Err((
                    "not a namespace",
                    "write its path, such as \"team/payments\"",
                ))
            }
        });
        let key_prefix = settings.parsed("key_prefix", |text| {
            if text.len() <= 64 && text.bytes().all(is_of_key) {
                Ok(text.to_owned())
            } else {
                Err((
                    "not the beginning of a key's name",
                    "use letters, digits, `.`, `_` and `-`",
                ))
            }
        });
        let health_key = settings.parsed("health_key", |text| {
            if is_key_name(text) {
                Ok(text.to_owned())
            } else {
                Err((
                    "not the name of a key",
                    "use letters, digits, `.`, `_` and `-`",
                ))
            }
        });
        let usage = settings.table("usage").map(UsageLimits::read);
        let batch = settings.integer("batch", 1..=128).unwrap_or(32);
        settings.require(
            "login",
            "write login = { method = \"approle\", role_id = \"…\", secret_id = \"NAME OF A SECRET\" }",
        );
        let login = settings.table("login").and_then(|table| {
            let login = Login::read(&table);
            table.finish();
            login
        });
        Some(Self {
            upstream,
            mount: mount?,
            namespace,
            key_prefix: key_prefix.unwrap_or_default(),
            login: login?,
            health_key: health_key.unwrap_or_else(|| "claviger-health".to_owned()),
            usage: usage.unwrap_or_default(),
            batch: u32::try_from(batch).unwrap_or(1),
        })
    }
}

impl Login {
    fn read(table: &Table<'_>) -> Option<Self> {
        #[derive(Clone, Copy)]
        enum Method {
            Token,
            AppRole,
            Certificate,
        }
        let methods = [
            ("token", Method::Token),
            ("approle", Method::AppRole),
            ("cert", Method::Certificate),
        ];
        table.require("method", "write \"token\", \"approle\" or \"cert\"");
        let method = table.choice("method", &methods)?;
        let secret = |key: &str| {
            let fix = "name one of the secrets that are granted";
            table.require(key, fix).parsed(key, |text| {
                if is_secret_name(text) {
                    Ok(text.to_owned())
                } else {
                    Err(("not the name of a secret", fix))
                }
            })
        };
        match method {
            Method::Token => Some(Self::Token {
                secret: secret("token")?,
            }),
            Method::AppRole => {
                let fix = "write the role's id: bao read auth/approle/role/NAME/role-id";
                let role_id = table.required_text("role_id", fix).map(str::to_owned);
                let secret_id = secret("secret_id");
                Some(Self::AppRole {
                    mount: mount(table, "approle")?,
                    role_id: role_id?,
                    secret_id: secret_id?,
                })
            }
            Method::Certificate => Some(Self::Certificate {
                role: table.text("role").map(str::to_owned),
                mount: mount(table, "cert")?,
            }),
        }
    }
}

/// `None` with a fault.
fn mount(table: &Table<'_>, default: &str) -> Option<String> {
    if table.raw("mount").is_none() {
        return Some(default.to_owned());
    }
    table.parsed("mount", |text| {
        let text = text.trim_matches('/');
        if is_path(text) {
            Ok(text.to_owned())
        } else {
            Err(("not the path of a mount", MOUNT))
        }
    })
}

fn is_path(text: &str) -> bool {
    let is_segment = |segment: &str| {
        !segment.is_empty() && segment.bytes().all(is_of_key) && !matches!(segment, "." | "..")
    };
    text.len() <= 256 && text.split('/').all(is_segment)
}

fn is_of_key(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"._-".contains(&byte)
}

fn is_secret_name(text: &str) -> bool {
    let legal = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    (1..=64).contains(&text.len()) && text.bytes().all(legal)
}
