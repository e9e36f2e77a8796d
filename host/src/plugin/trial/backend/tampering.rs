//! What was changed does not decrypt, and is refused as that and nothing else.

use claviger_doctor::catalogue::Check;

use super::{BackendTrial, Held, begin, plaintext};
use crate::plugin::trial::check;
use crate::plugin::trial::outcome::{Instead, Outcome};
use crate::plugin::trial::rig::{DECRYPT, Rig, Session, Shut};
use crate::words::{FaultKind, Sealed};

const FIX: &str = "answer invalid-ciphertext when the tag does not match, and only then";

pub(super) static S07: Check = check(
    "S07",
    "XKS-084: wrong, missing and added AAD is invalid-ciphertext",
    "crypto.decrypt with other additional data",
    FIX,
);
pub(super) static S08: Check = check(
    "S08",
    "XKS-088: a changed ciphertext or tag is invalid-ciphertext",
    "crypto.decrypt with a bit of the ciphertext, and of the tag, changed",
    FIX,
);
pub(super) static S09: Check = check(
    "S09",
    "XKS-087: a changed IV is invalid-ciphertext, of 12 and of 16 bytes",
    "crypto.decrypt with other initialization vectors",
    FIX,
);
pub(super) static S10: Check = check(
    "S10",
    "XKS-085, XKS-091: unknown ciphertext-metadata is invalid-ciphertext",
    "crypto.decrypt with other metadata: none, and 19 bytes",
    "answer invalid-ciphertext for metadata that names no key version that is held",
);
pub(super) static S11: Check = check(
    "S11",
    "XKS-088: what another key has encrypted is invalid-ciphertext",
    "crypto.decrypt with the handle of another key",
    "give each external key a key of its own, and use the one of the handle",
);

const AAD: &[u8] = b"the context of the request";

/// What the key has encrypted.
async fn sealed(session: &mut Session<'_>, key: &Held) -> Result<Sealed, Instead> {
    session
        .encrypt(&key.handle, &key.open(AAD, &plaintext(32)))
        .await
}

pub(super) async fn of_aad(trial: &BackendTrial<'_>) -> Outcome {
    let rig = Rig::new(trial).await?;
    let (mut session, key) = begin(&rig).await?;
    let sealed = sealed(&mut session, &key).await?;
    let longer = [AAD, b"!"].concat();
    for (what, aad) in [
        ("wrong", &b"another context of the call"[..]),
        ("missing", b""),
        ("added", &longer),
    ] {
        let shut = key.shut(aad, &sealed);
        refused(
            &mut session,
            &key,
            &shut,
            &format!("{what} additional data"),
        )
        .await?;
    }
    Ok(String::new())
}

pub(super) async fn of_tag(trial: &BackendTrial<'_>) -> Outcome {
    let rig = Rig::new(trial).await?;
    let (mut session, key) = begin(&rig).await?;
    let sealed = sealed(&mut session, &key).await?;
    let changed = |change: &dyn Fn(&mut Sealed)| {
        let mut sealed = sealed.clone();
        change(&mut sealed);
        sealed
    };
    for (what, sealed) in [
        (
            "first byte of the ciphertext",
            changed(&|it| flip(it.ciphertext.first_mut())),
        ),
        (
            "last byte of the ciphertext",
            changed(&|it| flip(it.ciphertext.last_mut())),
        ),
        (
            "first byte of the tag",
            changed(&|it| flip(it.authentication_tag.first_mut())),
        ),
        (
            "last byte of the tag",
            changed(&|it| flip(it.authentication_tag.last_mut())),
        ),
        ("whole tag", changed(&|it| it.authentication_tag.fill(0))),
    ] {
        let what = format!("with the {what} changed");
        refused(&mut session, &key, &key.shut(AAD, &sealed), &what).await?;
    }
    Ok(String::new())
}

pub(super) async fn of_vector(trial: &BackendTrial<'_>) -> Outcome {
    let rig = Rig::new(trial).await?;
    let (mut session, key) = begin(&rig).await?;
    let sealed = sealed(&mut session, &key).await?;
    let mut flipped = sealed.initialization_vector.clone();
    flip(flipped.first_mut());
    for (what, vector) in [
        ("a changed one", flipped),
        ("12 zeros", vec![0; 12]),
        ("16 zeros", vec![0; 16]),
    ] {
        let sealed = Sealed {
            initialization_vector: vector,
            ..sealed.clone()
        };
        let what = format!("an initialization vector of {what}");
        refused(&mut session, &key, &key.shut(AAD, &sealed), &what).await?;
    }
    Ok(String::new())
}

pub(super) async fn of_metadata(trial: &BackendTrial<'_>) -> Outcome {
    let rig = Rig::new(trial).await?;
    let (mut session, key) = begin(&rig).await?;
    let sealed = sealed(&mut session, &key).await?;
    for metadata in [vec![], vec![0xff; 19], vec![0], vec![0xff; 4]] {
        if metadata == *key.metadata {
            continue;
        }
        let what = format!(
            "ciphertext-metadata of {} bytes {metadata:02x?}",
            metadata.len()
        );
        let other = Held {
            metadata: metadata.into(),
            ..key.clone()
        };
        refused(&mut session, &key, &other.shut(AAD, &sealed), &what).await?;
    }
    Ok(String::new())
}

pub(super) async fn of_key(trial: &BackendTrial<'_>) -> Outcome {
    let key = trial.key()?;
    let other = trial.asked.keys.iter().find(|other| *other != key);
    let Some(other) = other else {
        let why = "no second key is given: --key ID twice";
        return Err(Instead::Skipped(why.to_owned()));
    };
    let rig = Rig::new(trial).await?;
    let (mut session, key) = begin(&rig).await?;
    let sealed = sealed(&mut session, &key).await?;
    let found = session.lookup(other).await?;
    let Ok(found) = found.map(Held::from) else {
        let why = format!("`{}` is not found", other.as_str());
        return Err(Instead::Skipped(why));
    };
    let what = format!("under `{}`", other.as_str());
    // Its own metadata are another key's, and may be no version of this one.
    refused(&mut session, &found, &key.shut(AAD, &sealed), &what).await?;
    Ok(what)
}

/// It is refused with `invalid-ciphertext`.
async fn refused(
    session: &mut Session<'_>,
    key: &Held,
    shut: &Shut,
    what: &str,
) -> Result<(), Instead> {
    match session.decrypt(&key.handle, shut).await? {
        Err(refusal) if refusal.kind == FaultKind::NotAuthentic => Ok(()),
        Err(refusal) => Err(Instead::Breach(format!("{DECRYPT} {what}: {refusal}"))),
        Ok(_) => Err(Instead::Breach(format!("{DECRYPT} {what} succeeds"))),
    }
}

fn flip(byte: Option<&mut u8>) {
    if let Some(byte) = byte {
        *byte ^= 1;
    }
}
