//! What a body says of itself, for a record of why it was refused.

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

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
    /// The longest body that is looked into, in bytes. Those of AWS KMS are shorter as a
    /// rule, and what a stranger may have read is bounded.
    pub const BODY: usize = 16 << 10;

    /// Looks into a body, whatever it is. A member that is missing, no string or longer
    /// than 128 bytes is left out.
    pub fn of(body: &[u8]) -> Self {
        if body.len() > Self::BODY {
            return Self::default();
        }
        // Whatever else is in it is skipped, and nothing of it kept: a body of many
        // small parts costs no more than one of a few large ones.
        match serde_json::from_slice::<Body<'_>>(body) {
            Ok(Body {
                metadata: Some(metadata),
            }) => Self {
                kms_operation: metadata.kms_operation.and_then(kept),
                kms_request_id: metadata.kms_request_id.and_then(kept),
            },
            Ok(Body { metadata: None }) | Err(_) => Self::default(),
        }
    }
}

fn kept(text: Text<'_>) -> Option<String> {
    let text = text.0.filter(|text| text.len() <= TEXT)?;
    Some(text.chars().map(shown).collect())
}

/// A character of a text that nobody signed, as a record shows it: `?` for one that is
/// not printable, so that no record is many times as long as its request.
#[must_use]
pub fn shown(character: char) -> char {
    if character.is_ascii_graphic() {
        character
    } else {
        '?'
    }
}

#[derive(Deserialize)]
struct Body<'b> {
    #[serde(borrow, rename = "requestMetadata")]
    metadata: Option<Metadata<'b>>,
}

#[derive(Deserialize)]
struct Metadata<'b> {
    #[serde(borrow, default, rename = "kmsOperation")]
    kms_operation: Option<Text<'b>>,
    #[serde(borrow, default, rename = "kmsRequestId")]
    kms_request_id: Option<Text<'b>>,
}

/// A string, or that it is something else.
struct Text<'b>(Option<Cow<'b, str>>);

impl<'de: 'b, 'b> Deserialize<'de> for Text<'b> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TextVisitor)
    }
}

struct TextVisitor;

impl<'de> Visitor<'de> for TextVisitor {
    type Value = Text<'de>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("anything")
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Text(Some(Cow::Borrowed(text))))
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Text(Some(Cow::Owned(text.to_owned()))))
    }

    fn visit_bool<E>(self, _: bool) -> Result<Self::Value, E> {
        Ok(Text(None))
    }

    fn visit_i64<E>(self, _: i64) -> Result<Self::Value, E> {
        Ok(Text(None))
    }

    fn visit_u64<E>(self, _: u64) -> Result<Self::Value, E> {
        Ok(Text(None))
    }

    fn visit_f64<E>(self, _: f64) -> Result<Self::Value, E> {
        Ok(Text(None))
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Text(None))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut parts: A) -> Result<Self::Value, A::Error> {
        while parts.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Text(None))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut parts: A) -> Result<Self::Value, A::Error> {
        while parts.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Text(None))
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
    fn flt_100_what_is_kept_is_printable() {
        let body = r#"{"a":[1,{"b":[]}],"requestMetadata":{"x":{},"kmsRequestId":"a\n\udb40\udc01 é","kmsOperation":"Encrypt"}}"#;
        let unverified = Unverified::of(body.as_bytes());
        assert_eq!(unverified.kms_request_id.as_deref(), Some("a????"));
        assert_eq!(unverified.kms_operation.as_deref(), Some("Encrypt"));
    }

    #[test]
    fn flt_100_what_is_no_object_too_long_or_missing_says_nothing() {
        let long = "x".repeat(TEXT + 1);
        let long = format!(r#"{{"requestMetadata":{{"kmsRequestId":"{long}"}}}}"#);
        let padded = format!(
            r#"{{"requestMetadata":{{"kmsRequestId":"id"}}}}{}"#,
            " ".repeat(Unverified::BODY)
        );
        for body in ["", "[]", "{", r#"{"requestMetadata":"id"}"#, &long, &padded] {
            assert_eq!(Unverified::of(body.as_bytes()), Unverified::default());
        }
    }
}
