//! Decrypt: the parts of a ciphertext in, plaintext out (XKS-082 to XKS-091).

use std::sync::Arc;

use claviger_xks::error::XksError;
use claviger_xks::framing::{AadConvention, AdditionalAuthenticatedData, CiphertextMetadata};
use claviger_xks::request::DecryptRequest;
use claviger_xks::response::DecryptResponse;
use zeroize::Zeroizing;

use crate::failure::Failure;
use crate::key_lookup::{self, FoundKey, Usage};
use crate::key_request::KeyCall;
use crate::plugin::wit::claviger::plugin::types::Sealed;

pub(crate) async fn decrypt(mut call: KeyCall<'_, '_>) -> Result<Zeroizing<Vec<u8>>, Failure> {
    let (request, authorized) = call.authorize::<DecryptRequest>().await?;
    let found =
        key_lookup::find_usable(&authorized, Usage::Decrypt, call.deadline, call.audit).await?;

    if !matches!(request.initialization_vector.len(), 12 | 16) {
        return Err(bad("the initialization vector is not 12 or 16 bytes long"));
    }
    if request.authentication_tag.len() != 16 {
        return Err(bad("the authentication tag is not 16 bytes long"));
    }
    let mut opening = Opening {
        found,
        aad: request.additional_authenticated_data,
        metadata: request.ciphertext_metadata,
    };
    let sealed = Arc::new(Sealed {
        ciphertext: request.ciphertext,
        initialization_vector: request.initialization_vector,
        authentication_tag: request.authentication_tag,
    });
    let open_theirs = authorized.key_store().aad_conventions.open_sample_proxy();
    let again = open_theirs.then(|| Arc::clone(&sealed));

    let ours = opening.open(AadConvention::Specification, sealed).await;
    let plaintext = match (ours, again) {
        // Also when the metadata looks like ours: the operator of a sample proxy
        // may have chosen any. No other failure says whose the ciphertext is.
        (Err(failure), Some(sealed)) if failure.error == XksError::InvalidCiphertext => {
            let convention = AadConvention::SampleProxy;
            let plaintext = opening.open(convention, sealed).await?;
            call.audit.line().aad_convention = Some(convention);
            plaintext
        }
        (ours, _) => ours?,
    };
    Ok(DecryptResponse {
        plaintext: &plaintext,
    }
    .to_json())
}

/// A ciphertext of which it is not known yet how it is bound to its AAD.
struct Opening<'h> {
    found: FoundKey<'h>,
    aad: AdditionalAuthenticatedData,
    metadata: CiphertextMetadata,
}

impl Opening<'_> {
    async fn open(
        &mut self,
        convention: AadConvention,
        sealed: Arc<Sealed>,
    ) -> Result<Zeroizing<Vec<u8>>, Failure> {
        let plugin_metadata = match convention {
            AadConvention::Specification => self
                .metadata
                .open()
                .map_err(|_| bad("the ciphertext metadata has an unknown framing version"))?,
            // Nothing that a plugin has made.
            AadConvention::SampleProxy => &[],
        };
        let framed = convention.additional_data(&self.aad, &self.metadata);
        let plaintext = self
            .found
            .session
            .decrypt(
                &self.found.key,
                Arc::new(plugin_metadata.to_vec()),
                Arc::new(framed),
                sealed,
            )
            .await?;
        Ok(Zeroizing::new(plaintext))
    }
}

fn bad(reason: &'static str) -> Failure {
    Failure::new(XksError::InvalidCiphertext, reason)
}
