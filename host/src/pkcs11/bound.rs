//! What a token does for plugins and storages, within limits.

use std::sync::Arc;

use zeroize::Zeroizing;

use super::bad_tag;
use super::fault::{Stop, TokenFault};
use super::gcm::{self, ToOpen};
use super::job::Repetition::{Harmful, Harmless};
use super::keys::{
    KeyAttributes, KeyReference, KeySelector, KeyTemplate, SealedParts, TokenInfo, TokenState,
};
use super::token::Token;
use crate::words::Deadline;

/// Most random bytes of one call.
const RANDOM: u32 = 1024;
/// Longest label or id of a key, in bytes.
const NAME: usize = 1024;

/// A token and its operations. How it does AES-GCM is its own affair: nobody who
/// uses it can say.
#[derive(Clone)]
pub(crate) struct BoundToken {
    token: Arc<Token>,
}

type Answer<T> = Result<T, TokenFault>;

impl BoundToken {
    pub(crate) fn new(token: Arc<Token>) -> Self {
        Self { token }
    }

    pub(crate) fn state(&self) -> TokenState {
        self.token.state()
    }

    pub(crate) async fn info(&self, deadline: Deadline) -> Answer<TokenInfo> {
        self.token
            .call(deadline, Harmless, |call| Ok(call.token_info()?))
            .await
    }

    pub(crate) async fn find(
        &self,
        deadline: Deadline,
        selector: KeySelector,
    ) -> Answer<Vec<KeyReference>> {
        if let KeySelector::Label(text) = &selector
            && text.len() > NAME
        {
            return Err(TokenFault::Invalid("a label is at most 1024 bytes long"));
        }
        if let KeySelector::Id(id) = &selector
            && id.len() > NAME
        {
            return Err(TokenFault::Invalid("an id is at most 1024 bytes long"));
        }
        self.token
            .call(deadline, Harmless, move |call| Ok(call.find(&selector)?))
            .await
    }

    pub(crate) async fn attributes(
        &self,
        deadline: Deadline,
        key: KeyReference,
    ) -> Answer<KeyAttributes> {
        self.token
            .call(deadline, Harmless, move |call| call.attributes(key))
            .await
    }

    pub(crate) async fn generate_key(
        &self,
        deadline: Deadline,
        template: KeyTemplate,
    ) -> Answer<KeyReference> {
        if template.label.len() > NAME || template.id.len() > NAME {
            return Err(TokenFault::Invalid(
                "a label or id is at most 1024 bytes long",
            ));
        }
        self.token
            .call(deadline, Harmful, move |call| {
                Ok(call.generate_key(&template)?)
            })
            .await
    }

    pub(crate) async fn random(&self, deadline: Deadline, count: u32) -> Answer<Vec<u8>> {
        if count > RANDOM {
            return Err(TokenFault::Invalid("at most 1024 random bytes in a call"));
        }
        self.token
            .call(deadline, Harmless, move |call| Ok(call.random(count)?))
            .await
    }

    /// Twice the same plaintext is encrypted under two vectors: harmless.
    pub(crate) async fn encrypt(
        &self,
        deadline: Deadline,
        key: KeyReference,
        additional_data: Vec<u8>,
        plaintext: Vec<u8>,
    ) -> Answer<SealedParts> {
        let plaintext = Zeroizing::new(plaintext);
        let profile = Arc::clone(&self.token.profile);
        self.token
            .call(deadline, Harmless, move |call| {
                let object = call.object(key)?;
                gcm::encrypt(call, &profile, object, &additional_data, &plaintext)
            })
            .await
    }

    /// Encrypts, and decrypts what came of it in the same session: a second wait
    /// for one is spared. `None` in place of the plaintext: the tag did not match.
    pub(crate) async fn encrypt_and_decrypt(
        &self,
        deadline: Deadline,
        key: KeyReference,
        additional_data: Vec<u8>,
        plaintext: Vec<u8>,
    ) -> Answer<(SealedParts, Option<Zeroizing<Vec<u8>>>)> {
        let plaintext = Zeroizing::new(plaintext);
        let profile = Arc::clone(&self.token.profile);
        self.token
            .call(deadline, Harmless, move |call| {
                let object = call.object(key)?;
                let sealed = gcm::encrypt(call, &profile, object, &additional_data, &plaintext)?;
                let opened = ToOpen::new(&profile, sealed.clone())
                    .map_err(Stop::from)
                    .and_then(|mut sealed| {
                        bad_tag::decrypt(call, &profile, object, &additional_data, &mut sealed)
                    });
                match opened {
                    Ok(opened) => Ok((sealed, Some(Zeroizing::new(opened)))),
                    Err(Stop::Fault(TokenFault::AuthenticationFailed)) => Ok((sealed, None)),
                    Err(stop) => Err(stop),
                }
            })
            .await
    }

    pub(crate) async fn decrypt(
        &self,
        deadline: Deadline,
        key: KeyReference,
        additional_data: Vec<u8>,
        sealed: SealedParts,
    ) -> Answer<Vec<u8>> {
        let mut sealed = ToOpen::new(&self.token.profile, sealed)?;
        let profile = Arc::clone(&self.token.profile);
        self.token
            .call(deadline, Harmless, move |call| {
                let object = call.object(key)?;
                bad_tag::decrypt(call, &profile, object, &additional_data, &mut sealed)
            })
            .await
    }
}
