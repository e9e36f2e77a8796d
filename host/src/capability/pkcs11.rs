//! Capability `pkcs11`: AES keys on the tokens that are granted.

use std::sync::Arc;

use wasmtime::Result;
use wasmtime::component::Resource;

use super::State;
use crate::pkcs11::{KeyReference, Token, within};
use crate::words::Deadline;

/// A plugin's handle of a token.
#[expect(unreachable_pub, reason = "re-exported by generated code")]
pub struct TokenHandle(pub(crate) Arc<Token>);

/// A plugin's handle of a key on a token.
#[expect(unreachable_pub, reason = "re-exported by generated code")]
pub struct SecretKey {
    pub(crate) token: Arc<Token>,
    pub(crate) reference: KeyReference,
}

impl State {
    /// The token of this name, if it is granted; the others do not exist.
    pub(crate) fn granted_token(&self, name: &str) -> Option<Arc<Token>> {
        self.tokens.by_name(name)
    }

    pub(crate) fn token(&self, handle: &Resource<TokenHandle>) -> Result<Arc<Token>> {
        Ok(self.table.get(handle)?.0.clone())
    }

    pub(crate) fn secret_key(
        &self,
        handle: &Resource<SecretKey>,
    ) -> Result<(Arc<Token>, KeyReference)> {
        let key = self.table.get(handle)?;
        Ok((key.token.clone(), key.reference))
    }

    pub(crate) fn push_key(
        &mut self,
        token: Arc<Token>,
        reference: KeyReference,
    ) -> Result<Resource<SecretKey>> {
        Ok(self.table.push(SecretKey { token, reference })?)
    }

    /// Until when the call under way waits for a token.
    pub(crate) fn token_deadline(&self) -> Deadline {
        within(self.deadline)
    }
}
