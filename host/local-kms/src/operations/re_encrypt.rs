//! `ReEncrypt`: Decrypt, then Encrypt, each with the proxy of its own key, and both
//! under one request id.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::cryptography::{
    CIPHERTEXT_BYTES, Common, UsableKey, algorithm, context, parse, require_symmetric,
};
use super::decrypt::{ignores_ciphertext, key_instead_of_ciphertext};
use super::{Answer, Call};
use crate::exception::Exception;
use crate::input::constraint::KEY_ID;

pub(super) async fn perform(call: &Call<'_>) -> Result<Answer, Exception> {
    let (source, destination, ciphertext, pairs, algorithms, common, ignores) =
        call.read(|members| {
            let ignores = ignores_ciphertext(members);
            if !ignores {
                members.require("CiphertextBlob");
            }
            (
                members.text("SourceKeyId", &KEY_ID),
                members.required_text("DestinationKeyId", &KEY_ID),
                members.bytes("CiphertextBlob", CIPHERTEXT_BYTES),
                (
                    members.text_map("SourceEncryptionContext"),
                    members.text_map("DestinationEncryptionContext"),
                ),
                (
                    algorithm(members, "SourceEncryptionAlgorithm"),
                    algorithm(members, "DestinationEncryptionAlgorithm"),
                ),
                Common::read(members),
                ignores,
            )
        })?;
    let (source_context, destination_context) = (context(pairs.0)?, context(pairs.1)?);
    let require_symmetric = || {
        require_symmetric(algorithms.0)?;
        require_symmetric(algorithms.1)
    };
    if ignores {
        let source = source.ok_or_else(|| key_instead_of_ciphertext("SourceKeyId"))?;
        UsableKey::find(call, source)?;
        UsableKey::find(call, destination)?;
        require_symmetric()?;
        common.end_dry_run()?;
    }
    let ciphertext = ciphertext.unwrap_or_default();
    let blob = parse(&ciphertext)?;
    let source = UsableKey::of_ciphertext(call, &blob, source)?;
    let destination = UsableKey::find(call, destination)?;
    require_symmetric()?;
    common.end_dry_run()?;
    let plaintext = source.open(call, &blob, &source_context).await?;
    let ciphertext = destination
        .seal(call, &plaintext, &destination_context, false)
        .await?;
    let mut answer = json!({
        "CiphertextBlob": STANDARD.encode(ciphertext),
        "SourceKeyId": source.arn(),
        "KeyId": destination.arn(),
        "SourceEncryptionAlgorithm": algorithms.0,
        "DestinationEncryptionAlgorithm": algorithms.1,
    });
    for (member, key) in [
        ("SourceKeyMaterialId", &source),
        ("DestinationKeyMaterialId", &destination),
    ] {
        if let (Some(id), Some(members)) = (key.material_id(), answer.as_object_mut()) {
            members.insert(member.to_owned(), Value::from(id));
        }
    }
    Ok(Answer::Members(answer))
}
