//! Interface `pkcs11`.

use wasmtime::Result;
use wasmtime::component::Resource;

use super::imported::pkcs11 as contract;
use crate::capability::{SecretKey, State, TokenHandle};
use crate::pkcs11::{self as tokens, KeyReference, TokenFault};
use contract::{Host, HostSecretKey, HostToken, KeySelector, Pkcs11Error, Sealed};

type Answer<T> = Result<core::result::Result<T, Pkcs11Error>>;

impl Host for State {}

impl HostToken for State {
    fn open(&mut self, name: String) -> Answer<Resource<TokenHandle>> {
        match self.granted_token(&name) {
            Some(token) => Ok(Ok(self.table.push(TokenHandle(token))?)),
            None => Ok(Err(Pkcs11Error::NoSuchToken)),
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

impl HostSecretKey for State {
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

impl From<contract::KeyReference> for KeyReference {
    fn from(reference: contract::KeyReference) -> Self {
        Self {
            start: reference.start,
            object: reference.object,
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
