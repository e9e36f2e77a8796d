//! E04: Decrypt of what was changed.

use claviger_xks::uri::ExternalKeyId;
use claviger_xks_client::answer::Failure;
use claviger_xks_client::outcome::Outcome;

use super::{Sample, Session, decrypt};
use crate::becomes::Becomes;
use crate::catalogue::E04;
use crate::finding::Finding;

/// Each change with what it is.
fn changed(sample: &Sample) -> Vec<(&'static str, Sample)> {
    let mut changes = Vec::new();
    let mut add = |name, change: &dyn Fn(&mut Sample)| {
        let mut other = sample.clone();
        change(&mut other);
        changes.push((name, other));
    };
    add("ciphertext changed", &|one| {
        flip(&mut one.encrypted.ciphertext);
    });
    add("tag changed", &|one| {
        flip(&mut one.encrypted.authentication_tag);
    });
    add("IV changed", &|one| {
        flip(&mut one.encrypted.initialization_vector);
    });
    add("AAD changed", &|one| {
        flip(one.aad.get_or_insert_with(|| vec![0]));
    });
    if sample.aad.as_ref().is_some_and(|aad| !aad.is_empty()) {
        add("AAD left out", &|one| one.aad = None);
    }
    if !sample.encrypted.ciphertext_metadata.is_empty() {
        add("ciphertextMetadata changed", &|one| {
            // The last byte: the first may be a version.
            flip_last(&mut one.encrypted.ciphertext_metadata);
        });
        add("ciphertextMetadata left out", &|one| {
            one.encrypted.ciphertext_metadata.clear();
        });
        add("ciphertextMetadata moved into the AAD", &|one| {
            let metadata = std::mem::take(&mut one.encrypted.ciphertext_metadata);
            one.aad.get_or_insert_default().extend(metadata);
        });
    }
    changes
}

fn flip(bytes: &mut [u8]) {
    if let Some(first) = bytes.first_mut() {
        *first ^= 1;
    }
}

fn flip_last(bytes: &mut [u8]) {
    if let Some(last) = bytes.last_mut() {
        *last ^= 1;
    }
}

pub(super) async fn probe(session: &mut Session, key: &ExternalKeyId, sample: &Sample) -> Finding {
    let mut taken = Vec::new();
    let mut others = Vec::new();
    let changes = changed(sample);
    let count = changes.len();
    for (name, other) in changes {
        match decrypt(session, key, &other, name).await {
            Ok(_) => taken.push(name.to_owned()),
            Err(failure) => {
                // What is malformed about a refusal is for the check of errors to say.
                let outcome = match &failure {
                    Failure::Malformed(_) => Outcome::InvalidCiphertext,
                    other => other.outcome(),
                };
                if outcome != Outcome::InvalidCiphertext {
                    others.push((format!("{name}: {failure}"), outcome));
                }
            }
        }
    }
    let id = key.as_str();
    if !taken.is_empty() {
        Finding::failure(&E04, id, &format!("decrypted: {}", taken.join(", "))).becomes([])
    } else if let Some((_, outcome)) = others.first() {
        let seen: Vec<&str> = others.iter().map(|(seen, _)| &**seen).collect();
        Finding::warning(&E04, id, &seen.join("; "))
            .becomes([Becomes::Call(*outcome)])
            .fix("report it to the vendor of the proxy: it should be InvalidCiphertextException")
    } else {
        let seen = format!("{count} changes, all refused with InvalidCiphertextException");
        Finding::ok(&E04, id, &seen)
    }
}
