//! Capability `pkcs11`: AES keys on the tokens that are granted.

use wasmtime::Result;
use wasmtime::component::Resource;

use crate::deadline::Deadline;
use crate::pkcs11::{self as tokens, BoundToken, KeyReference, Profile, SealedParts, TokenFault};
use crate::plugin::PluginState;
use crate::plugin::wit::claviger::plugin::pkcs11 as contract;
use contract::{Host, HostSecretKey, HostToken, IvConvention, KeySelector, Pkcs11Error, Sealed};

/// A plugin's handle of a token.
#[expect(unreachable_pub, reason = "re-exported by generated code")]
pub struct TokenHandle(BoundToken);

/// A plugin's handle of a key on a token.
#[expect(unreachable_pub, reason = "re-exported by generated code")]
pub struct SecretKey {
    token: BoundToken,
    reference: KeyReference,
}

type Answer<T> = Result<core::result::Result<T, Pkcs11Error>>;

impl PluginState {
    fn token(&self, handle: &Resource<TokenHandle>) -> Result<BoundToken> {
        Ok(self.table.get(handle)?.0.clone())
    }

    fn secret_key(&self, handle: &Resource<SecretKey>) -> Result<(BoundToken, KeyReference)> {
        let key = self.table.get(handle)?;
        Ok((key.token.clone(), key.reference))
    }

    fn push_key(
        &mut self,
        token: BoundToken,
        reference: KeyReference,
    ) -> Result<Resource<SecretKey>> {
        Ok(self.table.push(SecretKey { token, reference })?)
    }

    fn token_deadline(&self) -> Deadline {
        tokens::within(self.deadline)
    }
}

impl Host for PluginState {}

impl HostToken for PluginState {
    fn open(&mut self, name: String, profile: contract::Profile) -> Answer<Resource<TokenHandle>> {
        let Some(token) = self.tokens.by_name(&name) else {
            return Ok(Err(Pkcs11Error::NoSuchToken));
        };
        match Profile::try_from(profile) {
            Ok(profile) => {
                let bound = TokenHandle(BoundToken::new(token, profile));
                Ok(Ok(self.table.push(bound)?))
            }
            Err(limit) => Ok(Err(Pkcs11Error::Invalid(limit.to_owned()))),
        }
    }

    fn state(&mut self, token: Resource<TokenHandle>) -> Result<contract::TokenState> {
        Ok(match self.token(&token)?.state() {
            tokens::TokenState::Serving => contract::TokenState::Serving,
            tokens::TokenState::Degraded => contract::TokenState::Degraded,
            tokens::TokenState::Unavailable => contract::TokenState::Unavailable,
        })
    }

    async fn info(&mut self, token: Resource<TokenHandle>) -> Answer<contract::TokenInfo> {
        let info = self.token(&token)?.info(self.token_deadline()).await;
        Ok(info.map(Into::into).map_err(Into::into))
    }

    async fn find(
        &mut self,
        token: Resource<TokenHandle>,
        selector: KeySelector,
    ) -> Answer<Vec<Resource<SecretKey>>> {
        let token = self.token(&token)?;
        match token.find(self.token_deadline(), selector.into()).await {
            Ok(keys) => {
                let keys: Result<Vec<_>> = keys
                    .into_iter()
                    .map(|key| self.push_key(token.clone(), key))
                    .collect();
                Ok(Ok(keys?))
            }
            Err(fault) => Ok(Err(fault.into())),
        }
    }

    fn key(
        &mut self,
        token: Resource<TokenHandle>,
        reference: contract::KeyReference,
    ) -> Result<Resource<SecretKey>> {
        let token = self.token(&token)?;
        self.push_key(token, reference.into())
    }

    async fn generate_key(
        &mut self,
        token: Resource<TokenHandle>,
        template: contract::KeyTemplate,
    ) -> Answer<Resource<SecretKey>> {
        let token = self.token(&token)?;
        let template = tokens::KeyTemplate {
            label: template.label,
            id: template.id,
            encrypt: template.encrypt,
            decrypt: template.decrypt,
        };
        match token.generate_key(self.token_deadline(), template).await {
            Ok(key) => Ok(Ok(self.push_key(token, key)?)),
            Err(fault) => Ok(Err(fault.into())),
        }
    }

    async fn random(&mut self, token: Resource<TokenHandle>, count: u32) -> Answer<Vec<u8>> {
        let token = self.token(&token)?;
        let random = token.random(self.token_deadline(), count).await;
        Ok(random.map_err(Into::into))
    }

    fn drop(&mut self, token: Resource<TokenHandle>) -> Result<()> {
        self.table.delete(token)?;
        Ok(())
    }
}

impl HostSecretKey for PluginState {
    fn reference(&mut self, key: Resource<SecretKey>) -> Result<contract::KeyReference> {
        let (_, reference) = self.secret_key(&key)?;
        Ok(contract::KeyReference {
            start: reference.start,
            object: reference.object,
        })
    }

    async fn attributes(&mut self, key: Resource<SecretKey>) -> Answer<contract::KeyAttributes> {
        let (token, reference) = self.secret_key(&key)?;
        let attributes = token.attributes(self.token_deadline(), reference).await;
        Ok(attributes.map(Into::into).map_err(Into::into))
    }

    async fn encrypt(
        &mut self,
        key: Resource<SecretKey>,
        additional_data: Vec<u8>,
        plaintext: Vec<u8>,
    ) -> Answer<Sealed> {
        let (token, reference) = self.secret_key(&key)?;
        let sealed = token
            .encrypt(self.token_deadline(), reference, additional_data, plaintext)
            .await;
        Ok(sealed.map(Into::into).map_err(Into::into))
    }

    async fn decrypt(
        &mut self,
        key: Resource<SecretKey>,
        additional_data: Vec<u8>,
        sealed: Sealed,
    ) -> Answer<Vec<u8>> {
        let (token, reference) = self.secret_key(&key)?;
        let deadline = self.token_deadline();
        let opened = token
            .decrypt(deadline, reference, additional_data, sealed.into())
            .await;
        Ok(opened.map_err(Into::into))
    }

    fn drop(&mut self, key: Resource<SecretKey>) -> Result<()> {
        self.table.delete(key)?;
        Ok(())
    }
}

impl TryFrom<contract::Profile> for Profile {
    type Error = &'static str;

    fn try_from(profile: contract::Profile) -> core::result::Result<Self, Self::Error> {
        Self::new(
            profile.mechanism,
            profile.iv_convention.into(),
            profile.iv_length,
            profile.bad_tag_codes,
            profile.fatal_codes,
        )
    }
}

impl From<contract::KeyReference> for KeyReference {
    fn from(reference: contract::KeyReference) -> Self {
        Self {
            start: reference.start,
            object: reference.object,
        }
    }
}

impl From<IvConvention> for tokens::IvConvention {
    fn from(convention: IvConvention) -> Self {
        match convention {
            IvConvention::CallerRandom => Self::CallerRandom,
            IvConvention::ZeroWriteback => Self::ZeroWriteback,
            IvConvention::NullPrefixed => Self::NullPrefixed,
            IvConvention::NullAppended => Self::NullAppended,
        }
    }
}

impl From<KeySelector> for tokens::KeySelector {
    fn from(selector: KeySelector) -> Self {
        match selector {
            KeySelector::Label(label) => Self::Label(label),
            KeySelector::Id(id) => Self::Id(id),
            KeySelector::Every => Self::Every,
        }
    }
}

impl From<tokens::TokenInfo> for contract::TokenInfo {
    fn from(info: tokens::TokenInfo) -> Self {
        Self {
            label: info.label,
            manufacturer: info.manufacturer,
            model: info.model,
            serial: info.serial,
            hardware: info.hardware,
            firmware: info.firmware,
        }
    }
}

impl From<tokens::KeyAttributes> for contract::KeyAttributes {
    fn from(attributes: tokens::KeyAttributes) -> Self {
        Self {
            label: attributes.label,
            id: attributes.id,
            key_type: attributes.key_type,
            value_length: attributes.value_length,
            encrypt: attributes.encrypt,
            decrypt: attributes.decrypt,
        }
    }
}

impl From<SealedParts> for Sealed {
    fn from(sealed: SealedParts) -> Self {
        Self {
            ciphertext: sealed.ciphertext,
            initialization_vector: sealed.vector,
            authentication_tag: sealed.tag,
        }
    }
}

impl From<Sealed> for SealedParts {
    fn from(sealed: Sealed) -> Self {
        Self {
            ciphertext: sealed.ciphertext,
            vector: sealed.initialization_vector,
            tag: sealed.authentication_tag,
        }
    }
}

impl From<TokenFault> for Pkcs11Error {
    fn from(fault: TokenFault) -> Self {
        match fault {
            TokenFault::Invalid(limit) => Self::Invalid(limit.to_owned()),
            TokenFault::AuthenticationFailed => Self::AuthenticationFailed,
            TokenFault::StaleKey => Self::StaleKey,
            TokenFault::Throttled => Self::Throttled,
            TokenFault::Deadline => Self::Deadline,
            TokenFault::Unavailable => Self::Unavailable,
            TokenFault::Failed(value) => Self::Failed(value.0),
        }
    }
}
