use crate::aad_conventions::AadConventions;
use crate::available::Available;
use crate::name::{Name, NotAName};
use crate::plugin_use::PluginUse;
use crate::scalar;
use crate::secrets::CredentialSource;
use crate::storage_quota::StorageQuota;
use claviger_settings::Table;
use claviger_xks::uri::{API_PATH, UriPathPrefix, UriPathPrefixFault};
use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::path::Path;
use std::time::Duration;

/// `[[key_store]]`: in AWS KMS, one external key store.
#[derive(Debug, Clone, PartialEq)]
pub struct KeyStore {
    /// What logs call it; unique.
    pub name: Name,
    /// What stands before `/kms/xks/v1` in `XksProxyUriPath` (XKS-001); unique.
    pub uri_path_prefix: UriPathPrefix,
    /// If not, every call is answered `InvalidStateException`.
    pub enabled: bool,
    /// What happens when all policies abstain.
    pub default: DefaultDecision,
    /// Requests in flight, 1 to 65,536, however much room the host has; without it
    /// this key store has a fair share of the host's (XKS-132).
    pub requests_in_flight: Option<usize>,
    /// Requests in a second, 1 to 1,000,000, and at once after a second without any
    /// (XKS-132).
    pub requests_per_second: Option<NonZeroU32>,
    /// More than the specification's while an operator moves here from AWS's
    /// sample proxy.
    pub aad_conventions: AadConventions,
    /// At least one; no two with the same access key id (XKS-034).
    pub credentials: Vec<CredentialSource>,
    /// The plugin that holds the keys.
    pub backend: PluginUse,
    /// The plugin that maps external key ids to the backend's key ids.
    pub directory: Option<PluginUse>,
    /// Any of them may deny. Without any, this key store trusts
    /// `SigV4` alone.
    pub policies: Vec<PluginUse>,
    /// The longest that what the backend says of a key is used without asking it again,
    /// 100 ms to 60 s: a key that is disabled at its manager is used for so much longer.
    pub lookup_fresh: Duration,
    /// How much of a storage its plugins may use.
    pub storage_quota: StorageQuota,
    /// Where this key store stands in the configuration: `key_store[0]`.
    pub table_path: String,
}

impl KeyStore {
    /// All uses of plugins, the backend last.
    pub fn uses(&self) -> impl Iterator<Item = &PluginUse> {
        let directory = self.directory.iter();
        self.policies.iter().chain(directory).chain([&self.backend])
    }
}

/// What happens when all policies abstain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[expect(missing_docs, reason = "the variants are the settings' own words")]
pub enum DefaultDecision {
    #[default]
    Deny,
    Allow,
}

pub(crate) fn read_all(root: &Table<'_>, base: &Path, available: Available<'_>) -> Vec<KeyStore> {
    if is_absent_or_empty(root, "key_store") {
        root.fault(
            "key_store",
            "missing",
            "add a [[key_store]] table for each external key store in AWS KMS",
        );
    }
    let mut taken = Taken::default();
    root.tables("key_store")
        .into_iter()
        .filter_map(|table| read(table, base, available, &mut taken))
        .collect()
}

/// What earlier key stores have, and which of them.
#[derive(Default)]
struct Taken {
    names: BTreeMap<String, String>,
    prefixes: BTreeMap<String, String>,
}

fn read(
    table: Table<'_>,
    base: &Path,
    available: Available<'_>,
    taken: &mut Taken,
) -> Option<KeyStore> {
    table.require("name", "give the key store a name for the log");
    let name: Option<Name> = scalar::parsed(&table, "name", NotAName::fix);
    if let Some(name) = &name {
        refuse_repetition(&table, "name", name.as_str(), &mut taken.names);
    }
    table.require(
        "uri_path_prefix",
        "write what stands before /kms/xks/v1 in XksProxyUriPath, \
         with random letters in it: \"/payments-7cq2\"; or \"\" for nothing",
    );
    let prefix: Option<UriPathPrefix> =
        scalar::parsed(&table, "uri_path_prefix", UriPathPrefixFault::fix);
    if let Some(prefix) = &prefix {
        refuse_api_path(&table, prefix.as_str());
        refuse_repetition(
            &table,
            "uri_path_prefix",
            prefix.as_str(),
            &mut taken.prefixes,
        );
    }
    let enabled = table.flag("enabled").unwrap_or(true);
    let decisions = [
        ("deny", DefaultDecision::Deny),
        ("allow", DefaultDecision::Allow),
    ];
    let default = table.choice("default", &decisions).unwrap_or_default();
    let requests_in_flight = table
        .integer("requests_in_flight", 1..=65536)
        .and_then(|count| usize::try_from(count).ok());
    let requests_per_second = table
        .integer("requests_per_second", 1..=1_000_000)
        .and_then(|count| NonZeroU32::new(u32::try_from(count).ok()?));
    let lookup_fresh = table.integer("lookup_fresh_ms", 100..=60_000);
    let lookup_fresh = Duration::from_millis(lookup_fresh.unwrap_or(500));
    let aad_conventions = AadConventions::read(&table).unwrap_or_default();
    let credentials = read_credentials(&table, base);
    let backend = table
        .require(
            "backend",
            "add a [key_store.backend] table that names its `plugin`",
        )
        .table("backend")
        .and_then(|backend| PluginUse::read(backend, base, available));
    let directory = table
        .table("directory")
        .and_then(|directory| PluginUse::read(directory, base, available));
    let policies: Vec<_> = table
        .tables("policy")
        .into_iter()
        .map(|policy| PluginUse::read(policy, base, available))
        .collect();
    let storage_quota = table
        .table("storage_quota")
        .map(StorageQuota::read)
        .unwrap_or_default();
    let table_path = table.path().to_owned();
    table.finish();
    Some(KeyStore {
        name: name?,
        uri_path_prefix: prefix?,
        enabled,
        default,
        requests_in_flight,
        requests_per_second,
        lookup_fresh,
        aad_conventions,
        credentials: credentials?,
        backend: backend?,
        directory,
        policies: policies.into_iter().collect::<Option<_>>()?,
        storage_quota,
        table_path,
    })
}

/// Notes a fault when a prefix has the path of the API, which follows it. The protocol
/// allows that; it is the whole `XksProxyUriPath` written by mistake.
fn refuse_api_path(table: &Table<'_>, prefix: &str) {
    let Some(at) = prefix.find(API_PATH) else {
        return;
    };
    let rest = prefix.get(at + API_PATH.len()..).unwrap_or_default();
    if rest.is_empty() || rest.starts_with('/') {
        let before = prefix.get(..at).unwrap_or_default();
        table.fault(
            "uri_path_prefix",
            format!("contains {API_PATH}, which follows the prefix by itself"),
            format!("leave it out: \"{before}\""),
        );
    }
}

fn read_credentials(table: &Table<'_>, base: &Path) -> Option<Vec<CredentialSource>> {
    if is_absent_or_empty(table, "credential") {
        table.fault(
            "credential",
            "missing: nobody could call this key store",
            "add a [[key_store.credential]] table; `claviger credential new` makes what it names",
        );
    }
    let mut taken = BTreeMap::new();
    let credentials: Vec<_> = table
        .tables("credential")
        .into_iter()
        .map(|credential| CredentialSource::from_table(credential, base, &mut taken))
        .collect();
    credentials.into_iter().collect()
}

/// Notes a fault when an earlier table has the same `value` of `key`.
pub(crate) fn refuse_repetition(
    table: &Table<'_>,
    key: &str,
    value: &str,
    taken: &mut BTreeMap<String, String>,
) {
    match taken.get(value) {
        Some(first) => table.fault(
            key,
            format!("the same as in {first}"),
            format!("give each its own `{key}`"),
        ),
        None => {
            taken.insert(value.to_owned(), table.path().to_owned());
        }
    }
}

fn is_absent_or_empty(table: &Table<'_>, key: &str) -> bool {
    table
        .raw(key)
        .is_none_or(|value| value.as_array().is_some_and(Vec::is_empty))
}
