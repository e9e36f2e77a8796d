//! Interface `aead`.

use wasmtime::component::Resource;
use zeroize::Zeroize as _;

use super::imported::aead::{AeadError, Host, HostKey, Sealed};
use crate::capability::{AeadFault, AeadKey, State};

type Answer<T> = wasmtime::Result<Result<T, AeadError>>;

impl Host for State {}

impl HostKey for State {
    fn from_record(&mut self, name: String) -> Answer<Resource<AeadKey>> {
        match self.key_from_record(&name) {
            Ok(key) => Ok(Ok(self.table.push(key)?)),
            Err(fault) => Ok(Err(fault.into())),
        }
    }

    fn from_bytes(&mut self, mut bytes: Vec<u8>) -> Answer<Resource<AeadKey>> {
        let key = AeadKey::new(&bytes);
        bytes.zeroize();
        match key {
            Ok(key) => Ok(Ok(self.table.push(key)?)),
            Err(fault) => Ok(Err(fault.into())),
        }
    }

    fn seal(
        &mut self,
        key: Resource<AeadKey>,
        additional_data: Vec<u8>,
        plaintext: Vec<u8>,
    ) -> Answer<Sealed> {
        let sealed = self.table.get(&key)?.seal(&additional_data, plaintext);
        Ok(sealed.map(Into::into).map_err(Into::into))
    }

    fn open(
        &mut self,
        key: Resource<AeadKey>,
        additional_data: Vec<u8>,
        sealed: Sealed,
    ) -> Answer<Vec<u8>> {
        let opened = self.table.get(&key)?.open(&additional_data, sealed.into());
        Ok(opened.map_err(Into::into))
    }

    fn drop(&mut self, key: Resource<AeadKey>) -> wasmtime::Result<()> {
        self.table.delete(key)?;
        Ok(())
    }
}

impl From<AeadFault> for AeadError {
    fn from(fault: AeadFault) -> Self {
        match fault {
            AeadFault::NoSuchRecord => Self::NoSuchRecord,
            AeadFault::DamagedRecord => Self::DamagedRecord,
            AeadFault::Unavailable => Self::Unavailable,
            AeadFault::InvalidKey => Self::InvalidKey,
            AeadFault::AuthenticationFailed => Self::AuthenticationFailed,
            AeadFault::Failed => Self::Internal(fault.to_string()),
        }
    }
}
