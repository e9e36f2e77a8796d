//! Request bodies, validated as AWS KMS validates them: SDKs leave maximum
//! lengths, patterns and enums to the service.
//!
//! A reader asks for every member and then for [`Members::finish`], which names
//! all breaches of constraints at once, in the words of AWS.

pub mod constraint;
mod members;

pub use members::{Members, Notes};

use serde_json::{Map, Value};

use crate::exception::{Exception, ExceptionName};

/// The largest body, in bytes. The largest that AWS KMS takes is a `CreateKey`
/// with a policy of 131,072 characters, which JSON may write with escapes.
pub const MAX_BODY_BYTES: usize = 1 << 20;

/// Reads the body of a request. An empty one has no members.
pub fn parse(body: &[u8]) -> Result<Map<String, Value>, Exception> {
    if body.iter().all(u8::is_ascii_whitespace) {
        return Ok(Map::new());
    }
    match serde_json::from_slice(body) {
        Ok(Value::Object(members)) => Ok(members),
        // The parser's own words could repeat a plaintext.
        Ok(_) | Err(_) => Err(Exception::new(
            ExceptionName::Serialization,
            "The body is not a JSON object in UTF-8.",
        )),
    }
}

#[cfg(test)]
mod tests;
