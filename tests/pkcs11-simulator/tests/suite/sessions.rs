//! Sessions and object handles that stop being good.

use std::thread;

use cryptoki_sys::*;

use crate::client::{CKM_CLOUDHSM_AES_GCM, Client, Gcm, RW, given, p11};
use crate::rig::Rig;

fn hsm() -> (Rig, Client, CK_SESSION_HANDLE, CK_OBJECT_HANDLE) {
    let rig = Rig::new("convention = cloudhsm");
    let client = Client::new(&rig);
    let session = client.session();
    (rig, client, session, client.key(session))
}

#[test]
fn sessions_are_lost_once_for_each_change() {
    let (rig, client, session, key) = hsm();
    rig.set("lose_sessions = 1");
    assert_eq!(client.seal(session, key), Err(CKR_SESSION_HANDLE_INVALID));
    let fresh = client.session();
    assert_ne!(fresh, session);
    let key = client.find(fresh).unwrap();
    client.seal(fresh, key).unwrap();
    rig.set("lose_sessions = 2");
    assert_eq!(client.seal(fresh, key), Err(CKR_SESSION_HANDLE_INVALID));
}

#[test]
fn stale_objects_are_found_again() {
    let (rig, client, session, key) = hsm();
    rig.set("stale_objects = 1");
    assert_eq!(client.seal(session, key), Err(CKR_KEY_HANDLE_INVALID));
    let mut size = 0;
    let asked = p11!(client, C_GetObjectSize(session, key, &raw mut size));
    assert_eq!(asked, Err(CKR_OBJECT_HANDLE_INVALID));
    let found = client.find(session).unwrap();
    assert_ne!(found, key);
    client.seal(session, found).unwrap();
}

#[test]
fn a_limit_of_sessions_can_be_set() {
    let rig = Rig::new("max_sessions = 1");
    let client = Client::new(&rig);
    let session = client.open(RW).unwrap();
    assert_eq!(client.open(RW), Err(CKR_SESSION_COUNT));
    p11!(client, C_CloseAllSessions(client.slot)).unwrap();
    assert_eq!(
        p11!(client, C_CloseSession(session)),
        Err(CKR_SESSION_HANDLE_INVALID)
    );
    client.open(RW).unwrap();
}

#[test]
fn every_nth_operation_fails_and_leaves_nothing_open() {
    for convention in ["cloudhsm", "caller"] {
        let rig = Rig::new(&format!("convention = {convention}"));
        let client = Client::new(&rig);
        let session = client.session();
        let key = client.key(session);
        let seal = || {
            let mut iv = [0; 12];
            client.encrypt(session, key, given(&mut iv), b"x").map(drop)
        };
        rig.set("throttle_every = 3");
        for _ in 0..2 {
            assert_eq!((seal(), seal()), (Ok(()), Ok(())));
            assert_eq!(seal(), Err(CKR_FUNCTION_FAILED));
        }
        rig.set("throttle_every = 1");
        assert_eq!(seal(), Err(CKR_FUNCTION_FAILED));
        rig.set("throttle_every = 0");
        assert_eq!(seal(), Ok(()));
    }
}

#[test]
fn keys_are_looked_at_when_an_operation_begins() {
    let (_rig, client, session, key) = hsm();
    let init = |key| client.encrypt_init(session, key, Gcm::new(CKM_CLOUDHSM_AES_GCM, None));
    assert_eq!(init(key + 1000), Err(CKR_KEY_HANDLE_INVALID));
    let mut no: CK_BBOOL = CK_FALSE;
    let mut template = [CK_ATTRIBUTE {
        type_: CKA_ENCRYPT,
        pValue: (&raw mut no).cast(),
        ulValueLen: 1,
    }];
    p11!(
        client,
        C_SetAttributeValue(session, key, template.as_mut_ptr(), 1)
    )
    .unwrap();
    assert_eq!(init(key), Err(CKR_KEY_FUNCTION_NOT_PERMITTED));
}

#[test]
fn threads_that_share_a_session_are_told_and_counted() {
    let (rig, client, session, key) = hsm();
    let rounds = || {
        (0..5000)
            .filter(|_| client.seal(session, key).is_err())
            .count()
    };
    let failed = thread::scope(|scope| {
        let other = scope.spawn(rounds);
        rounds() + other.join().unwrap()
    });
    assert!(failed > 0);
    assert!(rig.count("SharedSession") > 0);
    client.open(RW).unwrap();
}

#[test]
fn session_keys_can_be_refused() {
    let rig = Rig::new("session_keys = refused");
    let client = Client::new(&rig);
    let session = client.session();
    // One on the token.
    client.key(session);
    let mut mechanism = CK_MECHANISM {
        mechanism: CKM_AES_KEY_GEN,
        pParameter: std::ptr::null_mut(),
        ulParameterLen: 0,
    };
    let mut key = 0;
    let refused = p11!(
        client,
        C_GenerateKey(
            session,
            &raw mut mechanism,
            std::ptr::null_mut(),
            0,
            &raw mut key
        )
    );
    assert_eq!(refused, Err(CKR_TEMPLATE_INCONSISTENT));
}

#[test]
fn the_pin_is_as_near_to_being_locked_as_is_set() {
    for (pin, flag) in [
        ("count-low", CKF_USER_PIN_COUNT_LOW),
        ("final-try", CKF_USER_PIN_FINAL_TRY),
        ("locked", CKF_USER_PIN_LOCKED),
    ] {
        let rig = Rig::new("");
        let client = Client::new(&rig);
        let flags = || {
            // SAFETY: all zeros is a structure of numbers and texts.
            let mut info: CK_TOKEN_INFO = unsafe { std::mem::zeroed() };
            p11!(client, C_GetTokenInfo(client.slot, &raw mut info)).unwrap();
            info.flags
        };
        assert_eq!(flags() & flag, 0, "{pin}");
        rig.set(&format!("pin = {pin}"));
        assert_ne!(flags() & flag, 0, "{pin}");
    }
}
