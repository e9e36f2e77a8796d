//! Decrypt

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::cryptography::{
    CIPHERTEXT_BYTES, Common, UsableKey, algorithm, context, parse, require_symmetric,
};
use super::{Answer, Call};
use crate::exception::Exception;
use crate::input::Members;
use crate::input::constraint::KEY_ID;

/// What may be left out of a dry run.
pub(super) const IGNORE_CIPHERTEXT: &str = "IGNORE_CIPHERTEXT";

pub(super) async fn perform(call: &Call<'_>) -> Result<Answer, Exception> {
    let (key, ciphertext, pairs, algorithm, common, ignores) = call.read(|members| {
        let ignores = ignores_ciphertext(members);
        if !ignores {
            members.require("CiphertextBlob");
        }
        (
            members.text("KeyId", &KEY_ID),
            members.bytes("CiphertextBlob", CIPHERTEXT_BYTES),
            members.text_map("EncryptionContext"),
            algorithm(members, "EncryptionAlgorithm"),
            Common::read(members),
            ignores,
        )
    })?;
    common.require_supported()?;
    let context = context(pairs)?;
    if ignores {
        let key = key.ok_or_else(|| key_instead_of_ciphertext("KeyId"))?;
        UsableKey::find(call, key)?;
        require_symmetric(algorithm)?;
        common.end_dry_run()?;
    }
    let ciphertext = ciphertext.unwrap_or_default();
    let blob = parse(&ciphertext)?;
    let key = UsableKey::of_ciphertext(call, &blob, key)?;
    require_symmetric(algorithm)?;
    common.end_dry_run()?;
    let plaintext = key.open(call, &blob, &context).await?;
    let mut answer = json!({
        "KeyId": key.arn(),
        "Plaintext": STANDARD.encode(plaintext.as_slice()),
        "EncryptionAlgorithm": algorithm,
    });
    if let (Some(id), Some(members)) = (key.material_id(), answer.as_object_mut()) {
        members.insert("KeyMaterialId".to_owned(), Value::from(id));
    }
    Ok(Answer::Members(answer))
}

/// Whether a dry run is about the key only.
pub(super) fn ignores_ciphertext(members: &Members<'_, '_>) -> bool {
    let modifiers = members.choices("DryRunModifiers", &[IGNORE_CIPHERTEXT]);
    let dry_run = members.flag("DryRun").unwrap_or_default();
    dry_run && modifiers.is_some_and(|modifiers| modifiers.contains(&IGNORE_CIPHERTEXT))
}

pub(super) fn key_instead_of_ciphertext(member: &str) -> Exception {
    Exception::validation(format!(
        "{member} is required when DryRunModifiers has {IGNORE_CIPHERTEXT}."
    ))
}
