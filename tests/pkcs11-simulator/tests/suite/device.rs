//! An HSM that goes away and comes back.

use std::ptr;

use cryptoki_sys::*;

use crate::client::{Client, RW, p11};
use crate::rig::Rig;

struct Lost {
    rig: Rig,
    client: Client,
    session: CK_SESSION_HANDLE,
    key: CK_OBJECT_HANDLE,
}

/// A session with a key, and then the device is gone.
fn lost(base: &str) -> Lost {
    let rig = Rig::new(&format!("convention = cloudhsm\n{base}"));
    let client = Client::new(&rig);
    let session = client.session();
    let key = client.key(session);
    rig.set("device = lost");
    Lost {
        rig,
        client,
        session,
        key,
    }
}

#[test]
fn nothing_but_the_list_of_slots_works_without_the_device() {
    let Lost {
        rig: _rig,
        client,
        session,
        key,
    } = lost("");
    assert_eq!(client.seal(session, key), Err(CKR_DEVICE_ERROR));
    assert_eq!(client.open(RW), Err(CKR_DEVICE_ERROR));
    assert_eq!(client.login(session), Err(CKR_DEVICE_ERROR));
    assert_eq!(p11!(client, C_CloseSession(session)), Err(CKR_DEVICE_ERROR));
    assert_eq!(
        client.token_info(client.slot).map(drop),
        Err(CKR_DEVICE_ERROR)
    );
    assert!(client.slots().contains(&client.slot));
}

#[test]
fn the_code_is_a_setting() {
    for (word, code) in [
        ("general-error", CKR_GENERAL_ERROR),
        ("function-failed", CKR_FUNCTION_FAILED),
    ] {
        let Lost {
            rig: _rig,
            client,
            session,
            key,
        } = lost(&format!("lost_code = {word}"));
        assert_eq!(client.seal(session, key), Err(code));
    }
}

#[test]
fn sessions_and_the_login_do_not_outlive_the_loss() {
    let Lost {
        rig,
        client,
        session,
        key,
    } = lost("");
    assert_eq!(client.seal(session, key), Err(CKR_DEVICE_ERROR));
    rig.set("");
    assert_eq!(client.seal(session, key), Err(CKR_SESSION_HANDLE_INVALID));
    let fresh = client.session();
    let key = client.find(fresh).unwrap();
    client.seal(fresh, key).unwrap();
}

#[test]
fn sessions_may_survive_the_loss() {
    let Lost {
        rig,
        client,
        session,
        key,
    } = lost("lost_sessions = survive");
    assert_eq!(client.seal(session, key), Err(CKR_DEVICE_ERROR));
    rig.set("");
    client.seal(session, key).unwrap();
}

#[test]
fn a_new_start_may_be_needed() {
    let Lost {
        rig,
        client,
        session,
        key,
    } = lost("lost_sessions = reinitialise");
    assert_eq!(client.seal(session, key), Err(CKR_DEVICE_ERROR));
    let restart = || {
        p11!(client, C_Finalize(ptr::null_mut())).unwrap();
        client.initialise(&rig).unwrap();
    };
    restart();
    assert_eq!(client.open(RW), Err(CKR_DEVICE_ERROR), "still lost");
    rig.set("");
    assert_eq!(
        client.open(RW),
        Err(CKR_DEVICE_ERROR),
        "back, but not for us"
    );
    restart();
    let fresh = client.session();
    assert_eq!(client.seal(fresh, key), Err(CKR_KEY_HANDLE_INVALID));
    let key = client.find(fresh).unwrap();
    client.seal(fresh, key).unwrap();
}
