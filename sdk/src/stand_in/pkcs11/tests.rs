use crate::pkcs11::{KeySelector, KeyTemplate, Pkcs11Error, Token, TokenState};
use crate::testing::{TestKey, TestToken};

fn open(name: &str) -> Token {
    Token::open(name).unwrap()
}

fn label(label: &str) -> KeySelector {
    KeySelector::Label(label.to_owned())
}

#[test]
fn only_tokens_that_are_granted_exist() {
    TestToken::new("hsm");
    assert_eq!(Token::open("hsm").err(), None);
    let other = Token::open("other").err();
    assert_eq!(other, Some(Pkcs11Error::NoSuchToken));
}

#[test]
fn keys_are_found_by_label_by_id_and_all_together() {
    let hsm = TestToken::new("hsm");
    hsm.add(TestKey::new("a").id(&[1]));
    hsm.add(TestKey::new("b").id(&[2]));
    hsm.add(TestKey::new("b").id(&[3]));
    let count = |selector| open("hsm").find(&selector).unwrap().len();
    assert_eq!(count(label("a")), 1);
    assert_eq!(count(label("b")), 2);
    assert_eq!(count(label("c")), 0);
    assert_eq!(count(KeySelector::Id(vec![3])), 1);
    assert_eq!(count(KeySelector::Every), 3);
    assert_eq!(hsm.calls("pkcs11.token.find"), 5);
}

#[test]
fn a_key_opens_what_it_sealed_and_nothing_else() {
    let hsm = TestToken::new("hsm");
    hsm.add(TestKey::new("a"));
    let token = open("hsm");
    for length in [12, 16] {
        if length == 16 {
            hsm.makes_long_vectors();
        }
        let key = token.find(&label("a")).unwrap().remove(0);
        let sealed = key.encrypt(b"aad", b"text").unwrap();
        assert_eq!(sealed.initialization_vector.len(), length);
        let again = token.key(key.reference());
        assert_eq!(again.decrypt(b"aad", &sealed).unwrap(), b"text");
        let failed = again.decrypt(b"", &sealed);
        assert_eq!(failed, Err(Pkcs11Error::AuthenticationFailed));
    }
}

#[test]
fn a_reference_ends_with_the_object_and_with_the_start() {
    let hsm = TestToken::new("hsm");
    hsm.add(TestKey::new("a"));
    let token = open("hsm");
    let key = token.find(&label("a")).unwrap().remove(0);
    hsm.restart();
    assert_eq!(key.attributes(), Err(Pkcs11Error::StaleKey));
    let key = token.find(&label("a")).unwrap().remove(0);
    key.attributes().unwrap();
    hsm.remove("a");
    assert_eq!(key.encrypt(b"", b""), Err(Pkcs11Error::StaleKey));
}

#[test]
fn a_token_refuses_what_a_key_does_not_permit() {
    let hsm = TestToken::new("hsm");
    hsm.add(TestKey::new("one").permits(false, true));
    hsm.add(TestKey::new("des").kind(0x15, None));
    hsm.add(TestKey::new("short").kind(0x1f, Some(16)));
    let token = open("hsm");
    for (name, code) in [("one", 0x68), ("des", 0x63), ("short", 0x62)] {
        let key = token.find(&label(name)).unwrap().remove(0);
        assert_eq!(key.encrypt(b"", b"x"), Err(Pkcs11Error::Failed(code)));
    }
}

#[test]
fn a_test_puts_a_token_out_of_order() {
    let hsm = TestToken::new("hsm");
    let token = open("hsm");
    hsm.fails_once("pkcs11.token.info", Pkcs11Error::Throttled);
    assert_eq!(token.info(), Err(Pkcs11Error::Throttled));
    token.info().unwrap();
    hsm.fails(Some(Pkcs11Error::Failed(0x30)));
    assert_eq!(token.random(8), Err(Pkcs11Error::Failed(0x30)));
    hsm.fails(None);
    hsm.set_state(TokenState::Unavailable);
    assert_eq!(token.random(8), Err(Pkcs11Error::Unavailable));
    assert_eq!(token.state(), TokenState::Unavailable);
    hsm.set_state(TokenState::Serving);
    assert_eq!(token.random(8).unwrap().len(), 8);
}

#[test]
fn a_key_is_generated_and_replicated() {
    let (primary, replica) = (TestToken::new("a"), TestToken::new("b"));
    let template = KeyTemplate {
        label: "k".into(),
        id: vec![9],
        encrypt: true,
        decrypt: true,
    };
    let key = open("a").generate_key(&template).unwrap();
    let sealed = key.encrypt(b"", b"text").unwrap();
    replica.replicate(&primary);
    assert_eq!(replica.keys(), primary.keys());
    let copy = open("b").find(&label("k")).unwrap().remove(0);
    assert_eq!(copy.decrypt(b"", &sealed).unwrap(), b"text");
}
