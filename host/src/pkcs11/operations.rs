//! What a token does for a plugin or the host.

use zeroize::Zeroizing;

use super::bad_tag;
use super::fault::{Stop, TokenFault};
use super::gcm;
use super::job::Repetition::{Harmful, Harmless};
use super::keys::{KeyAttributes, KeyReference, KeySelector, KeyTemplate, TokenInfo};
use super::token::Token;
use crate::words::{Deadline, Sealed};

/// Most random bytes of one call.
const RANDOM: u32 = 1024;
/// Longest label or id of a key, in bytes.
const NAME: usize = 1024;

type Answer<T> = Result<T, TokenFault>;

impl Token {
    pub(crate) async fn info(&self, deadline: Deadline) -> Answer<TokenInfo> {
        self.call(deadline, Harmless, |call| Ok(call.token_info()?))
            .await
    }

    pub(crate) async fn find(
        &self,
        deadline: Deadline,
        selector: KeySelector,
    ) -> Answer<Vec<KeyReference>> {
        match &selector {
            KeySelector::Label(label) => check_name(label.as_bytes())?,
            KeySelector::Id(id) => check_name(id)?,
            KeySelector::Every => {}
        }
        self.search(deadline, selector).await
    }

    pub(crate) async fn attributes(
        &self,
        deadline: Deadline,
        key: KeyReference,
    ) -> Answer<KeyAttributes> {
        self.call(deadline, Harmless, move |call| call.attributes(key))
            .await
    }

    pub(crate) async fn generate_key(
        &self,
        deadline: Deadline,
        template: KeyTemplate,
    ) -> Answer<KeyReference> {
        check_name(template.label.as_bytes())?;
        check_name(&template.id)?;
        self.call(deadline, Harmful, move |call| {
            Ok(call.generate_key(&template)?)
        })
        .await
    }

    pub(crate) async fn random(&self, deadline: Deadline, count: u32) -> Answer<Vec<u8>> {
        if count > RANDOM {
            return Err(TokenFault::Invalid("at most 1024 random bytes in a call"));
        }
        self.call(deadline, Harmless, move |call| Ok(call.random(count)?))
            .await
    }

    /// Twice the same plaintext is encrypted under two vectors: harmless.
    pub(crate) async fn encrypt(
        &self,
        deadline: Deadline,
        key: KeyReference,
        additional_data: Vec<u8>,
        plaintext: Vec<u8>,
    ) -> Answer<Sealed> {
        let plaintext = Zeroizing::new(plaintext);
        self.call(deadline, Harmless, move |call| {
            gcm::encrypt(call, key, &additional_data, &plaintext)
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
    ) -> Answer<(Sealed, Option<Zeroizing<Vec<u8>>>)> {
        let plaintext = Zeroizing::new(plaintext);
        self.call(deadline, Harmless, move |call| {
            let sealed = gcm::encrypt(call, key, &additional_data, &plaintext)?;
            match bad_tag::decrypt(call, key, &additional_data, &sealed) {
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
        sealed: Sealed,
    ) -> Answer<Vec<u8>> {
        gcm::check_lengths(&self.shared.profile, &sealed)?;
        self.call(deadline, Harmless, move |call| {
            bad_tag::decrypt(call, key, &additional_data, &sealed)
        })
        .await
    }
}

fn check_name(name: &[u8]) -> Answer<()> {
    let too_long = TokenFault::Invalid("a label or id is at most 1024 bytes long");
    (name.len() <= NAME).then_some(()).ok_or(too_long)
}
