//! Request bodies as strict JSON (XKS-107, XKS-108).
//!
//! JSON leaves open what a repeated name means. Two readers that answer
//! differently, say the policy and the key manager, could be told two different
//! things by one signed request; so a repeated name is refused at any depth.

mod value;

use std::borrow::Cow;

use thiserror::Error;

pub use value::Value;

/// How deep objects and arrays may be nested, the outermost object counted.
pub const MAX_DEPTH: usize = 32;

/// A JSON object whose names differ, here and in everything inside. Strings
/// without escapes are borrowed from the body.
#[derive(Clone, PartialEq, Default)]
pub struct Object<'b>(Vec<(Cow<'b, str>, Value<'b>)>);

impl<'b> Object<'b> {
    /// Reads a body that is one object in UTF-8 with nothing before or after it
    /// but white space.
    pub fn parse(body: &'b [u8]) -> Result<Self, JsonFault> {
        match serde_json::from_slice(body) {
            Ok(Value::Object(object)) => {
                check_object(&object, 1)?;
                Ok(object)
            }
            Ok(_) => Err(JsonFault::NotAnObject),
            Err(_) => Err(JsonFault::Syntax),
        }
    }

    /// The value of a member.
    pub fn get(&self, name: &str) -> Option<&Value<'b>> {
        self.iter()
            .find_map(|(known, value)| (known == name).then_some(value))
    }

    /// The members in the order of the body.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Value<'b>)> {
        self.0.iter().map(|(name, value)| (name.as_ref(), value))
    }
}

/// Members may hold a plaintext: only their names are shown.
impl std::fmt::Debug for Object<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_set()
            .entries(self.0.iter().map(|(name, _)| name))
            .finish()
    }
}

/// Why a body is not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum JsonFault {
    /// Not JSON, not UTF-8, or followed by something else.
    #[error("is not one JSON object in UTF-8")]
    Syntax,
    /// JSON, but an array, a string, a number or a literal.
    #[error("is not a JSON object")]
    NotAnObject,
    /// A name occurs twice in one object.
    #[error("has an object with a repeated member name")]
    RepeatedName,
    /// More than [`MAX_DEPTH`] levels.
    #[error("is nested more than 32 levels deep")]
    TooDeep,
}

/// The parser stops at 128 levels by itself, so that this recursion is bounded.
fn check(value: &Value<'_>, depth: usize) -> Result<(), JsonFault> {
    match value {
        Value::Object(object) => check_object(object, depth),
        Value::Array(values) => {
            check_depth(depth)?;
            values.iter().try_for_each(|value| check(value, depth + 1))
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => Ok(()),
    }
}

fn check_object(object: &Object<'_>, depth: usize) -> Result<(), JsonFault> {
    check_depth(depth)?;
    let mut names: Vec<&str> = object.iter().map(|(name, _)| name).collect();
    // Sorted, because a body may have ten thousand names.
    names.sort_unstable();
    if names
        .iter()
        .zip(names.iter().skip(1))
        .any(|(left, right)| left == right)
    {
        return Err(JsonFault::RepeatedName);
    }
    object
        .iter()
        .try_for_each(|(_, value)| check(value, depth + 1))
}

const fn check_depth(depth: usize) -> Result<(), JsonFault> {
    if depth > MAX_DEPTH {
        Err(JsonFault::TooDeep)
    } else {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(body: impl AsRef<[u8]>) -> JsonFault {
        Object::parse(body.as_ref()).unwrap_err()
    }

    #[test]
    fn xks_107_one_object_with_white_space_around_it() {
        let body = b" \r\n\t{\"a\": \"b\", \"c\": [1, true, null]} \n";
        let object = Object::parse(body).unwrap();
        assert_eq!(
            object.iter().map(|(name, _)| name).collect::<Vec<_>>(),
            ["a", "c"]
        );
        assert!(matches!(
            object.get("a"),
            Some(Value::String(Cow::Borrowed("b")))
        ));
        assert!(object.get("b").is_none());
        assert!(Object::parse(b"{}").is_ok());
    }

    #[test]
    fn xks_107_anything_else_is_refused() {
        for body in [
            "",
            " ",
            "{",
            "}",
            "{}{}",
            "{} x",
            "{},",
            "\u{feff}{}",
            "{\"a\":1,}",
            "{a:1}",
            "{'a':1}",
            "{\"a\":1 // c\n}",
            "{\"a\":01}",
            "{\"a\":+1}",
            "{\"a\":NaN}",
            "{\"a\":\"\n\"}",
            "{\"a\":\"\\x\"}",
            "{\"a\":\"\\ud800\"}",
            "{\"a\":\"\\ude00\\ud83d\"}",
            "nul",
            "{\"a\"}",
        ] {
            assert_eq!(fault(body), JsonFault::Syntax, "{body}");
        }
        for body in ["[]", "\"a\"", "1", "null", "true"] {
            assert_eq!(fault(body), JsonFault::NotAnObject, "{body}");
        }
    }

    #[test]
    fn xks_107_invalid_utf_8_is_refused() {
        for bytes in [
            b"\xff".as_slice(),
            b"\xc0\x80",
            b"\xed\xa0\x80",
            b"\xf4\x90\x80\x80",
        ] {
            assert_eq!(
                fault([b"{\"a\":\"", bytes, b"\"}"].concat()),
                JsonFault::Syntax
            );
            assert_eq!(fault([b"{\"", bytes, b"\":1}"].concat()), JsonFault::Syntax);
            assert_eq!(fault([b"{}", bytes].concat()), JsonFault::Syntax);
        }
    }

    #[test]
    fn xks_107_repeated_names_are_refused_at_any_depth() {
        for body in [
            r#"{"a":1,"a":1}"#,
            r#"{"a":1,"b":2,"\u0061":3}"#,
            r#"{"x":{"a":1,"a":2}}"#,
            r#"{"x":[[{"y":{"a":null,"b":0,"a":null}}]]}"#,
        ] {
            assert_eq!(fault(body), JsonFault::RepeatedName, "{body}");
        }
        assert!(Object::parse(br#"{"a":{"a":[{"a":1},{"a":1}]},"A":1}"#).is_ok());
    }

    #[test]
    fn xks_107_depth_is_bounded() {
        let objects = |depth: usize| "{\"a\":".repeat(depth - 1) + "{}" + &"}".repeat(depth - 1);
        let arrays = |depth: usize| {
            format!(
                "{{\"a\":{}{}}}",
                "[".repeat(depth - 1),
                "]".repeat(depth - 1)
            )
        };
        assert!(Object::parse(objects(MAX_DEPTH).as_bytes()).is_ok());
        assert!(Object::parse(arrays(MAX_DEPTH).as_bytes()).is_ok());
        assert_eq!(fault(objects(MAX_DEPTH + 1)), JsonFault::TooDeep);
        assert_eq!(fault(arrays(MAX_DEPTH + 1)), JsonFault::TooDeep);
        // Far beyond, the parser itself gives up.
        assert_eq!(fault("[".repeat(1_000_000)), JsonFault::Syntax);
    }

    #[test]
    fn xks_108_escapes_are_resolved() {
        let object = Object::parse(br#"{"a":"\/\u002b\ud83d\ude00"}"#).unwrap();
        assert_eq!(
            object.get("a"),
            Some(&Value::String(Cow::Borrowed("/+\u{1f600}")))
        );
    }

    #[test]
    fn xks_116_debug_shows_no_values() {
        let object = Object::parse(br#"{"plaintext":"c2VjcmV0"}"#).unwrap();
        assert_eq!(format!("{object:?}"), r#"{"plaintext"}"#);
    }
}
