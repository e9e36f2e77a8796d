//! Encrypt: plaintext in, the three parts of a ciphertext out, with an integrity
//! value when KMS asks for one (XKS-057 to XKS-081).

use std::borrow::Cow;
use std::sync::Arc;

use aws_lc_rs::constant_time::verify_slices_are_equal;
use claviger_xks::error::XksError;
use claviger_xks::framing::{AadConvention, CiphertextMetadata};
use claviger_xks::integrity::integrity_value;
use claviger_xks::request::EncryptRequest;
use claviger_xks::response::EncryptResponse;
use zeroize::Zeroizing;

use crate::failure::Failure;
use crate::key_lookup::{self, FoundKey, Usage};
use crate::key_request::KeyCall;
use crate::plaintext::Plaintext;
use crate::plugin::backend::{CheckedSealed, Encrypted, ExternalKey, FollowUp};

pub(crate) async fn encrypt(mut call: KeyCall<'_, '_>) -> Result<Vec<u8>, Failure> {
    let (request, authorized) = call.authorize::<EncryptRequest>().await?;
    let usage = if request.integrity_value_wanted {
        Usage::EncryptAndVerify
    } else {
        Usage::Encrypt
    };
    let mut found = key_lookup::find_usable(&authorized, usage, call.deadline, call.audit).await?;

    let aad = request.additional_authenticated_data;
    let convention = authorized.key_store().aad_conventions.to_encrypt();
    let (ciphertext_metadata, plugin_metadata) = metadata_to_carry(&found.key, convention);
    let framed = Arc::new(convention.additional_data(&aad, &ciphertext_metadata));
    let plaintext = Plaintext::new(request.plaintext);
    // A ciphertext that does not carry what the plugin wants to find again may
    // belong to a version of the key that it would not be decrypted with.
    let carries_all = plugin_metadata == found.key.plugin_metadata;
    let follow_up = if request.integrity_value_wanted && carries_all {
        FollowUp::IsDecrypted
    } else {
        FollowUp::Leaves
    };
    let Encrypted { sealed, decrypted } = found
        .session
        .encrypt(
            &found.key,
            Arc::clone(&framed),
            plaintext.shared(),
            follow_up,
        )
        .await?;
    // The value is taken of what the key manager returned, before anything else
    // happens to it: a bit that flips later makes KMS's own comparison fail
    // (XKS-077, XKS-081).
    let value = request.integrity_value_wanted.then(|| {
        integrity_value(
            aad.as_bytes(),
            ciphertext_metadata.as_bytes(),
            sealed.initialization_vector(),
            sealed.ciphertext(),
            sealed.authentication_tag(),
        )
    });
    if value.is_some() || !carries_all {
        let again = match decrypted {
            Some(again) => again,
            None => decrypt_again(&mut found, plugin_metadata, framed, &sealed).await?,
        };
        verify_slices_are_equal(&again, plaintext.as_bytes())
            .map_err(|_| unverified("the verifying decrypt returned another plaintext"))?;
    }
    call.audit.line().aad_convention = Some(convention);
    let response = EncryptResponse {
        ciphertext: sealed.ciphertext(),
        ciphertext_metadata: &ciphertext_metadata,
        initialization_vector: sealed.initialization_vector(),
        authentication_tag: sealed.authentication_tag(),
        ciphertext_data_integrity_value: value.as_ref(),
    };
    Ok(response.to_json())
}

/// The ciphertext metadata of a new ciphertext, and what of it the plugin will
/// be handed when it decrypts.
///
/// None for AWS's sample proxy: it has no key versions, and its ciphertexts carry
/// nothing that differs from one to the next.
fn metadata_to_carry(
    key: &ExternalKey,
    convention: AadConvention,
) -> (CiphertextMetadata, Arc<Vec<u8>>) {
    match convention {
        AadConvention::Specification => (key.ciphertext_metadata, Arc::clone(&key.plugin_metadata)),
        AadConvention::SampleProxy => (CiphertextMetadata::NONE, Arc::default()),
    }
}

/// Decrypts what was just encrypted: KMS reads an integrity value as the promise
/// that this works (XKS-077 to XKS-079).
async fn decrypt_again(
    found: &mut FoundKey<'_>,
    plugin_metadata: Arc<Vec<u8>>,
    framed: Arc<Vec<u8>>,
    sealed: &CheckedSealed,
) -> Result<Zeroizing<Vec<u8>>, Failure> {
    match found
        .session
        .decrypt(&found.key, plugin_metadata, framed, sealed.to_open())
        .await
    {
        Ok(again) => Ok(Zeroizing::new(again)),
        Err(fault) if fault.xks_error() == XksError::DependencyTimeout => Err(fault.into()),
        // Whatever it says, the key manager failed: the ciphertext is its own.
        Err(fault) => Err(unverified(format!("the verifying decrypt failed: {fault}"))),
    }
}

fn unverified(reason: impl Into<Cow<'static, str>>) -> Failure {
    Failure::new(XksError::Internal, reason)
}
