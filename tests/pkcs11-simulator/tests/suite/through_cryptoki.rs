//! The client library that most Rust programs use.

use cryptoki::context::{CInitializeArgs, CInitializeFlags, Pkcs11};
use cryptoki::mechanism::Mechanism;
use cryptoki::mechanism::aead::GcmParams;
use cryptoki::object::Attribute;
use cryptoki::session::UserType;
use cryptoki::types::AuthPin;

use crate::rig::{PIN, Rig, TOKEN};

#[test]
fn a_zeroed_buffer_gets_the_iv() {
    let rig = Rig::new("convention = cloudhsm");
    let library = Pkcs11::new(rig.library()).unwrap();
    let arguments = CInitializeArgs::new(CInitializeFlags::OS_LOCKING_OK);
    rig.with_tokens(|| library.initialize(arguments)).unwrap();
    let slot = library
        .get_slots_with_token()
        .unwrap()
        .into_iter()
        .find(|slot| library.get_token_info(*slot).unwrap().label() == TOKEN)
        .unwrap();
    let session = library.open_rw_session(slot).unwrap();
    session
        .login(UserType::User, Some(&AuthPin::new(PIN.into())))
        .unwrap();
    let template = [
        Attribute::ValueLen(32.into()),
        Attribute::Encrypt(true),
        Attribute::Decrypt(true),
    ];
    let key = session
        .generate_key(&Mechanism::AesKeyGen, &template)
        .unwrap();
    let mut iv = [0; 12];
    let parameters = GcmParams::new(&mut iv, b"aad", 128.into()).unwrap();
    let sealed = session
        .encrypt(&Mechanism::AesGcm(parameters), key, b"plaintext")
        .unwrap();
    assert_ne!(iv, [0; 12]);
    let parameters = GcmParams::new(&mut iv, b"aad", 128.into()).unwrap();
    let opened = session
        .decrypt(&Mechanism::AesGcm(parameters), key, &sealed)
        .unwrap();
    assert_eq!(opened, b"plaintext");
}
