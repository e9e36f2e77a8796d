//! What the cryptographic operations share: two layers, and one of them a proxy's.

use std::collections::BTreeMap;
use std::sync::Arc;

use claviger_xks_client::answer::Failure;
use claviger_xks_client::call::{DecryptCall, EncryptCall};
use claviger_xks_client::client::XksClient;
use claviger_xks_client::metadata::{KmsOperation, RequestMetadata};
use tracing::warn;
use zeroize::Zeroizing;

use super::find::Place;
use super::{Call, texts};
use crate::exception::{Exception, ExceptionName};
use crate::input::Members;
use crate::input::constraint::{GRANT_TOKEN, KEY_ID};
use crate::names::KeyStoreId;
use crate::operation::Operation;
use crate::proxy_failure;
use crate::sealed::{Blob, EncryptionContext, Header, InnerLayer, InnerLayerFault, OuterLayer};
use crate::service::LastUse;
use crate::state::{Key, KeyMaterial, Origin, RegionState};

/// The largest plaintext, in bytes.
pub(super) const PLAINTEXT_BYTES: usize = 4096;
/// The largest ciphertext, in bytes.
pub(super) const CIPHERTEXT_BYTES: usize = 6144;
/// The most grant tokens of a request.
pub(super) const GRANT_TOKENS: usize = 10;
/// The encryption algorithms of the API.
const ALGORITHMS: &[&str] = &[
    "SYMMETRIC_DEFAULT",
    "RSAES_OAEP_SHA_1",
    "RSAES_OAEP_SHA_256",
    "SM2PKE",
];
/// The only one that symmetric keys have.
pub(super) const SYMMETRIC_DEFAULT: &str = "SYMMETRIC_DEFAULT";

/// Members that most cryptographic operations have.
pub(super) struct Common {
    pub(super) dry_run: bool,
    /// Whether a Nitro enclave is to be answered.
    recipient: bool,
}

impl Common {
    pub(super) fn read(members: &Members<'_, '_>) -> Self {
        // Grants are not enforced, so that their tokens change nothing.
        members.texts("GrantTokens", Some(GRANT_TOKENS), &GRANT_TOKEN);
        Self {
            dry_run: members.flag("DryRun").unwrap_or_default(),
            recipient: members.has("Recipient"),
        }
    }

    /// Refuses what this service does not do.
    pub(super) fn require_supported(&self) -> Result<(), Exception> {
        if self.recipient {
            return Err(Exception::validation(
                "local-kms does not verify attestation documents: Recipient is not supported.",
            ));
        }
        Ok(())
    }

    /// Ends a dry run that would have succeeded. No proxy is called by then.
    pub(super) fn end_dry_run(&self) -> Result<(), Exception> {
        if self.dry_run {
            return Err(texts::dry_run());
        }
        Ok(())
    }
}

/// The encryption context of a request, within its bounds.
pub(super) fn context(pairs: Option<BTreeMap<&str, &str>>) -> Result<EncryptionContext, Exception> {
    EncryptionContext::new(&pairs.unwrap_or_default()).map_err(|fault| {
        Exception::validation(format!("The encryption context is too long: {fault}."))
    })
}

/// The encryption algorithm of a request.
pub(super) fn algorithm<'c>(members: &Members<'c, '_>, name: &str) -> &'c str {
    members
        .choice(name, ALGORITHMS)
        .unwrap_or(SYMMETRIC_DEFAULT)
}

/// Symmetric keys have one algorithm.
pub(super) fn require_symmetric(algorithm: &str) -> Result<(), Exception> {
    if algorithm == SYMMETRIC_DEFAULT {
        return Ok(());
    }
    Err(Exception::new(
        ExceptionName::InvalidKeyUsage,
        format!("Algorithm {algorithm} is incompatible with key spec SYMMETRIC_DEFAULT."),
    ))
}

/// A key that can be used, with what it takes to use it.
pub(super) struct UsableKey {
    key: Arc<Key>,
    arn: String,
    outer: Option<Outer>,
}

/// The other layer's place.
struct Outer {
    client: Arc<XksClient>,
    key_store: KeyStoreId,
    external_key: claviger_xks::uri::ExternalKeyId,
}

impl UsableKey {
    /// The key that `text` names, if it can be used.
    pub(super) fn find(call: &Call<'_>, text: &str) -> Result<Self, Exception> {
        let state = call.state();
        let key = Place::of(call).key(&state, text)?;
        Self::require(call, &state, key)
    }

    /// The key that made a ciphertext, if it can be used and is the one that
    /// `expected` names.
    pub(super) fn of_ciphertext(
        call: &Call<'_>,
        blob: &Blob<'_>,
        expected: Option<&str>,
    ) -> Result<Self, Exception> {
        let (state, place) = (call.state(), Place::of(call));
        let id = blob.header().key;
        if let Some(expected) = expected
            && place.key(&state, expected)?.id != id
        {
            return Err(texts::incorrect_key());
        }
        Self::require(call, &state, place.key_by_id(&state, id)?)
    }

    fn require(call: &Call<'_>, state: &RegionState, key: Arc<Key>) -> Result<Self, Exception> {
        let place = Place::of(call);
        place.require_usable(state, &key)?;
        let arn = place.arn(key.id);
        let outer = match &key.origin {
            Origin::AwsKms => None,
            Origin::ExternalKeyStore {
                key_store,
                external_key,
            } => {
                let found = state.key_stores.get(key_store);
                let found = found.ok_or_else(texts::internal)?;
                Some(Outer {
                    client: call.service.proxies.client_of(call.region(), found),
                    key_store: key_store.clone(),
                    external_key: external_key.clone(),
                })
            }
        };
        Ok(Self { key, arn, outer })
    }

    /// The ARN.
    pub(super) fn arn(&self) -> &str {
        &self.arn
    }

    /// The id of the material that encrypts now, of keys of AWS KMS itself.
    pub(super) fn material_id(&self) -> Option<String> {
        let material = self.key.materials.last()?;
        self.outer.is_none().then(|| material.id.to_string())
    }

    /// Encrypts. With `integrity_value` the proxy has to show that it could
    /// decrypt, too.
    pub(super) async fn seal(
        &self,
        call: &Call<'_>,
        plaintext: &[u8],
        context: &EncryptionContext,
        integrity_value: bool,
    ) -> Result<Vec<u8>, Exception> {
        let material = self.key.materials.last().ok_or_else(texts::internal)?;
        let header = Header {
            two_layers: self.outer.is_some(),
            key: self.key.id,
            material: material.id.prefix(),
        };
        let aad = context.additional_data(&header);
        let inner = inner_layer(material)?.seal(plaintext, &aad);
        let inner = inner.map_err(|_| texts::internal())?;
        let blob = match &self.outer {
            None => Blob::InnerOnly(header, &inner).to_bytes(),
            Some(outer) => {
                let metadata = self.metadata(call);
                let encrypt = EncryptCall {
                    key: &outer.external_key,
                    metadata: &metadata,
                    plaintext: &inner,
                    aad: Some(&aad),
                    integrity_value,
                };
                let encrypted = outer.client.encrypt(&encrypt).await;
                let encrypted =
                    encrypted.map_err(|failure| outer.failed(call, "Encrypt", &failure))?;
                let layer = OuterLayer {
                    metadata: &encrypted.ciphertext_metadata,
                    initialization_vector: &encrypted.initialization_vector,
                    authentication_tag: &encrypted.authentication_tag,
                    ciphertext: &encrypted.ciphertext,
                };
                Blob::TwoLayers(header, layer).to_bytes()
            }
        };
        self.note_use(call);
        blob.map_err(|_| texts::internal())
    }

    /// Decrypts.
    pub(super) async fn open(
        &self,
        call: &Call<'_>,
        blob: &Blob<'_>,
        context: &EncryptionContext,
    ) -> Result<Zeroizing<Vec<u8>>, Exception> {
        let header = blob.header();
        let materials = self.key.materials.iter();
        let material = materials
            .rev()
            .find(|material| material.id.prefix() == header.material)
            .ok_or_else(texts::invalid_ciphertext)?;
        let aad = context.additional_data(header);
        let layer = inner_layer(material)?;
        let plaintext = match (blob, &self.outer) {
            (Blob::InnerOnly(_, inner), None) => layer
                .open(inner, &aad)
                .map_err(|_| texts::invalid_ciphertext())?,
            (Blob::TwoLayers(_, parts), Some(outer)) => {
                let metadata = self.metadata(call);
                let decrypt = DecryptCall {
                    key: &outer.external_key,
                    metadata: &metadata,
                    ciphertext: parts.ciphertext,
                    ciphertext_metadata: parts.metadata,
                    initialization_vector: parts.initialization_vector,
                    authentication_tag: parts.authentication_tag,
                    aad: Some(&aad),
                };
                let inner = outer.client.decrypt(&decrypt).await;
                let inner = inner.map_err(|failure| outer.failed(call, "Decrypt", &failure))?;
                layer.open(&inner, &aad).map_err(|fault| match fault {
                    InnerLayerFault::Forged => proxy_failure::inner_layer(),
                    InnerLayerFault::Library => texts::internal(),
                })?
            }
            (Blob::InnerOnly(..), Some(_)) | (Blob::TwoLayers(..), None) => {
                return Err(texts::invalid_ciphertext());
            }
        };
        self.note_use(call);
        Ok(plaintext)
    }

    fn metadata(&self, call: &Call<'_>) -> RequestMetadata {
        let operation = match call.operation {
            Operation::Encrypt => KmsOperation::Encrypt,
            Operation::Decrypt => KmsOperation::Decrypt,
            Operation::ReEncrypt => KmsOperation::ReEncrypt,
            Operation::GenerateDataKey => KmsOperation::GenerateDataKey,
            Operation::GenerateDataKeyWithoutPlaintext => {
                KmsOperation::GenerateDataKeyWithoutPlaintext
            }
            other => KmsOperation::Other(other.name().into()),
        };
        let caller = call.caller.for_cryptography(call.account());
        RequestMetadata::cryptographic(operation, &caller, self.arn.as_str(), call.request_id)
    }

    fn note_use(&self, call: &Call<'_>) {
        let last = LastUse {
            operation: call.operation.name(),
            at: call.service.now(),
            request_id: call.request_id.to_owned(),
        };
        call.service.note_use(call.region(), self.key.id, last);
    }
}

impl Outer {
    /// Tells the log what the caller is not told.
    fn failed(&self, call: &Call<'_>, api: &str, failure: &Failure) -> Exception {
        warn!(
            request_id = call.request_id,
            key_store = %self.key_store,
            external_key = %self.external_key,
            cause = %failure,
            said = proxy_failure::said(failure),
            "{api}"
        );
        proxy_failure::of_cryptography(failure)
    }
}

/// The `KeyId` of an operation that uses a key.
pub(super) fn key_id<'c>(members: &Members<'c, '_>) -> &'c str {
    members.required_text("KeyId", &KEY_ID)
}

/// Reads a ciphertext.
pub(super) fn parse(ciphertext: &[u8]) -> Result<Blob<'_>, Exception> {
    Blob::parse(ciphertext).map_err(|_| texts::invalid_ciphertext())
}

fn inner_layer(material: &KeyMaterial) -> Result<InnerLayer, Exception> {
    InnerLayer::new(material).map_err(|_| texts::internal())
}
