//! What `lookup` says of keys, and of those that there are not.

use claviger_doctor::catalogue::Check;

use super::{Backend, BackendTrial};
use crate::plugin::answer::KeyAnswer;
use crate::plugin::backend::external_key::{AT_ONCE, HANDLE, KEY_USAGES, METADATA};
use crate::plugin::trial::outcome::{Instead, Outcome, hold};
use crate::plugin::trial::rig::{LOOKUP, Rig};
use crate::plugin::trial::{UNKNOWN, check, ids_at_the_limits, made_up};
use crate::words::{FaultKind, is_printable};

/// Most key usages that AWS KMS is told.
const TOLD: usize = 10;

pub(super) static B01: Check = check(
    "B01",
    "XKS-056: a key that there is not is key-not-found",
    "key-lookup.lookup of an id that no key has",
    "answer key-not-found when the key manager says for certain that there is no such key",
);
pub(super) static B02: Check = check(
    "B02",
    "XKS-005: ids of 1 and of 128 characters, with every one allowed",
    "key-lookup.lookup of ids at the limits that no key has",
    "take every id of 1 to 128 characters of [A-Za-z0-9._-] as it is",
);
pub(super) static B03: Check = check(
    "B03",
    "key-lookup.lookup: the key is found",
    "key-lookup.lookup",
    "name a key that the plugin has with --key; or correct lookup",
);
pub(super) static B04: Check = check(
    "B04",
    "XKS-066: ciphertext-metadata has at most 19 bytes",
    "ciphertext-metadata of key-lookup.lookup",
    "shorten it: a version number takes a few bytes",
);
pub(super) static B05: Check = check(
    "B05",
    "key-lookup.external-key: handle and requests-at-once in their limits",
    "handle and requests-at-once of key-lookup.lookup",
    "make the handle at most 1024 bytes long, and requests-at-once 1 to 128",
);
pub(super) static B06: Check = check(
    "B06",
    "XKS-051: key-spec is AES_256",
    "key-spec of key-lookup.lookup",
    "answer AES_256 for a 256-bit AES key; AWS KMS takes no other",
);
pub(super) static B07: Check = check(
    "B07",
    "XKS-052, XKS-053: key-usage are upper-case words, with what is permitted",
    "key-usage of key-lookup.lookup",
    "answer ENCRYPT and DECRYPT as the key permits them, and at most 10 words",
);
pub(super) static B08: Check = check(
    "B08",
    "XKS-070: the key is enabled",
    "key-status of key-lookup.lookup",
    "name a key with --key that may be used",
);
pub(super) static B09: Check = check(
    "B09",
    "key-lookup.lookup: the same answer again, and from another instance",
    "key-lookup.lookup twice, and in two instances",
    "keep what a key is outside of the instance: the host has several, and ends them",
);

pub(super) async fn has_no_unknown_key(trial: &BackendTrial<'_>) -> Outcome {
    is_unknown(trial, UNKNOWN).await?;
    Ok(format!("{LOOKUP} of `{UNKNOWN}` is key-not-found"))
}

pub(super) async fn bears_ids_at_the_limits(trial: &BackendTrial<'_>) -> Outcome {
    for id in ids_at_the_limits() {
        is_unknown(trial, &id).await?;
    }
    Ok(String::new())
}

async fn is_unknown(trial: &BackendTrial<'_>, id: &str) -> Result<(), Instead> {
    let rig = Rig::<Backend>::new(trial).await?;
    let mut session = rig.session().await?;
    match session.lookup(&made_up(id)?).await? {
        Err(refusal) if refusal.kind == FaultKind::KeyNotFound => Ok(()),
        Err(refusal) => Err(Instead::Breach(format!("{LOOKUP} of `{id}`: {refusal}"))),
        Ok(_) => Err(Instead::Breach(format!("{LOOKUP} of `{id}` finds a key"))),
    }
}

/// The key of the check, as the plugin says that it is.
async fn looked_up(trial: &BackendTrial<'_>) -> Result<KeyAnswer, Instead> {
    let rig = Rig::new(trial).await?;
    let mut session = rig.session().await?;
    session.found().await
}

pub(super) async fn is_found(trial: &BackendTrial<'_>) -> Outcome {
    let key = looked_up(trial).await?;
    let by_host = key.named_key.is_some();
    Ok(if by_host {
        "the host encrypts with it"
    } else {
        ""
    }
    .to_owned())
}

pub(super) async fn has_short_metadata(trial: &BackendTrial<'_>) -> Outcome {
    let bytes = looked_up(trial).await?.metadata.len();
    hold(bytes <= METADATA, || format!("{bytes} bytes"))?;
    Ok(format!("{bytes} bytes"))
}

pub(super) async fn has_short_handle(trial: &BackendTrial<'_>) -> Outcome {
    let key = looked_up(trial).await?;
    let (bytes, at_once) = (key.handle.len(), key.at_once);
    let seen = format!("a handle of {bytes} bytes, {at_once} requests at once");
    hold(
        bytes <= HANDLE && u32::try_from(AT_ONCE).is_ok_and(|most| (1..=most).contains(&at_once)),
        || seen.clone(),
    )?;
    Ok(seen)
}

pub(super) async fn is_aes_256(trial: &BackendTrial<'_>) -> Outcome {
    let spec = looked_up(trial).await?.key_spec;
    hold(is_printable(&spec, 128), || {
        "it is not 1 to 128 printable characters".to_owned()
    })?;
    hold(spec == "AES_256", || spec.clone())?;
    Ok(spec)
}

pub(super) async fn has_usages(trial: &BackendTrial<'_>) -> Outcome {
    let usages = looked_up(trial).await?.key_usage;
    let count = usages.len();
    hold(count <= KEY_USAGES, || format!("{count} usages"))?;
    let legal = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_';
    let bad = usages
        .iter()
        .find(|word| word.is_empty() || !word.bytes().all(legal));
    hold(bad.is_none(), || "one is not an upper-case word".to_owned())?;
    let lacking = ["ENCRYPT", "DECRYPT"]
        .into_iter()
        .find(|word| !usages.iter().any(|it| it == word));
    if let Some(word) = lacking {
        return Err(Instead::Breach(format!(
            "it does not permit {word}: name a key that does"
        )));
    }
    if count > TOLD {
        return Err(Instead::Warning(format!(
            "{count} usages, of which AWS KMS is told {TOLD}"
        )));
    }
    Ok(usages.join(", "))
}

pub(super) async fn is_enabled(trial: &BackendTrial<'_>) -> Outcome {
    hold(looked_up(trial).await?.enabled, || {
        "it is disabled".to_owned()
    })?;
    Ok(String::new())
}

pub(super) async fn is_the_same_again(trial: &BackendTrial<'_>) -> Outcome {
    let rig = Rig::new(trial).await?;
    let mut one = rig.session().await?;
    let mut other = rig.session().await?;
    let first = one.found().await?;
    for (whose, again) in [
        ("the same instance", one.found().await?),
        ("another instance", other.found().await?),
    ] {
        let parts = |key: &KeyAnswer| {
            let KeyAnswer {
                handle,
                key_spec,
                key_usage,
                metadata,
                ..
            } = key;
            (
                handle.clone(),
                key_spec.clone(),
                key_usage.clone(),
                metadata.clone(),
                key.enabled,
            )
        };
        hold(parts(&first) == parts(&again), || {
            format!("{whose} says something else of the key")
        })?;
    }
    Ok(String::new())
}
