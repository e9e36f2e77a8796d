//! The body of `GetKeyMetadata`.

use super::{RequestFault, RequestMetadata};
use crate::json::Object;

/// A `GetKeyMetadata` request (specification, "`GetKeyMetadata`").
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct GetKeyMetadataRequest {
    /// Who wants to know.
    pub metadata: RequestMetadata,
}

impl GetKeyMetadataRequest {
    /// Reads a body.
    pub fn parse(body: &[u8]) -> Result<Self, RequestFault> {
        let body = Object::parse(body)?;
        Ok(Self {
            metadata: RequestMetadata::read(&body)?,
        })
    }
}
