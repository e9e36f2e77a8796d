//! Members of a request body by type.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use super::{ENCRYPTION_ALGORITHM, MAX_TEXT_BYTES, RequestFault};
use crate::framing::AdditionalAuthenticatedData;
use crate::json::{Object, Value};

const ADDITIONAL_AUTHENTICATED_DATA: &str = "additionalAuthenticatedData";

/// A string that may be absent; `null` is absent too.
///
/// `name` is the member, `field` what a fault calls it.
pub(super) fn optional_string<'o>(
    object: &'o Object<'_>,
    name: &str,
    field: &'static str,
) -> Result<Option<&'o str>, RequestFault> {
    match object.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(RequestFault::NotAString(field)),
    }
}

pub(super) fn required_string<'o>(
    object: &'o Object<'_>,
    name: &str,
    field: &'static str,
) -> Result<&'o str, RequestFault> {
    optional_string(object, name, field)?.ok_or(RequestFault::Missing(field))
}

/// Bytes that may be absent; `null` is absent too.
pub(super) fn optional_bytes(
    object: &Object<'_>,
    field: &'static str,
) -> Result<Option<Vec<u8>>, RequestFault> {
    optional_string(object, field, field)?
        .map(|text| STANDARD.decode(text))
        .transpose()
        .map_err(|_| RequestFault::NotBase64(field))
}

pub(super) fn required_bytes(
    object: &Object<'_>,
    field: &'static str,
) -> Result<Vec<u8>, RequestFault> {
    let text = required_string(object, field, field)?;
    STANDARD
        .decode(text)
        .map_err(|_| RequestFault::NotBase64(field))
}

/// A plaintext or ciphertext: at least one byte, overwritten when dropped.
pub(super) fn required_text(
    object: &Object<'_>,
    field: &'static str,
) -> Result<Zeroizing<Vec<u8>>, RequestFault> {
    let text = required_string(object, field, field)?;
    // With room for all of it from the start, so that no copy is left behind.
    let mut bytes = Zeroizing::new(Vec::with_capacity(text.len()));
    STANDARD
        .decode_vec(text, &mut bytes)
        .map_err(|_| RequestFault::NotBase64(field))?;
    if bytes.is_empty() {
        Err(RequestFault::Empty(field))
    } else {
        Ok(bytes)
    }
}

/// Whether a text is within what this proxy takes. Comes after every check that
/// ends in `ValidationException` (XKS-110).
pub(super) const fn check_text_size(text: &[u8], field: &'static str) -> Result<(), RequestFault> {
    if text.len() > MAX_TEXT_BYTES {
        return Err(RequestFault::TooLarge {
            field,
            max: MAX_TEXT_BYTES,
        });
    }
    Ok(())
}

/// The AAD, still of any size (XKS-061, XKS-062).
pub(super) fn aad_bytes(body: &Object<'_>) -> Result<Option<Vec<u8>>, RequestFault> {
    optional_bytes(body, ADDITIONAL_AUTHENTICATED_DATA)
}

/// The AAD within what can be framed (XKS-130). Comes after every check that
/// ends in `ValidationException` (XKS-110).
pub(super) fn check_aad_size(
    bytes: Option<Vec<u8>>,
) -> Result<AdditionalAuthenticatedData, RequestFault> {
    let aad = bytes.map(AdditionalAuthenticatedData::try_from);
    let aad = aad.transpose().map_err(|_| RequestFault::TooLarge {
        field: ADDITIONAL_AUTHENTICATED_DATA,
        max: AdditionalAuthenticatedData::MAX_BYTES,
    })?;
    Ok(aad.unwrap_or_default())
}

/// `encryptionAlgorithm` is required and has one value (XKS-060).
pub(super) fn check_encryption_algorithm(body: &Object<'_>) -> Result<(), RequestFault> {
    let field = "encryptionAlgorithm";
    if required_string(body, field, field)? == ENCRYPTION_ALGORITHM {
        Ok(())
    } else {
        Err(RequestFault::NotDefined {
            field,
            expected: ENCRYPTION_ALGORITHM,
        })
    }
}
