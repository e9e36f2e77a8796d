//! Against messages of a real server (`fixtures`), and against broken ones.

use crate::{
    AES, Ask, Attributes, Decrypt, DiscoverVersions, ENCRYPT, Encrypt, Failure, Fault,
    GetAttributes, Header, Locate, Login, Query, Reason, SYMMETRIC_KEY, V1_4, V2_0, V2_1, Version,
    answers, length, operation, request, state,
};

const IV: [u8; 12] = [
    0xA0, 0xA1, 0xA2, 0xA3, 0xA4, 0xA5, 0xA6, 0xA7, 0xA8, 0xA9, 0xAA, 0xAB,
];
const PLAINTEXT: &[u8] = b"0123456789abcdef0123456789ABCDEF";
const ADDITIONAL_DATA: &[u8] = b"additional data of Claviger";
/// What the server made of the three above.
const SEALED: [u8; 32] = [
    0xd6, 0x29, 0x4e, 0x1e, 0x71, 0xfe, 0x34, 0x88, 0x5a, 0x5c, 0xe6, 0xb1, 0x64, 0x1e, 0xa5, 0xb8,
    0x40, 0x9d, 0x6b, 0x23, 0xa6, 0x82, 0x74, 0x5b, 0xa4, 0x37, 0x67, 0xc4, 0x3c, 0xef, 0x30, 0x47,
];
const TAG: [u8; 16] = [
    0xb3, 0xc7, 0xff, 0xa2, 0xb8, 0x05, 0x06, 0x05, 0xe2, 0xcb, 0x91, 0xdd, 0x42, 0x80, 0x58, 0x6a,
];

/// The versions with the identifiers that the key has in their fixtures.
const VERSIONS: [(Version, &str); 3] = [(V1_4, "1"), (V2_0, "5"), (V2_1, "1")];

fn fixture(name: &str) -> Vec<u8> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/");
    std::fs::read(format!("{folder}{name}")).unwrap()
}

/// The answer to one question.
fn answer<A: Ask>(version: Version, what: &str, ask: A) -> Result<A::Answer, Failure> {
    let message = fixture(&format!("{version}-{what}.response"));
    let (head, body) = message.split_first_chunk().unwrap();
    assert_eq!(length(*head), Ok(u32::try_from(body.len()).unwrap()));
    answers(body, &[ask])?.pop().unwrap()
}

fn reason<T>(answer: Result<T, Failure>) -> Reason {
    match answer {
        Err(Failure::Refused(refusal)) => refusal.reason,
        Err(Failure::Malformed(fault)) => panic!("{fault}"),
        Ok(_) => panic!("it succeeds"),
    }
}

fn encrypt(identifier: &str) -> Encrypt<'_> {
    Encrypt {
        identifier,
        plaintext: PLAINTEXT,
        additional_data: ADDITIONAL_DATA,
        initialization_vector: Some(&IV),
    }
}

fn decrypt(identifier: &str) -> Decrypt<'_> {
    Decrypt {
        identifier,
        data: &SEALED,
        additional_data: ADDITIONAL_DATA,
        initialization_vector: &IV,
        tag: &TAG,
    }
}

#[test]
fn requests_are_those_that_a_real_server_took() {
    for (version, identifier) in VERSIONS {
        let header = Header {
            version,
            login: None,
        };
        let is = |what: &str, message: &[u8]| {
            let recorded = fixture(&format!("{version}-{what}.request"));
            assert_eq!(recorded, message, "{version}-{what}");
        };
        let versions = DiscoverVersions(&[V1_4, V2_1, V2_0]);
        is("discover", &request(&header, &[versions]));
        is("query", &request(&header, &[Query]));
        is("encrypt", &request(&header, &[encrypt(identifier)]));
        is("decrypt", &request(&header, &[decrypt(identifier)]));
        let no_iv = Encrypt {
            initialization_vector: None,
            ..encrypt(identifier)
        };
        is("encrypt-no-iv", &request(&header, &[no_iv]));
        let second = if version == V2_0 { "6" } else { "2" };
        let three = [identifier, second, identifier].map(encrypt);
        is("batch-continue", &request(&header, &three));
    }
}

#[test]
fn a_server_says_which_versions_and_operations_it_has() {
    for (version, _) in VERSIONS {
        let ask = DiscoverVersions(&[V1_4, V2_1, V2_0]);
        let found = answer(version, "discover", ask).unwrap();
        let expected: &[_] = match version {
            V2_1 => &[V1_4, V2_1, V2_0],
            _ => &[V1_4, V2_0],
        };
        assert_eq!(found, expected);
        let none = answer(version, "discover-none", DiscoverVersions(&[]));
        assert_eq!(none.unwrap(), []);
        let server = answer(version, "query", Query).unwrap();
        assert_eq!(server.vendor, "PyKMIP 0.11.0 Software Server");
        for operation in [operation::LOCATE, operation::ENCRYPT, operation::DECRYPT] {
            assert!(server.operations.contains(&operation), "{operation}");
        }
    }
    let message = fixture("9.9-discover.response");
    let answers = answers(&message[8..], &[DiscoverVersions(&[])]);
    assert_eq!(reason(answers), Reason::INVALID_MESSAGE);
}

#[test]
fn keys_are_found_by_name_and_read() {
    for (version, identifier) in VERSIONS {
        let locate = || Locate {
            name: Some("claviger"),
            most: 2,
        };
        let found = |what| answer(version, what, locate()).unwrap();
        assert_eq!(found("locate"), [identifier]);
        assert_eq!(found("locate-none").len(), 0);
        assert_eq!(found("locate-two").len(), 2);
        let read = |what| answer(version, what, GetAttributes { identifier });
        let expected = Attributes {
            object_type: Some(SYMMETRIC_KEY),
            names: vec![format!("claviger-{version}")],
            state: Some(state::ACTIVE),
            algorithm: Some(AES),
            length: Some(256),
            usage_mask: Some(0xC),
            ..Attributes::default()
        };
        assert_eq!(read("get-attributes"), Ok(expected));
        let state = |what| read(what).unwrap().state;
        assert_eq!(state("get-attributes-pre-active"), Some(state::PRE_ACTIVE));
        assert_eq!(
            state("get-attributes-deactivated"),
            Some(state::DEACTIVATED)
        );
        assert!(read("get-attributes").unwrap().permits(ENCRYPT));
        assert_eq!(reason(read("permission")), Reason::PERMISSION_DENIED);
    }
}

#[test]
fn what_was_encrypted_is_taken_apart() {
    for (version, identifier) in VERSIONS {
        let sealed = answer(version, "encrypt", encrypt(identifier))
            .ok()
            .unwrap();
        assert_eq!(sealed.data, SEALED);
        assert_eq!(sealed.tag, TAG);
        assert_eq!(sealed.initialization_vector, IV);
        let no_iv = Encrypt {
            initialization_vector: None,
            ..encrypt(identifier)
        };
        let sealed = answer(version, "encrypt-no-iv", no_iv).ok().unwrap();
        let made = if version == V2_1 { 12 } else { 16 };
        assert_eq!(sealed.initialization_vector.len(), made);
        let opened = answer(version, "decrypt", decrypt(identifier))
            .ok()
            .unwrap();
        assert_eq!(*opened, PLAINTEXT);
    }
}

#[test]
fn refusals_have_their_reason() {
    for (version, identifier) in VERSIONS {
        let encrypted = |what, identifier| reason(answer(version, what, encrypt(identifier)));
        let decrypted = |what| answer(version, what, decrypt(identifier));
        let denied = Reason::PERMISSION_DENIED;
        assert_eq!(encrypted("encrypt-not-active", identifier), denied);
        assert_eq!(encrypted("encrypt-wrong-mask", "3"), denied);
        let unknown = encrypted("encrypt-unknown-key", "no-such-key");
        assert!(unknown.is_not_found());
        let wrong = match version {
            V2_1 => Reason::CRYPTOGRAPHIC_FAILURE,
            _ => Reason::GENERAL_FAILURE,
        };
        assert_eq!(reason(decrypted("decrypt-wrong-tag")), wrong);
        assert_eq!(reason(decrypted("decrypt-wrong-aad")), wrong);
        // Of the whole message.
        let expected = Reason::RESPONSE_TOO_LARGE;
        assert_eq!(encrypted("too-large", identifier), expected);
        let query = |what| reason(answer(version, what, Query));
        assert_eq!(query("malformed"), Reason::INVALID_MESSAGE);
        let expected = Reason::AUTHENTICATION_NOT_SUCCESSFUL;
        assert_eq!(query("authentication"), expected);
    }
}

#[test]
fn answers_of_a_batch_belong_to_their_questions() {
    for (version, identifier) in VERSIONS {
        let second = if version == V2_0 { "6" } else { "2" };
        let asks = [identifier, second, identifier].map(encrypt);
        let message = fixture(&format!("{version}-batch-continue.response"));
        let three = answers(&message[8..], &asks).unwrap();
        let succeeded: Vec<_> = three.iter().map(Result::is_ok).collect();
        assert_eq!(succeeded, [true, false, true]);
        // A server that ends with the first failure does not do what it was told.
        let message = fixture(&format!("{version}-batch-stop.response"));
        let two = answers(&message[8..], &asks).map(|_| ());
        assert_eq!(two, Err(Failure::Malformed(Fault::Count)));
        let two = answers(&message[8..], &asks[..2]).unwrap();
        assert!(two[1].is_err());
    }
}

#[test]
fn an_answer_to_something_else_is_refused() {
    let malformed = |fault| Some(Failure::Malformed(fault));
    let another = answer(V1_4, "encrypt", decrypt("1")).err();
    assert_eq!(another, malformed(Fault::Another));
    let another = answer(V1_4, "encrypt", encrypt("2")).err();
    let wrong = Fault::Wrong("the identifier of another object");
    assert_eq!(another, malformed(wrong));
    let no_iv = Encrypt {
        initialization_vector: None,
        ..encrypt("1")
    };
    let missing = answer(V1_4, "encrypt", no_iv).err();
    let fault = Fault::Missing("an initialization vector");
    assert_eq!(missing, malformed(fault));
    let given = answer(V1_4, "encrypt-no-iv", encrypt("1")).err();
    let fault = Fault::Wrong("another initialization vector than was given");
    assert_eq!(given, malformed(fault));
    let longer = Encrypt {
        plaintext: &[0; 33],
        ..encrypt("1")
    };
    let fault = Fault::Wrong("a ciphertext of another length");
    assert_eq!(answer(V1_4, "encrypt", longer).err(), malformed(fault));
}

#[test]
fn no_cut_or_changed_answer_is_a_panic() {
    let message = fixture("1.4-batch-continue.response");
    let asks = ["1", "2", "1"].map(encrypt);
    for end in 8..message.len() {
        assert!(answers(&message[8..end], &asks).is_err(), "{end}");
    }
    for at in 8..message.len() {
        for value in [0, 1, 8, 0x7F, 0xFF] {
            let mut changed = message.clone();
            changed[at] = value;
            // Whatever it is.
            let _ = answers(&changed[8..], &asks);
        }
    }
}

#[test]
fn length_and_depth_are_bounded() {
    let head = |length: u32| {
        let [a, b, c, d] = length.to_be_bytes();
        [0x42, 0, 0x7B, 1, a, b, c, d]
    };
    assert_eq!(length(head(1 << 20)), Ok(1 << 20));
    assert_eq!(length(head((1 << 20) + 1)), Err(Fault::TooLong));
    assert_eq!(length(*b"HTTP/1.1"), Err(Fault::NotKmip));
    let mut nested = Vec::new();
    for _ in 0..8 {
        let length = u32::try_from(nested.len()).unwrap().to_be_bytes();
        nested = [&[0x42, 0, 0x0F, 1][..], &length, &nested].concat();
    }
    let deep = answers(&nested, &[Query]).unwrap_err();
    assert_eq!(deep, Failure::Malformed(Fault::Depth));
    let depth = answers(&nested[8..], &[Query]).unwrap_err();
    assert_ne!(depth, Failure::Malformed(Fault::Depth));
}

#[test]
fn a_login_is_in_front_of_the_batch() {
    let header = Header {
        version: V1_4,
        login: Some(Login {
            user: "claviger",
            password: "never-log-this",
        }),
    };
    let message = request(&header, &[Query]);
    let at = |needle: &[u8]| {
        let mut windows = message.windows(needle.len());
        windows.position(|window| window == needle).unwrap()
    };
    let batch_count = at(&[0x42, 0, 0x0D, 2]);
    assert!(at(b"claviger") < at(b"never-log-this"));
    assert!(at(b"never-log-this") < batch_count);
}

#[test]
fn the_key_that_was_replaced_is_read() {
    // Attribute "Link": Link Type 0x107, Linked Object Identifier "old".
    let attribute = |link_type: u8| {
        let link = [
            &[0x42, 0, 0x4B, 5, 0, 0, 0, 4, 0, 0, 1, link_type, 0, 0, 0, 0][..],
            &[0x42, 0, 0x4C, 7, 0, 0, 0, 3],
            b"old\0\0\0\0\0",
        ]
        .concat();
        [
            &[0x42, 0, 0x94, 7, 0, 0, 0, 1][..],
            b"1\0\0\0\0\0\0\0",
            &[0x42, 0, 0x08, 1, 0, 0, 0, 56, 0x42, 0, 0x0A, 7, 0, 0, 0, 4],
            b"Link\0\0\0\0",
            &[0x42, 0, 0x0B, 1, 0, 0, 0, 32],
            &link,
        ]
        .concat()
    };
    let read = |link_type| {
        let payload = attribute(link_type);
        let payload = crate::ttlv::Structure::parse(&payload).unwrap();
        GetAttributes { identifier: "1" }
            .read(payload)
            .unwrap()
            .replaces
    };
    assert_eq!(read(0x07).as_deref(), Some("old"));
    assert_eq!(read(0x06), None);
}
