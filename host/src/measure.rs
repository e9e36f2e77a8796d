//! What benchmarks call: the plugins of one key store, without a server.
//!
//! Calls go through the same pools, checks and deadlines as those of a request;
//! TLS, HTTP, signatures, JSON and audit records are left out. Only keys of a
//! trial belong here: a server has the request path, which nothing goes around.

use std::sync::Arc;
use std::time::{Duration, Instant};

use aws_lc_rs::constant_time::verify_slices_are_equal;
use claviger_config::{Configuration, Fault};
use claviger_xks::framing::{AdditionalAuthenticatedData, additional_data};
use claviger_xks::integrity::integrity_value;
use claviger_xks::request::RequestMetadata;
use claviger_xks::uri::ExternalKeyId;
use thiserror::Error;
use zeroize::Zeroizing;

use crate::deadline::Deadline;
use crate::host::{MissingStorage, assemble};
use crate::key_store::{KeyStore, KeyStores};
use crate::plaintext::Plaintext;
use crate::plugin::PluginFault;
use crate::plugin::backend::{BackendSession, CheckedSealed, ExternalKey, FollowUp};
use crate::plugin::policy::Decision;
use crate::plugin::wit::claviger::plugin::types::{RequestContext, XksOperation};

/// The plugins of the first key store of a configuration.
pub struct Plugins {
    key_stores: KeyStores,
    deadline: Duration,
}

/// A key that a backend has found, and the instance that found it: what
/// Encrypt and Decrypt have after key lookup.
pub struct FoundKey<'p> {
    session: BackendSession<'p>,
    key: Arc<ExternalKey>,
}

/// The parts of a ciphertext as the backend returned them.
pub struct Ciphertext(CheckedSealed);

/// Why a measured call failed.
#[derive(Debug, Error)]
#[error(transparent)]
pub struct MeasuredCallFault(#[from] Cause);

#[derive(Debug, Error)]
enum Cause {
    #[error(transparent)]
    Plugin(#[from] PluginFault),
    #[error("the verifying decrypt returned another plaintext")]
    AnotherPlaintext,
    #[error("the configuration has no key store")]
    NoKeyStore,
}

impl Plugins {
    /// Compiles and starts what the configuration names, as a server does.
    pub async fn assemble(configuration: &Configuration) -> Result<Self, Vec<Fault>> {
        let key_stores = assemble(configuration, MissingStorage::IsAFault, &mut Vec::new()).await?;
        Ok(Self {
            key_stores,
            deadline: configuration.server.deadline,
        })
    }

    /// Asks every policy whether this Encrypt is allowed; true when one allows
    /// it and none denies.
    pub async fn authorize(
        &self,
        external_key_id: &ExternalKeyId,
        metadata: &RequestMetadata,
    ) -> Result<bool, MeasuredCallFault> {
        let key_store = self.key_store()?;
        let deadline = self.deadline();
        let context = Arc::new(context(key_store, external_key_id, metadata));
        let mut allowed = false;
        for policy in &key_store.policies {
            let decision = policy
                .authorize(&context, deadline)
                .await
                .map_err(Cause::Plugin)?;
            match decision {
                Decision::Allow(_) => allowed = true,
                Decision::Deny(_) => return Ok(false),
                Decision::Abstain => {}
            }
        }
        Ok(allowed)
    }

    /// Takes an instance of the backend and looks a key up with it. Its deadline
    /// is that of a request, from now on.
    pub async fn find(
        &self,
        external_key_id: &ExternalKeyId,
    ) -> Result<FoundKey<'_>, MeasuredCallFault> {
        let backend = &self.key_store()?.backend;
        let mut session = backend.session(self.deadline());
        let key = session
            .lookup(external_key_id)
            .await
            .map_err(Cause::Plugin)?;
        Ok(FoundKey { session, key })
    }

    fn key_store(&self) -> Result<&KeyStore, Cause> {
        self.key_stores.iter().next().ok_or(Cause::NoKeyStore)
    }

    fn deadline(&self) -> Deadline {
        Deadline::after(Instant::now(), self.deadline)
    }
}

impl FoundKey<'_> {
    /// Encrypts 1 to 8192 bytes.
    pub async fn encrypt(
        &mut self,
        aad: &AdditionalAuthenticatedData,
        plaintext: &[u8],
    ) -> Result<Ciphertext, MeasuredCallFault> {
        let plaintext = Plaintext::new(Zeroizing::new(plaintext.to_vec()));
        let framed = Arc::new(additional_data(aad, &self.key.ciphertext_metadata));
        let encrypted = self
            .session
            .encrypt(&self.key, framed, plaintext.shared(), FollowUp::Leaves)
            .await;
        Ok(Ciphertext(encrypted.map_err(Cause::Plugin)?.sealed))
    }

    /// Decrypts what [`FoundKey::encrypt`] has just returned.
    pub async fn decrypt(
        &mut self,
        aad: &AdditionalAuthenticatedData,
        ciphertext: &Ciphertext,
    ) -> Result<Zeroizing<Vec<u8>>, MeasuredCallFault> {
        let framed = Arc::new(additional_data(aad, &self.key.ciphertext_metadata));
        let decrypted = self
            .session
            .decrypt(
                &self.key,
                Arc::clone(&self.key.plugin_metadata),
                framed,
                ciphertext.0.to_open(),
            )
            .await;
        Ok(Zeroizing::new(decrypted.map_err(Cause::Plugin)?))
    }

    /// Encrypts, takes the integrity value, decrypts and compares (XKS-077 to
    /// XKS-079).
    pub async fn encrypt_and_verify(
        &mut self,
        aad: &AdditionalAuthenticatedData,
        plaintext: &[u8],
    ) -> Result<[u8; 32], MeasuredCallFault> {
        let ciphertext = self.encrypt(aad, plaintext).await?;
        let value = integrity_value(
            aad.as_bytes(),
            self.key.ciphertext_metadata.as_bytes(),
            ciphertext.0.initialization_vector(),
            ciphertext.0.ciphertext(),
            ciphertext.0.authentication_tag(),
        );
        let again = self.decrypt(aad, &ciphertext).await?;
        verify_slices_are_equal(&again, plaintext).map_err(|_| Cause::AnotherPlaintext)?;
        Ok(value)
    }
}

fn context(
    key_store: &KeyStore,
    external_key_id: &ExternalKeyId,
    metadata: &RequestMetadata,
) -> RequestContext {
    RequestContext {
        key_store: key_store.name.clone(),
        operation: XksOperation::Encrypt,
        external_key_id: external_key_id.as_str().to_owned(),
        access_key_id: "MEASURED234567234567".to_owned(),
        aws_principal_arn: metadata.aws_principal_arn.clone(),
        kms_operation: metadata.kms_operation.clone(),
        kms_request_id: metadata.kms_request_id.clone(),
        kms_key_arn: metadata.kms_key_arn.clone(),
        aws_source_vpc: metadata.aws_source_vpc.clone(),
        aws_source_vpce: metadata.aws_source_vpce.clone(),
        kms_via_service: metadata.kms_via_service.clone(),
        unknown_fields: metadata.unknown.clone(),
    }
}
