//! Decrypt: the parts of a ciphertext in, plaintext out (XKS-082 to XKS-091).

use std::sync::Arc;
use std::time::Instant;

use claviger_xks::error::XksError;
use claviger_xks::framing::{AadConvention, AdditionalAuthenticatedData, CiphertextMetadata};
use claviger_xks::request::DecryptRequest;
use claviger_xks::response::DecryptResponse;
use zeroize::Zeroizing;

use super::counters::Stage;
use super::failure::Failure;
use super::key_call::KeyCall;
use crate::keys::OpeningKey;
use crate::words::{CheckedSealed, Sealed};

pub(super) async fn decrypt(mut call: KeyCall<'_, '_>) -> Result<Zeroizing<Vec<u8>>, Failure> {
    let (request, key) = call.find::<DecryptRequest>().await?;
    let mut opening = Opening {
        key: key.into_opening()?,
        aad: request.additional_authenticated_data,
        metadata: request.ciphertext_metadata,
    };
    let sealed = CheckedSealed::received(Sealed {
        ciphertext: request.ciphertext,
        initialization_vector: request.initialization_vector,
        authentication_tag: request.authentication_tag,
    })
    .map_err(Failure::ImpossibleCiphertext)?;
    let open_theirs = call.key_store().aad_conventions.open_sample_proxy();
    let again = open_theirs.then(|| sealed.clone());

    let since = Instant::now();
    let ours = opening.open(AadConvention::Specification, sealed).await;
    let since = call.record.took(Stage::Crypto, since);
    let plaintext = match (ours, again) {
        // Also when the metadata looks like ours: the operator of a sample proxy
        // may have chosen any. No other failure says whose the ciphertext is.
        (Err(failure), Some(sealed)) if failure.error() == XksError::InvalidCiphertext => {
            let convention = AadConvention::SampleProxy;
            let plaintext = opening.open(convention, sealed).await;
            call.record.took(Stage::Crypto, since);
            let plaintext = plaintext?;
            call.record.line().aad_convention = Some(convention);
            plaintext
        }
        (ours, _) => ours?,
    };
    Ok(DecryptResponse {
        plaintext: &plaintext,
    }
    .to_json())
}

/// The parts that each try needs, because a ciphertext does not say by which
/// convention it is bound to its AAD.
struct Opening<'h> {
    key: OpeningKey<'h>,
    aad: AdditionalAuthenticatedData,
    metadata: CiphertextMetadata,
}

impl Opening<'_> {
    async fn open(
        &mut self,
        convention: AadConvention,
        sealed: CheckedSealed,
    ) -> Result<Zeroizing<Vec<u8>>, Failure> {
        let metadata = match convention {
            AadConvention::Specification => self.metadata.open()?,
            // Nothing that a plugin has made.
            AadConvention::SampleProxy => &[],
        };
        let metadata = Arc::new(metadata.to_vec());
        let framed = Arc::new(convention.additional_data(&self.aad, &self.metadata));
        Ok(self.key.open(metadata, framed, sealed).await?)
    }
}
