//! Entrust nShield, and Thales Luna in FIPS mode.

use cryptoki_sys::*;

use crate::client::{Client, Gcm, given};
use crate::rig::Rig;

fn hsm(convention: &str) -> (Rig, Client, CK_SESSION_HANDLE, CK_OBJECT_HANDLE) {
    let rig = Rig::new(&format!("convention = {convention}"));
    let client = Client::new(&rig);
    let session = client.session();
    let key = client.key(session);
    (rig, client, session, key)
}

#[test]
fn nshield_writes_the_iv_back_and_a_bad_tag_is_function_failed() {
    let (_rig, client, session, key) = hsm("nshield");
    let mut iv = [0; 12];
    let mut sealed = client
        .encrypt(session, key, given(&mut iv), b"plaintext")
        .unwrap();
    assert_ne!(iv, [0; 12]);
    assert_eq!(
        client
            .decrypt(session, key, given(&mut iv), &sealed)
            .unwrap(),
        b"plaintext"
    );
    sealed[3] ^= 1;
    assert_eq!(
        client.decrypt(session, key, given(&mut iv), &sealed),
        Err(CKR_FUNCTION_FAILED)
    );
    let refused = client.encrypt(session, key, given(&mut [1; 12]), b"plaintext");
    assert_eq!(refused, Err(CKR_MECHANISM_PARAM_INVALID));
}

#[test]
fn luna_puts_sixteen_bytes_of_iv_last() {
    let (_rig, client, session, key) = hsm("luna");
    let none = Gcm::new(CKM_AES_GCM, None);
    let sealed = client.encrypt(session, key, none, b"plaintext").unwrap();
    assert_eq!(sealed.len(), 9 + 16 + 16);
    let (rest, iv) = sealed.split_at(9 + 16);
    let mut iv = iv.to_vec();
    assert_eq!(
        client.decrypt(session, key, given(&mut iv), rest).unwrap(),
        b"plaintext"
    );
    let mut tampered = rest.to_vec();
    tampered[0] ^= 1;
    let opened = client.decrypt(session, key, given(&mut iv), &tampered);
    assert_eq!(opened, Err(CKR_ENCRYPTED_DATA_INVALID));
    iv[15] ^= 1;
    let opened = client.decrypt(session, key, given(&mut iv), rest);
    assert_eq!(opened, Err(CKR_ENCRYPTED_DATA_INVALID), "all sixteen count");
}

#[test]
fn luna_refuses_a_callers_iv_and_wants_its_bits() {
    let (_rig, client, session, key) = hsm("luna");
    let invalid = Err(CKR_MECHANISM_PARAM_INVALID);
    let refused = client.encrypt(session, key, given(&mut [0; 12]), b"plaintext");
    assert_eq!(refused, invalid);
    let mut iv = [7; 16];
    let without_bits = Gcm {
        iv_bits: 0,
        ..given(&mut iv)
    };
    assert_eq!(
        client.decrypt(session, key, without_bits, &[0; 40]),
        invalid
    );
}
