//! `GenerateRandom`

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;
use zeroize::Zeroizing;

use super::{Answer, Call, custom_key_stores, texts};
use crate::exception::Exception;
use crate::input::constraint::{CUSTOM_KEY_STORE_ID, Integer};

/// What the API model allows.
pub(super) const NUMBER_OF_BYTES: Integer = Integer {
    least: 1,
    greatest: 1024,
};

pub(super) fn perform(call: &Call<'_>) -> Result<Answer, Exception> {
    let (count, key_store, recipient) = call.read(|members| {
        (
            members.integer("NumberOfBytes", NUMBER_OF_BYTES),
            members.text("CustomKeyStoreId", &CUSTOM_KEY_STORE_ID),
            members.has("Recipient"),
        )
    })?;
    // Recorded.
    let count = count.ok_or_else(|| Exception::validation("NumberOfBytes is required."))?;
    if let Some(id) = key_store {
        custom_key_stores::find(&call.state(), id)?;
        return Err(Exception::unsupported(
            "An external key store generates no random bytes.",
        ));
    }
    if recipient {
        return Err(Exception::unsupported(
            "local-kms does not verify attestation documents: Recipient is not supported.",
        ));
    }
    let plaintext = bytes(usize::try_from(count).unwrap_or_default())?;
    Ok(Answer::Members(
        json!({ "Plaintext": STANDARD.encode(plaintext.as_slice()) }),
    ))
}

/// Bytes from the operating system's random source.
pub(super) fn bytes(count: usize) -> Result<Zeroizing<Vec<u8>>, Exception> {
    let mut bytes = Zeroizing::new(vec![0; count]);
    aws_lc_rs::rand::fill(&mut bytes).map_err(|_| texts::internal())?;
    Ok(bytes)
}
