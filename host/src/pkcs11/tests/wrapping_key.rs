//! Keys that seal others: which are taken, and which are not.

use cryptoki_sys::{CKA_DECRYPT, CKA_ENCRYPT, CKA_LABEL, CKA_TOKEN, CKA_VALUE_LEN};

use super::softhsm::{open, open_as, profile_of, with_own_library};
use super::*;
use crate::pkcs11::job::Repetition::Harmless;
use crate::pkcs11::raw::Template;
use crate::pkcs11::{TokenFault, WrappingFault, WrappingKey};

async fn find(token: &Arc<Token>, label: &str) -> Result<WrappingKey, WrappingFault> {
    WrappingKey::find(Arc::clone(token), label, soon()).await
}

#[tokio::test]
async fn only_a_key_that_is_fit_and_unmistakable_is_taken() {
    let open = open("wrapping", 2);
    let token = Arc::clone(&open);
    key(&token, "encrypts", true, false).await;
    key(&token, "decrypts", false, true).await;
    for _ in 0..2 {
        key(&token, "twice", true, true).await;
    }
    open.call(soon(), Harmless, |call| {
        let mut template = Template::default();
        template.number(CKA_VALUE_LEN, 16);
        template.bytes(CKA_LABEL, b"short");
        for flag in [CKA_TOKEN, CKA_ENCRYPT, CKA_DECRYPT] {
            template.flag(flag, true);
        }
        call.inside.raw.generate(call.session.handle, &template)?;
        Ok(())
    })
    .await
    .unwrap();
    for (label, expected) in [
        ("nothing", WrappingFault::NoKey),
        ("twice", WrappingFault::SeveralKeys(2)),
        ("short", WrappingFault::NotAes256),
        ("encrypts", WrappingFault::NotPermitted),
        ("decrypts", WrappingFault::NotPermitted),
    ] {
        let fault = find(&open, label).await.err();
        assert_eq!(fault, Some(expected), "{label}");
    }
}

#[tokio::test]
async fn what_is_sealed_opens_with_the_same_key_and_data_only() {
    let open = open("wrapping", 2);
    let token = Arc::clone(&open);
    key(&token, "one", true, true).await;
    key(&token, "other", true, true).await;
    let one = find(&open, "one").await.unwrap();
    let other = find(&open, "other").await.unwrap();
    let sealed = one.seal(b"data", b"secret").await.unwrap();
    let opened = one.open(b"data", sealed.clone()).await.unwrap();
    assert_eq!(*opened, b"secret");
    for refused in [
        one.open(b"else", sealed.clone()).await,
        other.open(b"data", sealed.clone()).await,
    ] {
        assert_eq!(refused.err(), Some(WrappingFault::Refused));
    }
}

#[tokio::test]
async fn a_profile_of_another_hsm_seals_nothing() {
    // Its fatal codes may have the library started again.
    let mut configured = with_own_library("unfit", 2);
    key(&open_as(&configured), "misfit", true, true).await;
    for hsm in ["cloudhsm", "cloudhsm-vendor", "luna-fips"] {
        configured.profile = profile_of(hsm);
        let key = find(&open_as(&configured), "misfit").await.unwrap();
        let fault = key.seal(b"data", b"secret").await.unwrap_err();
        let expected = matches!(
            fault,
            WrappingFault::NotReversible
                | WrappingFault::Token(
                    TokenFault::Invalid(_) | TokenFault::Failed(_) | TokenFault::Unavailable
                )
        );
        assert!(expected, "{hsm}: {fault:?}");
    }
}
