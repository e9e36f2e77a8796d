use std::sync::Arc;

use serde_json::{Map, Value};

use crate::caller::Caller;
use crate::exception::Exception;
use crate::input::{Members, Notes};
use crate::names::{AccountId, KeyId, Region};
use crate::operation::Operation;
use crate::service::Service;
use crate::state::RegionState;

/// One request.
pub struct Call<'c> {
    /// Who serves it.
    pub service: &'c Arc<Service>,
    /// What it asks for.
    pub operation: Operation,
    /// Who asks.
    pub caller: &'c Caller,
    /// What names it in the answer and in what the proxy is told.
    pub request_id: &'c str,
    /// Its members.
    pub body: &'c Map<String, Value>,
}

/// What a request is answered with.
#[derive(Debug, Clone, PartialEq)]
pub enum Answer {
    /// No body at all: the operation has no output in the API model.
    Nothing,
    /// A JSON object.
    Members(Value),
}

impl<'c> Call<'c> {
    /// Reads members of the body, and fails if any breaks a constraint.
    pub fn read<T>(&self, reader: impl FnOnce(&Members<'c, '_>) -> T) -> Result<T, Exception> {
        let notes = Notes::default();
        let value = reader(&Members::new(self.body, &notes));
        notes.finish()?;
        Ok(value)
    }

    /// The Region of the request.
    pub fn region(&self) -> &'c Region {
        &self.caller.region
    }

    /// The Region as it is now.
    pub fn state(&self) -> Arc<RegionState> {
        self.service.region(self.region())
    }

    /// The one account that there is.
    pub fn account(&self) -> &'c AccountId {
        &self.service.settings.account
    }

    /// The ARN of a key of this Region.
    pub fn arn(&self, key: KeyId) -> String {
        key.arn(self.region(), self.account())
    }
}
