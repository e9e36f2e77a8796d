//! Keys that seal others: which are taken, and which are not.

use claviger_config::Hsm;
use cryptoki::mechanism::Mechanism;
use cryptoki::object::Attribute;

use super::softhsm::{open, with_own_library};
use super::*;
use crate::pkcs11::job::Repetition::Harmless;
use crate::pkcs11::{TokenFault, WrappingFault, WrappingKey};

async fn find(token: &Arc<Token>, hsm: Hsm, label: &str) -> Result<WrappingKey, WrappingFault> {
    WrappingKey::find(Arc::clone(token), hsm, label, soon()).await
}

#[tokio::test]
async fn only_a_key_that_is_fit_and_unmistakable_is_taken() {
    let open = open("wrapping", 2);
    let token = bind(&open, IvConvention::CallerRandom);
    key(&token, "encrypts", true, false).await;
    key(&token, "decrypts", false, true).await;
    for _ in 0..2 {
        key(&token, "twice", true, true).await;
    }
    let profile = Arc::new(profile(IvConvention::CallerRandom));
    open.call(soon(), Harmless, &profile, |call| {
        let template = [
            Attribute::ValueLen(16.into()),
            Attribute::Token(true),
            Attribute::Label(b"short".to_vec()),
            Attribute::Encrypt(true),
            Attribute::Decrypt(true),
        ];
        let session = &call.session.session;
        session.generate_key(&Mechanism::AesKeyGen, &template)?;
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
        let fault = find(&open, Hsm::SoftHsm, label).await.err();
        assert_eq!(fault, Some(expected), "{label}");
    }
}

#[tokio::test]
async fn what_is_sealed_opens_with_the_same_key_and_data_only() {
    let open = open("wrapping", 2);
    let token = bind(&open, IvConvention::CallerRandom);
    key(&token, "one", true, true).await;
    key(&token, "other", true, true).await;
    let one = find(&open, Hsm::SoftHsm, "one").await.unwrap();
    let other = find(&open, Hsm::SoftHsm, "other").await.unwrap();
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
    let (open, _) = Token::open("hsm", &with_own_library("unfit", 2)).unwrap();
    let open = Arc::new(open);
    let token = bind(&open, IvConvention::CallerRandom);
    key(&token, "misfit", true, true).await;
    for hsm in [Hsm::CloudHsm, Hsm::CloudHsmVendor, Hsm::LunaFips] {
        let key = find(&open, hsm, "misfit").await.unwrap();
        let fault = key.seal(b"data", b"secret").await.unwrap_err();
        let expected = matches!(
            fault,
            WrappingFault::NotReversible
                | WrappingFault::Token(
                    TokenFault::Invalid(_) | TokenFault::Failed(_) | TokenFault::Unavailable
                )
        );
        assert!(expected, "{hsm:?}: {fault:?}");
    }
}
