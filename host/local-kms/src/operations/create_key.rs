//! `CreateKey`

use std::sync::Arc;

use claviger_xks::uri::ExternalKeyId;
use claviger_xks_client::metadata::RequestMetadata;
use serde_json::json;
use tracing::warn;

use super::tags::{read_tags, require_valid};
use super::{Answer, Call, custom_key_stores, policies, texts};
use crate::exception::{Exception, ExceptionName};
use crate::input::constraint as rule;
use crate::names::{KeyId, KeyStoreId};
use crate::proxy_failure;
use crate::state::{Change, Key, KeyMaterial, KeyStore, Origin, RegionState, limits};

const KEY_USAGES: &[&str] = &[
    "SIGN_VERIFY",
    "ENCRYPT_DECRYPT",
    "GENERATE_VERIFY_MAC",
    "KEY_AGREEMENT",
    "ENCAPSULATE_DECAPSULATE",
];
const KEY_SPECS: &[&str] = &[
    "RSA_2048",
    "RSA_3072",
    "RSA_4096",
    "ECC_NIST_P256",
    "ECC_NIST_P384",
    "ECC_NIST_P521",
    "ECC_SECG_P256K1",
    "SYMMETRIC_DEFAULT",
    "HMAC_224",
    "HMAC_256",
    "HMAC_384",
    "HMAC_512",
    "SM2",
    "ML_DSA_44",
    "ML_DSA_65",
    "ML_DSA_87",
    "ECC_NIST_EDWARDS25519",
    "ML_KEM_512",
    "ML_KEM_768",
    "ML_KEM_1024",
];
const ORIGINS: &[&str] = &["AWS_KMS", "EXTERNAL", "AWS_CLOUDHSM", "EXTERNAL_KEY_STORE"];

/// What a request asks for.
struct Wanted<'c> {
    origin: Option<&'c str>,
    key_store: Option<&'c str>,
    external_key: Option<&'c str>,
    spec: &'c str,
    usage: Option<&'c str>,
    multi_region: bool,
    description: &'c str,
    policy: Option<&'c str>,
    tags: Vec<(&'c str, &'c str)>,
}

pub(super) async fn perform(call: &Call<'_>) -> Result<Answer, Exception> {
    let wanted = read(call)?;
    require_symmetric(&wanted)?;
    let tags = require_valid(&wanted.tags)?;
    let policy = match wanted.policy {
        Some(policy) => policies::require_document(policy)?.to_owned(),
        None => policies::default_policy(call.region(), call.account()),
    };
    let origin = origin(&wanted)?;
    check(&call.state(), &origin, true)?;
    if let Origin::ExternalKeyStore {
        key_store,
        external_key,
    } = &origin
    {
        let key_store = Arc::clone(custom_key_stores::find(&call.state(), key_store.as_str())?);
        ask(call, &key_store, external_key).await?;
    }
    let now = call.service.now();
    let key = Key {
        id: KeyId::random(),
        created: now,
        description: wanted.description.to_owned(),
        enabled: true,
        deletion: None,
        origin,
        materials: vec![KeyMaterial::random(now, None).map_err(|_| texts::internal())?],
        policy,
        tags,
        grants: Vec::new(),
        rotation: None,
    };
    let metadata = call
        .service
        .store
        .change(call.region(), {
            let (region, account) = (call.region().clone(), call.account().clone());
            move |state| {
                // Others may have come while the proxy was asked.
                check(state, &key.origin, true)?;
                let metadata = key.to_json(key.state(state), &region, &account);
                Ok((metadata, vec![Change::PutKey(Arc::new(key))]))
            }
        })
        .await?;
    Ok(Answer::Members(json!({ "KeyMetadata": metadata })))
}

fn read<'c>(call: &Call<'c>) -> Result<Wanted<'c>, Exception> {
    call.read(|members| {
        let old_spec = members.choice("CustomerMasterKeySpec", KEY_SPECS);
        let spec = members.choice("KeySpec", KEY_SPECS).or(old_spec);
        members.flag("BypassPolicyLockoutSafetyCheck");
        Wanted {
            origin: members.choice("Origin", ORIGINS),
            key_store: members.text("CustomKeyStoreId", &rule::CUSTOM_KEY_STORE_ID),
            external_key: members.text("XksKeyId", &rule::XKS_KEY_ID),
            spec: spec.unwrap_or("SYMMETRIC_DEFAULT"),
            usage: members.choice("KeyUsage", KEY_USAGES),
            multi_region: members.flag("MultiRegion").unwrap_or_default(),
            description: members
                .text("Description", &rule::DESCRIPTION)
                .unwrap_or_default(),
            policy: members.text("Policy", &rule::POLICY),
            tags: read_tags(members).unwrap_or_default(),
        }
    })
}

fn require_symmetric(wanted: &Wanted<'_>) -> Result<(), Exception> {
    if wanted.spec != "SYMMETRIC_DEFAULT" {
        return match wanted.usage {
            // Recorded.
            None => Err(Exception::validation(
                "You must specify a KeyUsage value for all KMS keys except for symmetric \
                 encryption keys.",
            )),
            Some(_) => Err(Exception::unsupported(format!(
                "local-kms makes symmetric encryption keys only, not keys of KeySpec {}.",
                wanted.spec
            ))),
        };
    }
    if let Some(usage) = wanted.usage.filter(|&usage| usage != "ENCRYPT_DECRYPT") {
        return Err(Exception::validation(format!(
            "KeyUsage {usage} is not compatible with KeySpec SYMMETRIC_DEFAULT"
        )));
    }
    if wanted.multi_region {
        return Err(Exception::unsupported(
            "local-kms makes keys of one Region only, as every custom key store does.",
        ));
    }
    Ok(())
}

fn origin(wanted: &Wanted<'_>) -> Result<Origin, Exception> {
    match (wanted.origin, wanted.key_store, wanted.external_key) {
        (Some("EXTERNAL_KEY_STORE"), Some(key_store), Some(external_key)) => {
            let key_store: KeyStoreId = key_store
                .parse()
                .map_err(|_| texts::key_store_not_found(key_store))?;
            let external_key: ExternalKeyId = external_key.parse().map_err(|fault| {
                Exception::new(
                    ExceptionName::XksKeyInvalidConfiguration,
                    format!("XksKeyId {external_key} {fault}"),
                )
            })?;
            Ok(Origin::ExternalKeyStore {
                key_store,
                external_key,
            })
        }
        (Some("EXTERNAL_KEY_STORE"), None, _) => Err(Exception::validation(
            "CustomKeyStoreId is required for Origin EXTERNAL_KEY_STORE.",
        )),
        (Some("EXTERNAL_KEY_STORE"), Some(_), None) => Err(Exception::validation(
            "XksKeyId is required for Origin EXTERNAL_KEY_STORE.",
        )),
        (None | Some("AWS_KMS"), None, None) => Ok(Origin::AwsKms),
        (_, _, Some(_)) => Err(Exception::validation(
            "XksKeyId is for Origin EXTERNAL_KEY_STORE only.",
        )),
        (None | Some("AWS_KMS" | "EXTERNAL"), Some(_), None) => Err(Exception::validation(
            "CustomKeyStoreId is for Origin EXTERNAL_KEY_STORE and AWS_CLOUDHSM only.",
        )),
        (Some(other), ..) => Err(Exception::unsupported(format!(
            "local-kms makes keys of Origin EXTERNAL_KEY_STORE and AWS_KMS only, not of {other}."
        ))),
    }
}

/// Fails where a new key would get in the way of another. With `connected`, its key
/// store has to be connected, too.
pub fn check(state: &RegionState, origin: &Origin, connected: bool) -> Result<(), Exception> {
    if state.keys.len() >= limits::KEYS {
        return Err(Exception::limit(format!(
            "local-kms keeps at most {} KMS keys in a Region, those included that are pending \
             deletion.",
            limits::KEYS
        )));
    }
    let Origin::ExternalKeyStore {
        key_store,
        external_key,
    } = origin
    else {
        return Ok(());
    };
    let found = custom_key_stores::find(state, key_store.as_str())?;
    if connected && !found.is_connected() {
        return Err(proxy_failure::not_connected());
    }
    if state.keys.values().any(|key| key.origin == *origin) {
        return Err(Exception::new(
            ExceptionName::XksKeyAlreadyInUse,
            format!(
                "The external key {external_key} is already associated with a KMS key in the \
                 custom key store {key_store}."
            ),
        ));
    }
    Ok(())
}

async fn ask(
    call: &Call<'_>,
    key_store: &KeyStore,
    external_key: &ExternalKeyId,
) -> Result<(), Exception> {
    let client = call.service.proxies.client_of(call.region(), key_store);
    let caller = call.caller.for_create_key(call.account());
    let metadata = RequestMetadata::create_key(&caller, call.request_id);
    match client.get_key_metadata(external_key, &metadata).await {
        Ok(_) => Ok(()),
        Err(failure) => {
            let said = proxy_failure::said(&failure);
            warn!(request_id = call.request_id, cause = %failure, said, "GetKeyMetadata");
            Err(proxy_failure::of_create_key(&failure))
        }
    }
}
