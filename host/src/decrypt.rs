//! Decrypt: the parts of a ciphertext in, plaintext out (XKS-082 to XKS-091).

use std::sync::Arc;

use claviger_xks::error::XksError;
use claviger_xks::framing::additional_data;
use claviger_xks::request::DecryptRequest;
use claviger_xks::response::DecryptResponse;
use zeroize::Zeroizing;

use crate::failure::Failure;
use crate::key_lookup::{self, Usage};
use crate::key_request::KeyCall;
use crate::plugin::wit::claviger::plugin::types::Sealed;

pub(crate) async fn decrypt(mut call: KeyCall<'_, '_>) -> Result<Zeroizing<Vec<u8>>, Failure> {
    let (request, authorized) = call.authorize::<DecryptRequest>().await?;
    let mut found =
        key_lookup::find_usable(&authorized, Usage::Decrypt, call.deadline, call.audit).await?;

    let bad = |reason| Failure::new(XksError::InvalidCiphertext, reason);
    if !matches!(request.initialization_vector.len(), 12 | 16) {
        return Err(bad("the initialization vector is not 12 or 16 bytes long"));
    }
    if request.authentication_tag.len() != 16 {
        return Err(bad("the authentication tag is not 16 bytes long"));
    }
    let plugin_metadata = request
        .ciphertext_metadata
        .open()
        .map_err(|_| bad("the ciphertext metadata has an unknown framing version"))?
        .to_vec();
    let framed = additional_data(
        &request.additional_authenticated_data,
        &request.ciphertext_metadata,
    );
    let sealed = Sealed {
        ciphertext: request.ciphertext,
        initialization_vector: request.initialization_vector,
        authentication_tag: request.authentication_tag,
    };
    let plaintext = found
        .session
        .decrypt(
            &found.key,
            Arc::new(plugin_metadata),
            Arc::new(framed),
            Arc::new(sealed),
        )
        .await?;
    let plaintext = Zeroizing::new(plaintext);
    Ok(DecryptResponse {
        plaintext: &plaintext,
    }
    .to_json())
}
