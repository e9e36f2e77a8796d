use super::softhsm::open;
use super::*;
use crate::pkcs11::{KeySelector, TokenFault, TokenState};

#[tokio::test]
async fn keys_are_made_found_and_described() {
    let token = open("keys", 2);
    let made = key(&token, "made", true, false).await;
    let other = key(&token, "other", false, true).await;

    let by_label = KeySelector::Label("made".to_owned());
    assert_eq!(token.find(soon(), by_label).await, Ok(vec![made]));
    let by_id = KeySelector::Id(b"other".to_vec());
    assert_eq!(token.find(soon(), by_id).await, Ok(vec![other]));
    let nothing = KeySelector::Label("nothing".to_owned());
    assert_eq!(token.find(soon(), nothing).await, Ok(vec![]));
    let mut every = token.find(soon(), KeySelector::Every).await.unwrap();
    every.sort_by_key(|key| key.object);
    let mut both = [made, other];
    both.sort_by_key(|key| key.object);
    assert_eq!(every, both);

    let attributes = token.attributes(soon(), made).await.unwrap();
    assert_eq!(attributes.label, "made");
    assert_eq!(attributes.id, b"made");
    assert_eq!(attributes.key_type, 0x1f);
    assert_eq!(attributes.value_length, Some(32));
    assert_eq!((attributes.encrypt, attributes.decrypt), (true, false));
}

#[tokio::test]
async fn a_token_says_what_it_is_and_gives_random_bytes() {
    let token = open("keys", 2);
    let info = token.info(soon()).await.unwrap();
    assert_eq!(info.label, "keys");
    assert!(info.manufacturer.contains("SoftHSM"), "{info:?}");
    assert!(!info.serial.is_empty() && info.firmware.contains('.'));
    assert_eq!(token.state(), TokenState::Serving);

    let random = token.random(soon(), 1024).await.unwrap();
    assert_eq!(random.len(), 1024);
    assert_ne!(random, token.random(soon(), 1024).await.unwrap());
    let refused = token.random(soon(), 1025).await;
    assert!(matches!(refused, Err(TokenFault::Invalid(_))));
}

#[tokio::test]
async fn a_reference_of_another_start_or_to_no_key_is_stale() {
    let token = open("stale", 1);
    let key = key(&token, "stale", true, true).await;
    for reference in [
        KeyReference {
            start: key.start + 1,
            ..key
        },
        KeyReference {
            object: key.object + 1000,
            ..key
        },
    ] {
        let answer = token.encrypt(soon(), reference, vec![], vec![1]).await;
        assert_eq!(answer, Err(TokenFault::StaleKey));
        let answer = token.attributes(soon(), reference).await;
        assert_eq!(answer, Err(TokenFault::StaleKey));
    }
}
