//! Encrypt: plaintext in, the three parts of a ciphertext out, with an integrity
//! value when KMS asks for one (XKS-057 to XKS-081).

use std::sync::Arc;
use std::time::Instant;

use claviger_xks::framing::{AadConvention, CiphertextMetadata};
use claviger_xks::integrity::integrity_value;
use claviger_xks::request::EncryptRequest;
use claviger_xks::response::EncryptResponse;

use super::counters::Stage;
use super::failure::Failure;
use super::key_call::KeyCall;
use crate::words::{CheckedSealed, Octets, Plaintext};

pub(super) async fn encrypt(mut call: KeyCall<'_, '_>) -> Result<Vec<u8>, Failure> {
    let (request, key) = call.find::<EncryptRequest>().await?;
    // An integrity value promises that the ciphertext decrypts (XKS-077).
    let wanted = request.integrity_value_wanted;
    let key = key.into_sealing(wanted)?;

    let aad = request.additional_authenticated_data;
    let convention = call.key_store().aad_conventions.to_encrypt();
    let (ciphertext_metadata, carried) = metadata_to_carry(key.metadata(), convention)?;
    let framed = Arc::new(convention.additional_data(&aad, &ciphertext_metadata));
    let plaintext = Plaintext::new(request.plaintext);
    let take_value = |sealed: &CheckedSealed| {
        wanted.then(|| {
            integrity_value(
                aad.as_bytes(),
                ciphertext_metadata.as_bytes(),
                sealed.initialization_vector(),
                sealed.ciphertext(),
                sealed.authentication_tag(),
            )
        })
    };
    let since = Instant::now();
    let sealed = key.seal(carried, framed, &plaintext, take_value).await;
    call.record.took(Stage::Crypto, since);
    let (sealed, value) = sealed?;
    call.record.line().aad_convention = Some(convention);
    let response = EncryptResponse {
        ciphertext: sealed.ciphertext(),
        ciphertext_metadata: &ciphertext_metadata,
        initialization_vector: sealed.initialization_vector(),
        authentication_tag: sealed.authentication_tag(),
        ciphertext_data_integrity_value: value.as_ref(),
    };
    Ok(response.to_json())
}

/// The ciphertext metadata of a new ciphertext, and what of it the backend will be
/// handed when it decrypts.
///
/// Nothing for the convention of AWS's sample proxy: that proxy has no key versions,
/// so its ciphertexts carry no key version.
fn metadata_to_carry(
    wanted: &Octets,
    convention: AadConvention,
) -> Result<(CiphertextMetadata, Octets), Failure> {
    match convention {
        AadConvention::Specification => {
            let carried = Arc::clone(wanted);
            let framed = CiphertextMetadata::new(&carried)?;
            Ok((framed, carried))
        }
        AadConvention::SampleProxy => Ok((CiphertextMetadata::NONE, Octets::default())),
    }
}
