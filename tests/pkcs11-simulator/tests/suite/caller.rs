//! The pass-through, and the library as a whole.

use std::env;
use std::fs;
use std::process::Command;

use cryptoki_sys::*;

use crate::client::{Client, RW, given, p11};
use crate::rig::Rig;

#[test]
fn what_softhsm_encrypts_it_decrypts() {
    let rig = Rig::new("convention = caller");
    let client = Client::new(&rig);
    let session = client.session();
    let key = client.key(session);
    let mut iv = [7; 12];
    let mut sealed = client
        .encrypt(session, key, given(&mut iv), b"plaintext")
        .unwrap();
    assert_eq!(sealed.len(), 9 + 16);
    assert_eq!(iv, [7; 12]);
    assert_eq!(
        client
            .decrypt(session, key, given(&mut iv), &sealed)
            .unwrap(),
        b"plaintext"
    );
    sealed[0] ^= 1;
    // SoftHSM's own answer.
    assert_eq!(
        client.decrypt(session, key, given(&mut iv), &sealed),
        Err(CKR_GENERAL_ERROR)
    );
}

#[test]
fn a_bad_tag_can_have_another_code() {
    let rig = Rig::new("bad_tag = encrypted-data-invalid");
    let client = Client::new(&rig);
    let session = client.session();
    let key = client.key(session);
    let mut iv = [7; 12];
    let opened = client.decrypt(session, key, given(&mut iv), &[0; 40]);
    assert_eq!(opened, Err(CKR_ENCRYPTED_DATA_INVALID));
}

#[test]
fn it_says_that_it_is_a_simulator() {
    let rig = Rig::new("convention = luna");
    let client = Client::new(&rig);
    let mut info = CK_INFO::default();
    p11!(client, C_GetInfo(&raw mut info)).unwrap();
    assert!(info.manufacturerID.starts_with(b"Claviger simulator "));
    let token = client.token_info(client.slot).unwrap();
    assert!(token.manufacturerID.starts_with(b"Claviger simulator "));
    assert!(token.model.starts_with(b"sim Luna "));
}

#[test]
fn two_copies_in_one_process_are_two_hsms() {
    let (first, second) = (Rig::new("convention = cloudhsm"), Rig::new(""));
    let (one, other) = (Client::new(&first), Client::new(&second));
    let session = one.session();
    let key = one.key(session);
    p11!(other, C_Finalize(std::ptr::null_mut())).unwrap();
    assert_eq!(other.open(RW), Err(CKR_CRYPTOKI_NOT_INITIALIZED));
    one.seal(session, key).unwrap();
    second.set("device = lost");
    one.seal(session, key).unwrap();
}

#[test]
fn faulty_settings_fail_every_call() {
    let rig = Rig::new("");
    let client = Client::new(&rig);
    rig.set("colour = red");
    assert_eq!(client.open(RW), Err(CKR_GENERAL_ERROR));
    rig.set("");
    client.open(RW).unwrap();
}

#[test]
fn every_call_is_counted() {
    let rig = Rig::new("convention = cloudhsm");
    let client = Client::new(&rig);
    let session = client.session();
    let key = client.key(session);
    client.seal(session, key).unwrap();
    client.seal(session, key).unwrap();
    assert_eq!(rig.count("C_EncryptInit"), 2);
    assert_eq!(rig.count("C_Encrypt"), 2);
    assert_eq!(rig.count("C_Login"), 1);
    assert_eq!(rig.count("C_FindObjects"), 0);
    // What the simulator asks the module for itself is no call.
    assert_eq!(rig.count("C_GenerateRandom"), 0);
    assert_eq!(rig.count("C_GetAttributeValue"), 0);
}

#[test]
fn the_environment_names_the_file_when_there_is_none_beside() {
    const NAME: &str = "caller::the_environment_names_the_file_when_there_is_none_beside";
    let rig = Rig::new("max_sessions = 0");
    if env::var_os("CLAVIGER_SIMULATOR").is_none() {
        // The environment is the whole process's, so a process for it.
        let child = Command::new(env::current_exe().unwrap())
            .env("CLAVIGER_SIMULATOR", rig.settings())
            .args(["--exact", NAME])
            .status()
            .unwrap();
        assert!(child.success());
        return;
    }
    fs::remove_file(rig.settings()).unwrap();
    let client = Client::new(&rig);
    assert_eq!(client.open(RW), Err(CKR_SESSION_COUNT));
}
