//! Interface `secrets`.

use super::imported::secrets::{Host, SecretError};
use crate::capability::{SecretFault, State};

impl Host for State {
    fn reveal(&mut self, name: String) -> wasmtime::Result<Result<Vec<u8>, SecretError>> {
        let secret = self.reveal_secret(&name);
        Ok(secret.map(|bytes| bytes.to_vec()).map_err(Into::into))
    }

    fn keep(
        &mut self,
        name: String,
        value: Option<Vec<u8>>,
    ) -> wasmtime::Result<Result<(), SecretError>> {
        Ok(self.keep_secret(&name, value).map_err(Into::into))
    }
}

impl From<SecretFault> for SecretError {
    fn from(fault: SecretFault) -> Self {
        match fault {
            SecretFault::NoSuchSecret => Self::NoSuchSecret,
            SecretFault::NotRevealed => Self::NotRevealed,
            SecretFault::Invalid(what) => Self::Invalid(what.to_owned()),
        }
    }
}
