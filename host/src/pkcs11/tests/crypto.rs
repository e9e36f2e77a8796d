use claviger_config::IvConvention;

use super::softhsm::{configured, open, open_as};
use super::*;
use crate::pkcs11::return_value::ReturnValue;
use crate::pkcs11::{KeySelector, TokenFault};
use crate::words::Sealed;

const AAD: &[u8] = b"additional data";

fn opened(sealed: &Sealed) -> Sealed {
    sealed.clone()
}

#[tokio::test]
async fn what_is_encrypted_is_decrypted_again() {
    let token = open("crypto", 2);
    let key = key(&token, "round-trip", true, true).await;
    let mut vectors = std::collections::BTreeSet::new();
    for length in [0_usize, 1, 16, 32, 4096, 8192] {
        let plaintext = vec![7; length];
        let sealed = token
            .encrypt(soon(), key, AAD.to_vec(), plaintext.clone())
            .await
            .unwrap();
        let lengths = (
            sealed.ciphertext.len(),
            sealed.initialization_vector.len(),
            sealed.authentication_tag.len(),
        );
        assert_eq!(lengths, (length, 12, 16));
        assert!(vectors.insert(sealed.initialization_vector.clone()));
        let again = token.decrypt(soon(), key, AAD.to_vec(), sealed).await;
        assert_eq!(again, Ok(plaintext));
    }
}

#[tokio::test]
async fn xks_077_one_job_encrypts_and_decrypts_again() {
    let token = open("crypto", 2);
    let key = key(&token, "verified", true, true).await;
    let (sealed, decrypted) = token
        .encrypt_and_decrypt(soon(), key, AAD.to_vec(), b"plaintext".to_vec())
        .await
        .unwrap();
    assert_eq!(decrypted.unwrap().as_slice(), b"plaintext");
    let again = token.decrypt(soon(), key, AAD.to_vec(), sealed).await;
    assert_eq!(again, Ok(b"plaintext".to_vec()));
}

#[tokio::test]
async fn xks_090_a_changed_ciphertext_fails_authentication_and_nothing_else() {
    let token = open("crypto", 2);
    let key = key(&token, "tampered", true, true).await;
    let sealed = token
        .encrypt(soon(), key, AAD.to_vec(), b"plaintext".to_vec())
        .await
        .unwrap();
    let mut tag = opened(&sealed);
    tag.authentication_tag[0] ^= 1;
    let mut ciphertext = opened(&sealed);
    ciphertext.ciphertext[0] ^= 1;
    let mut vector = opened(&sealed);
    vector.initialization_vector[0] ^= 1;
    let mut short = opened(&sealed);
    short.authentication_tag.pop();
    for changed in [tag, ciphertext, vector, short] {
        let answer = token.decrypt(soon(), key, AAD.to_vec(), changed).await;
        assert_eq!(answer, Err(TokenFault::AuthenticationFailed));
    }
    let other = token
        .decrypt(soon(), key, b"other".to_vec(), opened(&sealed))
        .await;
    assert_eq!(other, Err(TokenFault::AuthenticationFailed));
    let good = token.decrypt(soon(), key, AAD.to_vec(), sealed).await;
    assert_eq!(good, Ok(b"plaintext".to_vec()));
}

#[tokio::test]
async fn a_key_does_what_it_permits_and_no_more() {
    let token = open("permits", 1);
    let encrypts = key(&token, "encrypts", true, false).await;
    let sealed = token
        .encrypt(soon(), encrypts, AAD.to_vec(), b"plaintext".to_vec())
        .await
        .unwrap();
    let refused = token
        .decrypt(soon(), encrypts, AAD.to_vec(), opened(&sealed))
        .await;
    assert_eq!(refused, Err(TokenFault::Failed(ReturnValue(0x68))));
    // Its bad tags are certain too, although it cannot encrypt a control.
    let decrypts = key(&token, "decrypts", false, true).await;
    let refused = token
        .encrypt(soon(), decrypts, AAD.to_vec(), b"plaintext".to_vec())
        .await;
    assert_eq!(refused, Err(TokenFault::Failed(ReturnValue(0x68))));
    let bad = token.decrypt(soon(), decrypts, AAD.to_vec(), sealed).await;
    assert_eq!(bad, Err(TokenFault::AuthenticationFailed));
}

#[tokio::test]
async fn a_convention_that_is_not_the_tokens_is_found_out() {
    key(&open("misfit", 1), "misfit", true, true).await;
    for convention in [
        IvConvention::ZeroWriteback,
        IvConvention::NullPrefixed,
        IvConvention::NullAppended,
    ] {
        let mut configured = configured("misfit", 1);
        configured.profile.convention = convention;
        let token = open_as(&configured);
        let by_label = KeySelector::Label("misfit".to_owned());
        let found = token.find(soon(), by_label).await.unwrap();
        let answer = token
            .encrypt(soon(), found[0], AAD.to_vec(), b"plaintext".to_vec())
            .await;
        let fault = answer.unwrap_err();
        assert!(
            matches!(fault, TokenFault::Invalid(_) | TokenFault::Failed(_)),
            "{convention:?}: {fault:?}"
        );
    }
}
