//! What is encrypted, and decrypted again.

use claviger_doctor::catalogue::Check;

use super::{BackendTrial, begin, plaintext};
use crate::plugin::trial::check;
use crate::plugin::trial::outcome::{Instead, Outcome, hold};
use crate::plugin::trial::rig::{DECRYPT, ENCRYPT, Open, Rig, Session};
use crate::words::{CheckedSealed, FaultKind, Octets, Sealed};

/// The longest plaintext that a key manager has to take, in bytes (XKS-058).
const LONGEST: usize = 4300;
/// The longest additional data, in bytes, and what it has to be at the least (XKS-061).
const LONGEST_AAD: usize = 65_558;
const NEEDED_AAD: usize = 8192;

pub(super) static S01: Check = check(
    "S01",
    "crypto.encrypt: 32 bytes are encrypted",
    "crypto.encrypt of 32 bytes",
    "see what the plugin or its key manager says, and correct encrypt",
);
pub(super) static S02: Check = check(
    "S02",
    "XKS-067: ciphertext as long as the plaintext, tag 16, IV 12 or 16 bytes",
    "crypto.encrypt of 1, 32 and 4096 bytes",
    "split what the key manager returns: the tag is often at the end of the ciphertext",
);
pub(super) static S03: Check = check(
    "S03",
    "crypto.encrypt: the ciphertext is not the plaintext, nor the same twice",
    "crypto.encrypt of the same 64 bytes twice",
    "encrypt with AES-256-GCM and a new initialization vector each time",
);
pub(super) static S04: Check = check(
    "S04",
    "XKS-079, XKS-090: what was encrypted decrypts to the same bytes",
    "crypto.encrypt, and crypto.decrypt of what came of it",
    "decrypt under the key, version and additional data that encrypt had",
);
pub(super) static S05: Check = check(
    "S05",
    "XKS-058, XKS-061: plaintexts and additional data of every length",
    "0 to 4300 bytes with additional data of up to 65,558 bytes, there and back",
    "raise the limit; where the key manager has one, answer unsupported-operation",
);

pub(super) async fn encrypts(trial: &BackendTrial<'_>) -> Outcome {
    let rig = Rig::new(trial).await?;
    let (mut session, key) = begin(&rig).await?;
    session
        .encrypt(&key.handle, &key.open(b"context", &plaintext(32)))
        .await?;
    Ok(String::new())
}

pub(super) async fn has_lengths(trial: &BackendTrial<'_>) -> Outcome {
    let rig = Rig::new(trial).await?;
    let (mut session, key) = begin(&rig).await?;
    for length in [1, 32, 4096] {
        let open = key.open(b"context", &plaintext(length));
        let sealed = session.encrypt(&key.handle, &open).await?;
        lengths(length, &sealed)?;
    }
    Ok(String::new())
}

fn lengths(plaintext: usize, sealed: &Sealed) -> Result<(), Instead> {
    let Sealed {
        ciphertext,
        initialization_vector: vector,
        authentication_tag: tag,
    } = sealed;
    let same = ciphertext.len() == plaintext;
    hold(
        same && matches!(vector.len(), 12 | 16) && tag.len() == 16,
        || {
            format!(
                "of {plaintext} bytes: a ciphertext of {}, an IV of {}, a tag of {} bytes",
                ciphertext.len(),
                vector.len(),
                tag.len()
            )
        },
    )
}

pub(super) async fn hides(trial: &BackendTrial<'_>) -> Outcome {
    let rig = Rig::new(trial).await?;
    let (mut session, key) = begin(&rig).await?;
    let open = key.open(b"context", &plaintext(64));
    let first = session.encrypt(&key.handle, &open).await?;
    let second = session.encrypt(&key.handle, &open).await?;
    hold(first.ciphertext != *open.plaintext, || {
        "the ciphertext is the plaintext".to_owned()
    })?;
    hold(first.ciphertext != second.ciphertext, || {
        "the same ciphertext twice: the initialization vector is the same".to_owned()
    })?;
    Ok(String::new())
}

pub(super) async fn decrypts(trial: &BackendTrial<'_>) -> Outcome {
    let rig = Rig::new(trial).await?;
    let (mut session, key) = begin(&rig).await?;
    let text = plaintext(32);
    let sealed = session
        .encrypt(&key.handle, &key.open(b"context", &text))
        .await?;
    let opened = session
        .decrypt(&key.handle, &key.shut(b"context", &sealed))
        .await?;
    match opened {
        Ok(opened) if *opened == text => Ok(String::new()),
        Ok(opened) if opened.len() == text.len() => {
            Err(Instead::Breach(format!("{DECRYPT} gives other bytes")))
        }
        Ok(opened) => Err(Instead::Breach(format!(
            "{DECRYPT} gives {} bytes of 32",
            opened.len()
        ))),
        Err(refusal) => Err(Instead::Breach(format!("{DECRYPT}: {refusal}"))),
    }
}

pub(super) async fn of_all_sizes(trial: &BackendTrial<'_>) -> Outcome {
    let rig = Rig::new(trial).await?;
    let (mut session, key) = begin(&rig).await?;
    let framing = 3 + key.metadata.len();
    let lengths = [0, 1, 15, 16, 17, 32, 255, 256, 4096, LONGEST];
    let usual = [0, 46, NEEDED_AAD].into_iter();
    let mut sizes: Vec<_> = usual
        .flat_map(|aad| lengths.map(|length| (length, aad)))
        .collect();
    sizes.extend([
        (32, LONGEST_AAD - framing),
        (LONGEST, LONGEST_AAD - framing),
    ]);
    let mut refused = Vec::new();
    for (length, aad) in sizes {
        let additional_data = plaintext(aad);
        let open = key.open(&additional_data, &plaintext(length));
        let what = format!("{length} bytes with additional data of {}", aad + framing);
        // AWS KMS sends no empty plaintext, and no additional data beyond 8192 bytes.
        let may_refuse = length == 0 || aad > NEEDED_AAD;
        match there_and_back(&mut session, &key.handle, &open).await? {
            Ok(()) => {}
            Err(FaultKind::Unsupported) if may_refuse => refused.push(what),
            Err(_) if length == 0 => refused.push(what),
            Err(kind) => return Err(Instead::Breach(format!("{what}: {}", kind.name()))),
        }
    }
    Ok(if refused.is_empty() {
        String::new()
    } else {
        format!("not {}", refused.join(", "))
    })
}

/// Whether it comes back; how it is refused otherwise.
async fn there_and_back(
    session: &mut Session<'_>,
    handle: &Octets,
    open: &Open,
) -> Result<Result<(), FaultKind>, Instead> {
    let answers = session
        .encrypt_all(handle, std::slice::from_ref(open))
        .await;
    let answers = answers.map_err(|fault| Instead::of(ENCRYPT, &fault))?;
    let sealed = match answers.into_iter().next() {
        Some(Ok(sealed)) => sealed,
        Some(Err(refusal)) => return Ok(Err(refusal.kind)),
        None => return Err(Instead::Breach(format!("{ENCRYPT}: no answer"))),
    };
    let checked = CheckedSealed::new(sealed, &open.plaintext);
    let sealed = checked.map_err(|wrong| Instead::Breach(format!("{ENCRYPT}: {wrong}")))?;
    let shut = crate::plugin::trial::rig::Shut {
        metadata: open.metadata.clone(),
        additional_data: open.additional_data.clone(),
        sealed: sealed.into_parts(),
    };
    match session.decrypt(handle, &shut).await? {
        Ok(opened) if *opened == *open.plaintext => Ok(Ok(())),
        Ok(_) => Err(Instead::Breach(format!(
            "{DECRYPT} gives other bytes for {} bytes",
            open.plaintext.len()
        ))),
        Err(refusal) => Ok(Err(refusal.kind)),
    }
}
