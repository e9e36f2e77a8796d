//! What a body says of itself, for a record of why it was refused.

use super::metadata::request_metadata;
use crate::json::{Object, Value};

/// The longest body that is looked into, in bytes. Those of AWS KMS are shorter, and
/// what a stranger may have parsed is bounded.
const BODY: usize = 32 << 10;
/// The longest text that is kept, in bytes: a request id of AWS KMS has 36.
const TEXT: usize = 128;

/// Two members of `requestMetadata`, as they were sent. Perhaps nobody signed them, or
/// the rest of the body is invalid: they say which call of AWS KMS to look for, and
/// nothing is decided by them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Unverified {
    /// `kmsOperation`.
    pub kms_operation: Option<String>,
    /// `kmsRequestId`, which is `requestID` in `CloudTrail`.
    pub kms_request_id: Option<String>,
}

impl Unverified {
    /// Looks into a body, whatever it is. A member that is missing, no string or longer
    /// than 128 bytes is left out.
    pub fn of(body: &[u8]) -> Self {
        if body.len() > BODY {
            return Self::default();
        }
        let Ok(body) = Object::parse(body) else {
            return Self::default();
        };
        let Ok(metadata) = request_metadata(&body) else {
            return Self::default();
        };
        let text = |name| match metadata.get(name) {
            Some(Value::String(text)) if text.len() <= TEXT => Some(text.to_string()),
            _ => None,
        };
        Self {
            kms_operation: text("kmsOperation"),
            kms_request_id: text("kmsRequestId"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flt_100_a_body_with_wrong_members_still_says_which_call_it_was() {
        let body = br#"{"requestMetadata":{"kmsRequestId":"id","kmsOperation":7},"plaintext":0}"#;
        let expected = Unverified {
            kms_operation: None,
            kms_request_id: Some("id".to_owned()),
        };
        assert_eq!(Unverified::of(body), expected);
    }

    #[test]
    fn flt_100_what_is_no_object_too_long_or_missing_says_nothing() {
        let long = "x".repeat(TEXT + 1);
        let long = format!(r#"{{"requestMetadata":{{"kmsRequestId":"{long}"}}}}"#);
        let padded = format!(
            r#"{{"requestMetadata":{{"kmsRequestId":"id"}}}}{}"#,
            " ".repeat(BODY)
        );
        for body in ["", "[]", "{", r#"{"requestMetadata":"id"}"#, &long, &padded] {
            assert_eq!(Unverified::of(body.as_bytes()), Unverified::default());
        }
    }
}
