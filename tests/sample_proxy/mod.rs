//! The way of AWS's sample proxy to bind a ciphertext to its AAD, which a key
//! store takes and speaks while its operator moves here from that proxy.

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::harness::guests::misbehaving;
use crate::harness::{Folder, Server, base64, from_base64};

mod decrypt;
mod encrypt;
mod example;

const CONTEXT: &[u8] = b"project=nile,department=marketing";

/// The backend whose key these tests know, with a setting of `aad_convention`.
fn serve(convention: &str) -> Server {
    Server::start_with(|folder| {
        misbehaving(folder);
        set(folder, convention);
    })
}

fn set(folder: &mut Folder, convention: &str) {
    let key_store = folder.main_key_store();
    key_store.insert("aad_convention".to_owned(), convention.into());
}

/// What the sample proxy hands its HSM.
fn framed_their_way(aad: &[u8], metadata: &[u8]) -> Vec<u8> {
    let mut framed = u16::try_from(aad.len()).unwrap().to_be_bytes().to_vec();
    framed.extend_from_slice(&Sha256::digest(aad));
    framed.push(u8::try_from(metadata.len()).unwrap());
    framed.extend_from_slice(metadata);
    framed
}

fn key() -> LessSafeKey {
    LessSafeKey::new(UnboundKey::new(&AES_256_GCM, &[0x5a; 32]).unwrap())
}

/// An answer of the sample proxy to Encrypt.
fn encrypted_their_way(plaintext: &str, aad: &[u8], metadata: &[u8]) -> Value {
    let mut ciphertext = plaintext.as_bytes().to_vec();
    let iv = [7; 12];
    let framed = Aad::from(framed_their_way(aad, metadata));
    let tag =
        key().seal_in_place_separate_tag(Nonce::assume_unique_for_key(iv), framed, &mut ciphertext);
    let mut answer = json!({
        "ciphertext": base64(ciphertext),
        "initializationVector": base64(iv),
        "authenticationTag": base64(tag.unwrap()),
    });
    if !metadata.is_empty() {
        answer["ciphertextMetadata"] = base64(metadata).into();
    }
    answer
}

/// What the sample proxy decrypts an answer of ours to, if it can.
fn decrypted_their_way(answer: &Value, aad: &[u8]) -> Option<Vec<u8>> {
    let member = |name: &str| from_base64(answer[name].as_str().unwrap_or_default()).unwrap();
    let mut sealed = member("ciphertext");
    sealed.extend(member("authenticationTag"));
    let nonce = Nonce::try_assume_unique_for_key(&member("initializationVector")).unwrap();
    let framed = framed_their_way(aad, &member("ciphertextMetadata"));
    let opened = key().open_in_place(nonce, Aad::from(framed), &mut sealed);
    opened.ok().map(|plaintext| plaintext.to_vec())
}
