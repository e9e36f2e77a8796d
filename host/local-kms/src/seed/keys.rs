use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use claviger_settings::Table;
use claviger_xks::uri::ExternalKeyId;
use zeroize::Zeroizing;

use super::{parsed, region_of};
use crate::names::{AliasName, KeyId, KeyStoreId, Region};
use crate::state::{MATERIAL_BYTES, Origin, limits};

/// A KMS key that is to be there.
pub struct SeedKey {
    /// Its Region.
    pub region: Region,
    /// Its id.
    pub id: KeyId,
    /// Its key store and its key there, unless it is a key of AWS KMS itself.
    pub external: Option<(KeyStoreId, ExternalKeyId)>,
    /// What its owner wrote about it.
    pub description: String,
    /// Whether it is enabled.
    pub enabled: bool,
    /// Its aliases.
    pub aliases: Vec<AliasName>,
    /// Its tags.
    pub tags: BTreeMap<String, String>,
    /// Its key policy, if it is not the usual one.
    pub policy: Option<String>,
    /// The key of the inner layer, if it is not a random one.
    pub material: Option<Zeroizing<[u8; MATERIAL_BYTES]>>,
}

/// Key material is not shown.
impl std::fmt::Debug for SeedKey {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("SeedKey")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

impl SeedKey {
    /// Where its key material is to be.
    pub(super) fn origin(&self) -> Origin {
        match &self.external {
            None => Origin::AwsKms,
            Some((key_store, external_key)) => Origin::ExternalKeyStore {
                key_store: key_store.clone(),
                external_key: external_key.clone(),
            },
        }
    }

    pub(super) fn read(table: &Table<'_>, region: &Region) -> Option<Self> {
        let id_fix = "write a UUID, such as 1234abcd-12ab-34cd-56ef-1234567890ab";
        table.require("id", id_fix);
        let id: Option<KeyId> = parsed(table, "id", id_fix);
        let id = id.filter(|id| {
            if id.is_multi_region() {
                table.fault("id", "the id of a multi-Region key", id_fix);
            }
            !id.is_multi_region()
        });
        let external = external(table);
        let description = table.text("description").unwrap_or_default().to_owned();
        let enabled = table.flag("enabled").unwrap_or(true);
        let aliases = aliases(table);
        let tags = tags(table);
        let policy = policy(table);
        let material = material(table);
        Some(Self {
            region: region_of(table, region)?,
            id: id?,
            external,
            description,
            enabled,
            aliases,
            tags,
            policy,
            material,
        })
    }
}

/// In what follows nothing is read where something is wrong: the seed is refused
/// then.
fn external(table: &Table<'_>) -> Option<(KeyStoreId, ExternalKeyId)> {
    let has = |key: &str| table.raw(key).is_some();
    if !has("key_store") && !has("external_key") {
        return None;
    }
    let (store_fix, key_fix) = (
        "write the id of a key store",
        "write the id of a key in the external key manager",
    );
    table.require("key_store", store_fix);
    table.require("external_key", key_fix);
    let key_store = parsed(table, "key_store", store_fix);
    let external_key = parsed(table, "external_key", key_fix);
    Some((key_store?, external_key?))
}

fn aliases(table: &Table<'_>) -> Vec<AliasName> {
    if table.raw("aliases").is_none() {
        return Vec::new();
    }
    let texts = table.texts("aliases").unwrap_or_default();
    let mut aliases = Vec::new();
    for (index, text) in texts.into_iter().enumerate() {
        match text.parse::<AliasName>() {
            Ok(alias) => aliases.push(alias),
            Err(fault) => {
                table.fault_at("aliases", index, fault.to_string(), "begin with alias/");
            }
        }
    }
    aliases
}

fn tags(table: &Table<'_>) -> BTreeMap<String, String> {
    let Some(tags) = table.table("tags") else {
        return BTreeMap::new();
    };
    let mut read = BTreeMap::new();
    for name in tags.keys() {
        if let Some(value) = tags.text(name) {
            read.insert(name.to_owned(), value.to_owned());
        }
    }
    let fits = |(name, value): (&String, &String)| {
        (1..=128).contains(&name.chars().count()) && value.chars().count() <= 256
    };
    if read.len() > limits::TAGS || !read.iter().all(fits) {
        let fix = "write at most 50, names of 1 to 128 characters and values of at most 256";
        table.fault("tags", "too many or too long", fix);
    }
    tags.finish_naming("tag");
    read
}

fn policy(table: &Table<'_>) -> Option<String> {
    let text = table.text("policy")?;
    if crate::operations::is_policy(text) {
        return Some(text.to_owned());
    }
    let problem = "not a JSON object of at most 32 KiB";
    table.fault("policy", problem, "write a key policy");
    None
}

fn material(table: &Table<'_>) -> Option<Zeroizing<[u8; MATERIAL_BYTES]>> {
    let text = table.text("key_material")?;
    let bytes = STANDARD.decode(text).map(Zeroizing::new).ok();
    let material = bytes.and_then(|bytes| <[u8; MATERIAL_BYTES]>::try_from(bytes.as_slice()).ok());
    if material.is_none() {
        let fix = "write 32 bytes in Base64: openssl rand -base64 32";
        table.fault("key_material", "not 32 bytes in Base64", fix);
    }
    material.map(Zeroizing::new)
}
