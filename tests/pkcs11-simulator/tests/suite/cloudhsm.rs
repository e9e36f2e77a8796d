//! AWS CloudHSM, Client SDK 5.

use std::ptr;

use cryptoki_sys::*;

use crate::client::{CKM_CLOUDHSM_AES_GCM, Client, Gcm, RW, given, p11};
use crate::rig::Rig;

fn hsm(more: &str) -> (Rig, Client, CK_SESSION_HANDLE, CK_OBJECT_HANDLE) {
    let rig = Rig::new(&format!("convention = cloudhsm\n{more}"));
    let client = Client::new(&rig);
    let session = client.session();
    let key = client.key(session);
    (rig, client, session, key)
}

#[test]
fn a_zeroed_buffer_gets_the_iv() {
    let (_rig, client, session, key) = hsm("");
    let mut iv = [0; 12];
    let sealed = client
        .encrypt(session, key, given(&mut iv), b"plaintext")
        .unwrap();
    assert_ne!(iv, [0; 12]);
    assert_eq!(sealed.len(), 9 + 16);
    assert_eq!(
        client
            .decrypt(session, key, given(&mut iv), &sealed)
            .unwrap(),
        b"plaintext"
    );
    let mut second = [0; 12];
    client
        .encrypt(session, key, given(&mut second), b"plaintext")
        .unwrap();
    assert_ne!(iv, second);
}

#[test]
fn the_iv_can_come_as_late_as_the_ciphertext() {
    let (_rig, client, session, key) = hsm("iv_written = encrypt");
    let mut iv = [0_u8; 12];
    let start = iv.as_mut_ptr();
    client.encrypt_init(session, key, given(&mut iv)).unwrap();
    // SAFETY: `iv` is alive; the library writes through the pointer it was given.
    assert_eq!(unsafe { start.cast::<[u8; 12]>().read_volatile() }, [0; 12]);
    client.encrypt_data(session, b"plaintext", 64).unwrap();
    // SAFETY: as above.
    assert_ne!(unsafe { start.cast::<[u8; 12]>().read_volatile() }, [0; 12]);
}

#[test]
fn an_iv_of_the_callers_is_refused() {
    let (_rig, client, session, key) = hsm("");
    let refused = |gcm: Gcm<'_>| client.encrypt_init(session, key, gcm);
    let invalid = Err(CKR_MECHANISM_PARAM_INVALID);
    assert_eq!(refused(given(&mut [1; 12])), invalid);
    assert_eq!(refused(given(&mut [0; 16])), invalid);
    // Both lengths zero.
    assert_eq!(refused(given(&mut [])), invalid);
    assert_eq!(refused(Gcm::new(CKM_AES_GCM, None)), invalid);
    assert_eq!(
        refused(Gcm::new(CKM_CLOUDHSM_AES_GCM, Some(&mut [0; 12]))),
        invalid
    );
    // One length is enough.
    let mut iv = [0; 12];
    let one = Gcm {
        iv_bits: 0,
        ..given(&mut iv)
    };
    assert_eq!(refused(one), Ok(()));
}

#[test]
fn the_vendor_mechanism_puts_the_iv_first() {
    let (_rig, client, session, key) = hsm("");
    let own = || Gcm::new(CKM_CLOUDHSM_AES_GCM, None);
    let mut sealed = client.encrypt(session, key, own(), b"plaintext").unwrap();
    assert_eq!(sealed.len(), 12 + 9 + 16);
    assert_eq!(
        client.decrypt(session, key, own(), &sealed).unwrap(),
        b"plaintext"
    );
    let (iv, rest) = sealed.split_at(12);
    let mut iv = iv.to_vec();
    let standard = given(&mut iv);
    assert_eq!(
        client.decrypt(session, key, standard, rest).unwrap(),
        b"plaintext"
    );
    sealed[12] ^= 1;
    assert_eq!(
        client.decrypt(session, key, own(), &sealed),
        Err(CKR_ENCRYPTED_DATA_INVALID)
    );
    sealed[12] ^= 1;
    let other_aad = Gcm {
        aad: b"other",
        ..own()
    };
    assert_eq!(
        client.decrypt(session, key, other_aad, &sealed),
        Err(CKR_ENCRYPTED_DATA_INVALID)
    );
    assert_eq!(
        client.decrypt(session, key, own(), &sealed[..20]),
        Err(CKR_ENCRYPTED_DATA_LEN_RANGE)
    );
}

#[test]
fn nothing_encrypts_to_iv_and_tag() {
    let (_rig, client, session, key) = hsm("");
    let own = || Gcm {
        aad: b"",
        ..Gcm::new(CKM_CLOUDHSM_AES_GCM, None)
    };
    let sealed = client.encrypt(session, key, own(), b"").unwrap();
    assert_eq!(sealed.len(), 12 + 16);
    assert_eq!(client.decrypt(session, key, own(), &sealed).unwrap(), b"");
}

#[test]
fn a_bad_tag_may_be_function_failed() {
    let (_rig, client, session, key) = hsm("bad_tag = function-failed");
    let own = Gcm::new(CKM_CLOUDHSM_AES_GCM, None);
    assert_eq!(
        client.decrypt(session, key, own, &[0; 40]),
        Err(CKR_FUNCTION_FAILED)
    );
}

#[test]
fn the_length_can_be_asked_for_and_a_small_buffer_tried_again() {
    let (_rig, client, session, key) = hsm("");
    client
        .encrypt_init(session, key, Gcm::new(CKM_CLOUDHSM_AES_GCM, None))
        .unwrap();
    let mut count = 0;
    p11!(
        client,
        C_Encrypt(
            session,
            b"1234".as_ptr().cast_mut(),
            4,
            ptr::null_mut(),
            &raw mut count
        )
    )
    .unwrap();
    assert_eq!(count, 12 + 4 + 16);
    assert_eq!(
        client.encrypt_data(session, b"1234", 31),
        Err(CKR_BUFFER_TOO_SMALL)
    );
    assert_eq!(client.encrypt_data(session, b"1234", 32).unwrap().len(), 32);
    assert_eq!(
        client.encrypt_data(session, b"1234", 32),
        Err(CKR_OPERATION_NOT_INITIALIZED)
    );
}

#[test]
fn inputs_end_at_16224_bytes() {
    let (_rig, client, session, key) = hsm("");
    let own = || Gcm::new(CKM_CLOUDHSM_AES_GCM, None);
    let longest = client.encrypt(session, key, own(), &[9; 16_224]).unwrap();
    assert_eq!(
        client.decrypt(session, key, own(), &longest).unwrap(),
        [9; 16_224]
    );
    assert_eq!(
        client.encrypt(session, key, own(), &[9; 16_225]),
        Err(CKR_DATA_LEN_RANGE)
    );
}

#[test]
fn operations_in_parts_are_refused_and_over() {
    let (_rig, client, session, key) = hsm("");
    client
        .encrypt_init(session, key, Gcm::new(CKM_CLOUDHSM_AES_GCM, None))
        .unwrap();
    let again = client.encrypt_init(session, key, Gcm::new(CKM_CLOUDHSM_AES_GCM, None));
    assert_eq!(again, Err(CKR_OPERATION_ACTIVE));
    let (mut output, mut count) = ([0; 64], 64);
    let update = p11!(
        client,
        C_EncryptUpdate(
            session,
            [0; 4].as_mut_ptr(),
            4,
            output.as_mut_ptr(),
            &raw mut count
        )
    );
    assert_eq!(update, Err(CKR_MECHANISM_INVALID));
    client.seal(session, key).unwrap();
}

#[test]
fn sessions_are_read_write_and_1024() {
    let rig = Rig::new("convention = cloudhsm");
    let client = Client::new(&rig);
    assert_eq!(client.open(CKF_SERIAL_SESSION), Err(CKR_FUNCTION_FAILED));
    let first = client.open(RW).unwrap();
    for _ in 1..1024 {
        client.open(RW).unwrap();
    }
    assert_eq!(client.open(RW), Err(CKR_SESSION_COUNT));
    p11!(client, C_CloseSession(first)).unwrap();
    client.open(RW).unwrap();
}

#[test]
fn the_vendor_mechanism_is_listed() {
    let rig = Rig::new("convention = cloudhsm");
    let client = Client::new(&rig);
    let mut count = 0;
    p11!(
        client,
        C_GetMechanismList(client.slot, ptr::null_mut(), &raw mut count)
    )
    .unwrap();
    let mut list = vec![0; count as usize];
    p11!(
        client,
        C_GetMechanismList(client.slot, list.as_mut_ptr(), &raw mut count)
    )
    .unwrap();
    assert!(list.contains(&CKM_CLOUDHSM_AES_GCM));
    let mut info = CK_MECHANISM_INFO::default();
    p11!(
        client,
        C_GetMechanismInfo(client.slot, CKM_CLOUDHSM_AES_GCM, &raw mut info)
    )
    .unwrap();
    assert_ne!(info.flags & CKF_ENCRYPT, 0);
}
