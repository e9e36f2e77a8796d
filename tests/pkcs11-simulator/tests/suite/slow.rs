//! Calls that take long, or do not return.

use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

use cryptoki_sys::*;

use crate::client::{CKM_CLOUDHSM_AES_GCM, Client, Gcm};
use crate::rig::{PATIENCE, Rig};

/// Longer than a call takes that does not hang.
const A_WHILE: Duration = Duration::from_millis(200);

struct Hsm {
    rig: Rig,
    client: Client,
    sessions: [CK_SESSION_HANDLE; 2],
    key: CK_OBJECT_HANDLE,
}

fn hsm() -> Hsm {
    let rig = Rig::new("convention = cloudhsm");
    let client = Client::new(&rig);
    let session = client.session();
    let sessions = [session, client.open(crate::client::RW).unwrap()];
    let key = client.key(session);
    Hsm {
        rig,
        client,
        sessions,
        key,
    }
}

/// Encrypts on another thread.
fn seal(hsm: &Hsm) -> Receiver<Result<Vec<u8>, CK_RV>> {
    seal_in(hsm, hsm.sessions[0])
}

fn seal_in(hsm: &Hsm, session: CK_SESSION_HANDLE) -> Receiver<Result<Vec<u8>, CK_RV>> {
    let (client, key) = (hsm.client, hsm.key);
    let (sender, receiver) = channel();
    thread::spawn(move || sender.send(client.seal(session, key)));
    receiver
}

fn hangs<T>(receiver: &Receiver<T>) -> bool {
    matches!(
        receiver.recv_timeout(A_WHILE),
        Err(RecvTimeoutError::Timeout)
    )
}

#[test]
fn a_call_hangs_until_the_setting_is_changed_back() {
    for hang in ["hang = encrypt", "hang = all"] {
        let hsm = hsm();
        hsm.rig.set(hang);
        let sealed = seal(&hsm);
        assert!(hangs(&sealed));
        hsm.rig.set("");
        sealed.recv_timeout(PATIENCE).unwrap().unwrap();
    }
}

#[test]
fn one_call_hangs_and_the_others_do_not() {
    let hsm = hsm();
    hsm.rig.set("hang = once-encrypt");
    let sealed = seal(&hsm);
    hsm.rig.await_count("C_Encrypt", 1);
    let other = seal_in(&hsm, hsm.sessions[1]);
    other.recv_timeout(PATIENCE).unwrap().unwrap();
    assert!(hangs(&sealed));
    hsm.rig.set("");
    sealed.recv_timeout(PATIENCE).unwrap().unwrap();
    // And once more.
    hsm.rig.set("hang = once-encrypt");
    let sealed = seal(&hsm);
    assert!(hangs(&sealed));
    hsm.rig.set("hang = none");
    sealed.recv_timeout(PATIENCE).unwrap().unwrap();
}

#[test]
fn a_hung_call_wakes_up_to_a_lost_session() {
    let hsm = hsm();
    hsm.rig.set("hang = encrypt");
    let sealed = seal(&hsm);
    hsm.rig.await_count("C_Encrypt", 1);
    hsm.rig.set("lose_sessions = 1");
    assert_eq!(
        sealed.recv_timeout(PATIENCE).unwrap(),
        Err(CKR_SESSION_HANDLE_INVALID)
    );
}

#[test]
fn decryption_hangs_alone() {
    let hsm = hsm();
    hsm.rig.set("hang = decrypt");
    let sealed = hsm.client.seal(hsm.sessions[0], hsm.key).unwrap();
    let (client, session, key) = (hsm.client, hsm.sessions[0], hsm.key);
    let (sender, opened) = channel();
    thread::spawn(move || {
        let own = Gcm::new(CKM_CLOUDHSM_AES_GCM, None);
        sender.send(client.decrypt(session, key, own, &sealed))
    });
    assert!(hangs(&opened));
    hsm.rig.set("");
    assert_eq!(
        opened.recv_timeout(PATIENCE).unwrap().unwrap(),
        b"plaintext"
    );
}

#[test]
fn latency_is_added() {
    let hsm = hsm();
    hsm.rig.set("latency_ms = 50");
    let begun = Instant::now();
    hsm.client.seal(hsm.sessions[0], hsm.key).unwrap();
    assert!(begun.elapsed() >= Duration::from_millis(50));
}
