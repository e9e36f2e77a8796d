//! Encrypt

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use super::cryptography::{
    Common, PLAINTEXT_BYTES, UsableKey, algorithm, context, key_id, require_symmetric,
};
use super::{Answer, Call};
use crate::exception::Exception;

pub(super) async fn perform(call: &Call<'_>) -> Result<Answer, Exception> {
    let (key, plaintext, pairs, algorithm, common) = call.read(|members| {
        (
            key_id(members),
            members.required_bytes("Plaintext", PLAINTEXT_BYTES),
            members.text_map("EncryptionContext"),
            algorithm(members, "EncryptionAlgorithm"),
            Common::read(members),
        )
    })?;
    let context = context(pairs)?;
    let key = UsableKey::find(call, key)?;
    require_symmetric(algorithm)?;
    common.end_dry_run()?;
    let ciphertext = key.seal(call, &plaintext, &context, false).await?;
    Ok(Answer::Members(json!({
        "CiphertextBlob": STANDARD.encode(ciphertext),
        "KeyId": key.arn(),
        "EncryptionAlgorithm": algorithm,
    })))
}
