//! Members of an answer by type.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use claviger_xks::json::{Object, Value};
use zeroize::Zeroizing;

use super::MalformedAnswer;

/// `null` is absent.
pub(super) fn optional<'o, 'b>(
    object: &'o Object<'b>,
    name: &'static str,
) -> Option<&'o Value<'b>> {
    object
        .get(name)
        .filter(|value| !matches!(value, Value::Null))
}

pub(super) fn required<'o, 'b>(
    object: &'o Object<'b>,
    name: &'static str,
) -> Result<&'o Value<'b>, MalformedAnswer> {
    optional(object, name).ok_or(MalformedAnswer::Missing(name))
}

pub(super) fn optional_string<'o>(
    object: &'o Object<'_>,
    name: &'static str,
) -> Result<Option<&'o str>, MalformedAnswer> {
    optional(object, name)
        .map(|value| string(value, name))
        .transpose()
}

pub(super) fn required_string<'o>(
    object: &'o Object<'_>,
    name: &'static str,
) -> Result<&'o str, MalformedAnswer> {
    string(required(object, name)?, name)
}

pub(super) fn string<'o>(
    value: &'o Value<'_>,
    name: &'static str,
) -> Result<&'o str, MalformedAnswer> {
    match value {
        Value::String(text) => Ok(text),
        _ => Err(MalformedAnswer::Type {
            member: name,
            expected: "a string",
        }),
    }
}

pub(super) fn array<'o, 'b>(
    object: &'o Object<'b>,
    name: &'static str,
) -> Result<&'o [Value<'b>], MalformedAnswer> {
    match required(object, name)? {
        Value::Array(values) => Ok(values),
        _ => Err(MalformedAnswer::Type {
            member: name,
            expected: "an array",
        }),
    }
}

pub(super) fn optional_bytes(
    object: &Object<'_>,
    name: &'static str,
) -> Result<Option<Vec<u8>>, MalformedAnswer> {
    optional_string(object, name)?
        .map(|text| STANDARD.decode(text))
        .transpose()
        .map_err(|_| MalformedAnswer::Base64(name))
}

pub(super) fn required_bytes(
    object: &Object<'_>,
    name: &'static str,
) -> Result<Vec<u8>, MalformedAnswer> {
    optional_bytes(object, name)?.ok_or(MalformedAnswer::Missing(name))
}

/// Bytes that are overwritten when dropped.
pub(super) fn required_secret(
    object: &Object<'_>,
    name: &'static str,
) -> Result<Zeroizing<Vec<u8>>, MalformedAnswer> {
    let text = required_string(object, name)?;
    // With room for all of it from the start, so that no copy is left behind.
    let mut bytes = Zeroizing::new(Vec::with_capacity(text.len()));
    STANDARD
        .decode_vec(text, &mut bytes)
        .map_err(|_| MalformedAnswer::Base64(name))?;
    Ok(bytes)
}
