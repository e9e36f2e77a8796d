use crate::available::Available;
use crate::name::Name;
use crate::storage;
use crate::upstream::Scheme;
use claviger_settings::Table;
use std::collections::BTreeMap;

/// What a plugin may be granted: one interface of the contract each. This is the
/// list of capabilities; each has a room of its own in the host.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Capability {
    /// AES-256-GCM by the host.
    Aead,
    /// Named records, sealed at rest.
    KeyStorage,
    /// HTTP to upstreams.
    Http,
    /// Lines for the operator's log.
    Log,
    /// Counts and durations of the plugin's own.
    Metrics,
    /// AES keys on PKCS#11 tokens.
    Pkcs11,
    /// Random bytes.
    Random,
    /// Secrets by name.
    Secrets,
    /// Byte streams to upstreams.
    Streams,
    /// What of WASI tells or gives a plugin something: clocks, sleep, randomness. It
    /// may be imported without being granted, because standard libraries do.
    Wasi,
}

impl Capability {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::Aead,
        Self::Http,
        Self::KeyStorage,
        Self::Log,
        Self::Metrics,
        Self::Pkcs11,
        Self::Random,
        Self::Secrets,
        Self::Streams,
        Self::Wasi,
    ];

    /// The name in `grants`. But for `wasi` it is also the name of the interface.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Aead => "aead",
            Self::KeyStorage => "key-storage",
            Self::Http => "http",
            Self::Log => "log",
            Self::Metrics => "metrics",
            Self::Pkcs11 => "pkcs11",
            Self::Random => "random",
            Self::Secrets => "secrets",
            Self::Streams => "streams",
            Self::Wasi => "wasi",
        }
    }

    /// How a grant is written.
    pub const fn example(self) -> &'static str {
        match self {
            Self::Aead => "`aead = true`",
            Self::KeyStorage => "`key-storage = \"NAME OF A STORAGE\"`",
            Self::Http => "`http = [\"NAME OF AN UPSTREAM\"]`",
            Self::Log => "`log = true`",
            Self::Metrics => "`metrics = true`",
            Self::Pkcs11 => "`pkcs11 = [\"NAME OF A TOKEN\"]`",
            Self::Random => "`random = true`",
            Self::Secrets => {
                "`secrets = [\"NAME OF A SECRET\"]`, or `secrets = []` for those that the plugin comes by"
            }
            Self::Streams => "`streams = [\"NAME OF AN UPSTREAM\"]`",
            Self::Wasi => "`wasi = true`",
        }
    }

    /// The grant of this capability in a `grants` table, if there is one.
    fn read(self, grants: &Table<'_>, available: Available<'_>) -> Option<Grant> {
        let label = self.label();
        match self {
            Self::Aead | Self::Log | Self::Metrics | Self::Random | Self::Wasi => {
                grants.flag(label)?.then_some(Grant::Unconditional)
            }
            Self::KeyStorage => available
                .storage
                .reference(grants, label)
                .map(Grant::Storage),
            Self::Pkcs11 => {
                let tokens = available.tokens.references(grants, label);
                for (index, token) in tokens.iter().enumerate() {
                    storage::refuse_tokens_with_keys(
                        grants,
                        label,
                        index,
                        token,
                        available.storage,
                    );
                }
                (!tokens.is_empty()).then_some(Grant::Tokens(tokens))
            }
            Self::Http | Self::Streams => {
                let upstreams = available.upstreams.references(grants, label);
                for (index, name) in upstreams.iter().enumerate() {
                    let named = available.upstreams.iter().find(|(other, _)| *other == name);
                    let is_stream = named.map(|(_, it)| it.scheme() == Scheme::Tls);
                    if is_stream.is_some_and(|is_stream| is_stream != (self == Self::Streams)) {
                        let fix = "grant `http` on upstreams with https://, and `streams` on those \
                                   with tls://";
                        grants.fault_at(label, index, format!("`{name}` is of another kind"), fix);
                    }
                }
                (!upstreams.is_empty()).then_some(Grant::Upstreams(upstreams))
            }
            Self::Secrets => match grants.raw(label)?.as_array() {
                // Those that the plugin comes by need no name here.
                Some(none) if none.is_empty() => Some(Grant::Secrets(Vec::new())),
                _ => {
                    let secrets = available.secrets.references(grants, label);
                    (!secrets.is_empty()).then_some(Grant::Secrets(secrets))
                }
            },
        }
    }
}

/// What stands behind a granted capability.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Grant {
    /// It needs nothing but the grant.
    Unconditional,
    /// The records of this `[storage.NAME]`.
    Storage(Name),
    /// These `[tokens.NAME]`, at least one.
    Tokens(Vec<Name>),
    /// These `[upstream.NAME]`, at least one.
    Upstreams(Vec<Name>),
    /// These `[secret.NAME]`, and what the plugin comes by.
    Secrets(Vec<Name>),
}

/// The capabilities granted to one use of a plugin; nothing that is not named.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Grants(BTreeMap<Capability, Grant>);

impl Grants {
    pub(crate) fn read(table: Table<'_>, available: Available<'_>) -> Self {
        let granted = Capability::ALL
            .into_iter()
            .filter_map(|capability| Some((capability, capability.read(&table, available)?)))
            .collect();
        table.finish_naming("capability");
        Self(granted)
    }

    /// Whether this capability is granted.
    pub fn contains(&self, capability: Capability) -> bool {
        self.0.contains_key(&capability)
    }

    /// The `[storage.NAME]` of `key-storage`.
    pub fn storage(&self) -> Option<&Name> {
        match self.0.get(&Capability::KeyStorage)? {
            Grant::Storage(name) => Some(name),
            _ => None,
        }
    }

    /// The `[tokens.NAME]` of `pkcs11`; none when it is not granted.
    pub fn tokens(&self) -> &[Name] {
        match self.0.get(&Capability::Pkcs11) {
            Some(Grant::Tokens(names)) => names,
            _ => &[],
        }
    }

    /// The `[upstream.NAME]` of `http`; none when it is not granted.
    pub fn http(&self) -> &[Name] {
        self.upstreams(Capability::Http)
    }

    /// The `[upstream.NAME]` of `streams`; none when it is not granted.
    pub fn streams(&self) -> &[Name] {
        self.upstreams(Capability::Streams)
    }

    fn upstreams(&self, capability: Capability) -> &[Name] {
        match self.0.get(&capability) {
            Some(Grant::Upstreams(names)) => names,
            _ => &[],
        }
    }

    /// The `[secret.NAME]` of `secrets`; none when it is not granted.
    pub fn secrets(&self) -> &[Name] {
        match self.0.get(&Capability::Secrets) {
            Some(Grant::Secrets(names)) => names,
            _ => &[],
        }
    }
}
