//! What an operator is told when a token cannot be opened.

use claviger_config::TokenSelector;
use claviger_config::secrets::SecretSource;

use super::softhsm::configured;
use super::*;
use crate::pkcs11::Trouble;

fn fault(configured: &claviger_config::Token) -> String {
    match Token::open("hsm", configured) {
        Ok((_, Some(Trouble::NotListed(fault)))) | Err(fault) => fault.to_string(),
        Ok(_) => panic!("it opens"),
    }
}

#[test]
fn a_token_that_is_not_there_is_a_fault_that_lists_no_others() {
    let mut missing = configured("nowhere", 1);
    let text = fault(&missing);
    assert_eq!(
        text,
        "tokens.hsm.token_label: the library has no such token; \
         ask the vendor's tools what it is called, or `pkcs11-tool --list-slots`"
    );
    missing.selector = TokenSelector::Serial("none".to_owned());
    assert!(fault(&missing).starts_with("tokens.hsm.token_serial: "));
    missing.selector = TokenSelector::Slot(4_000_000_000);
    assert!(fault(&missing).starts_with("tokens.hsm.slot: "));
    let twice = fault(&configured("twice", 1));
    assert!(twice.contains("several tokens"), "{twice}");
}

#[test]
fn a_refused_pin_is_a_fault_that_does_not_repeat_it() {
    let mut wrong = configured("start", 1);
    // The environment variable holds anything but the PIN.
    wrong.pin = SecretSource::Environment("PATH".to_owned());
    let text = fault(&wrong);
    assert!(
        text.starts_with("tokens.hsm.pin_env: the PIN is refused"),
        "{text}"
    );
    let path = std::env::var("PATH").unwrap();
    assert!(!text.contains(&path), "{text}");
}

#[test]
fn a_library_that_cannot_be_loaded_is_a_fault() {
    let mut missing = configured("start", 1);
    missing.module = "/nowhere/libpkcs11.so".into();
    assert!(fault(&missing).starts_with("tokens.hsm.module: cannot be loaded: "));
    // A library, and not of this kind.
    missing.module = std::fs::read_dir("/lib/x86_64-linux-gnu")
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path())
        .find(|path| path.to_string_lossy().contains("libz.so"))
        .unwrap_or_else(|| "/etc/hostname".into());
    assert!(fault(&missing).starts_with("tokens.hsm.module: cannot be loaded: "));
}
