//! `GenerateDataKey` and `GenerateDataKeyWithoutPlaintext`. AWS KMS asks the proxy
//! for an integrity value here, and verifies it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::cryptography::{Common, UsableKey, context, key_id};
use super::random::{NUMBER_OF_BYTES, bytes};
use super::{Answer, Call};
use crate::exception::Exception;
use crate::operation::Operation;

pub(super) async fn perform(call: &Call<'_>) -> Result<Answer, Exception> {
    let (key, count, spec, pairs, common) = call.read(|members| {
        (
            key_id(members),
            members.integer("NumberOfBytes", NUMBER_OF_BYTES),
            members.choice("KeySpec", &["AES_256", "AES_128"]),
            members.text_map("EncryptionContext"),
            Common::read(members),
        )
    })?;
    let count = match (count, spec) {
        (Some(count), None) => usize::try_from(count).unwrap_or_default(),
        (None, Some("AES_128")) => 16,
        (None, Some(_)) => 32,
        (Some(_), Some(_)) | (None, None) => {
            return Err(Exception::validation(
                "Please specify either number of bytes or key spec.",
            ));
        }
    };
    common.require_supported()?;
    let context = context(pairs)?;
    let key = UsableKey::find(call, key)?;
    common.end_dry_run()?;
    let plaintext = bytes(count)?;
    let ciphertext = key.seal(call, &plaintext, &context, true).await?;
    let mut answer = json!({
        "CiphertextBlob": STANDARD.encode(ciphertext),
        "KeyId": key.arn(),
    });
    if let Some(members) = answer.as_object_mut() {
        if call.operation == Operation::GenerateDataKey {
            let plaintext = STANDARD.encode(plaintext.as_slice());
            members.insert("Plaintext".to_owned(), plaintext.into());
        }
        if let Some(id) = key.material_id() {
            members.insert("KeyMaterialId".to_owned(), Value::from(id));
        }
    }
    Ok(Answer::Members(answer))
}
