//! Decrypt: the parts of a ciphertext in, plaintext out (XKS-082 to XKS-091).

use std::sync::Arc;

use claviger_xks::error::XksError;
use claviger_xks::framing::additional_data;
use claviger_xks::request::DecryptRequest;
use claviger_xks::response::DecryptResponse;
use claviger_xks::uri::ExternalKeyId;
use zeroize::Zeroizing;

use crate::audit::AuditRecord;
use crate::authenticate::Authenticated;
use crate::authorize::authorize;
use crate::deadline::Deadline;
use crate::failure::Failure;
use crate::key_lookup::{self, Usage};
use crate::plugin::wit::claviger::plugin::types::{Sealed, XksOperation};
use crate::request_metadata;

pub(crate) async fn decrypt<'h>(
    authenticated: &Authenticated<'h>,
    external_key_id: ExternalKeyId,
    body: &[u8],
    deadline: Deadline,
    audit: &mut AuditRecord<'h>,
) -> Result<Zeroizing<Vec<u8>>, Failure> {
    let request = DecryptRequest::parse(body)?;
    request_metadata::record(&request.metadata, audit);
    let operation = XksOperation::Decrypt;
    let metadata = &request.metadata;
    let authorized = authorize(
        authenticated,
        operation,
        external_key_id,
        metadata,
        deadline,
        audit,
    )
    .await?;
    let mut found = key_lookup::find_usable(&authorized, Usage::Decrypt, deadline, audit).await?;

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
