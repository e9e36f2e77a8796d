//! `vault:vN:BASE64`, taken apart and put together.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use claviger_sdk::Sealed;

const NONCE: usize = 12;
const TAG: usize = 16;

/// The three parts of a ciphertext, if `version` made it.
pub(crate) fn parts(text: &str, version: u32) -> Option<Sealed> {
    let (found, encoded) = text.strip_prefix("vault:v")?.split_once(':')?;
    if found.parse::<u32>().ok()? != version {
        return None;
    }
    let bytes = STANDARD.decode(encoded).ok()?;
    let (nonce, rest) = bytes.split_at_checked(NONCE)?;
    let (ciphertext, tag) = rest.split_at_checked(rest.len().checked_sub(TAG)?)?;
    Some(Sealed {
        ciphertext: ciphertext.to_vec(),
        initialization_vector: nonce.to_vec(),
        authentication_tag: tag.to_vec(),
    })
}

/// As the server reads it; `None` when it cannot have made it.
pub(crate) fn text(sealed: &Sealed, version: u32) -> Option<String> {
    if sealed.initialization_vector.len() != NONCE || sealed.authentication_tag.len() != TAG {
        return None;
    }
    let bytes = [
        &*sealed.initialization_vector,
        &sealed.ciphertext,
        &sealed.authentication_tag,
    ]
    .concat();
    Some(format!("vault:v{version}:{}", STANDARD.encode(bytes)))
}
