use std::collections::HashSet;

use super::*;

#[test]
fn xks_036_access_key_id_is_20_to_30_characters_of_base32() {
    for good in [
        "AKIAI2SFODNN7EXAMPLE",
        "HGIE2BUAFNDMBCMSQVWLGCEXAMPLE",
        &"7".repeat(30),
    ] {
        assert_eq!(good.parse::<AccessKeyId>().unwrap().as_str(), good);
    }
    let faults = [
        ("", AccessKeyIdFault::Length { length: 0 }),
        (
            "AKIAI2SFODNN7EXAMPL",
            AccessKeyIdFault::Length { length: 19 },
        ),
        ("ABCDE12345670EXAMPLE", AccessKeyIdFault::Character('1')),
        ("akiai2SFODNN7EXAMPLE", AccessKeyIdFault::Character('a')),
        ("AKIAI2SFODNN7EXAMPL8", AccessKeyIdFault::Character('8')),
    ];
    for (text, fault) in faults {
        assert_eq!(text.parse::<AccessKeyId>(), Err(fault));
    }
    assert_eq!(
        "A".repeat(31).parse::<AccessKeyId>(),
        Err(AccessKeyIdFault::Length { length: 31 })
    );
}

#[test]
fn xks_037_secret_access_key_is_43_to_64_base64_characters() {
    for good in ["a".repeat(43), "A0/+=".repeat(12) + "zzzz"] {
        assert_eq!(good.parse::<SecretAccessKey>().unwrap().reveal(), good);
    }
    for length in [0, 42, 65] {
        assert_eq!(
            "a".repeat(length).parse::<SecretAccessKey>().unwrap_err(),
            SecretAccessKeyFault::Length { length }
        );
    }
    for other in ["-", "_", "\n", " ", "\u{e9}"] {
        assert_eq!(
            ("a".repeat(43) + other)
                .parse::<SecretAccessKey>()
                .unwrap_err(),
            SecretAccessKeyFault::Character
        );
    }
}

#[test]
fn xks_036_generated_ids_are_valid_and_differ() {
    let ids: HashSet<_> = (0..64)
        .map(|_| Credential::generate().unwrap().access_key_id)
        .collect();
    assert_eq!(ids.len(), 64);
    for id in ids {
        assert_eq!(id.as_str().len(), 28);
        assert_eq!(id.as_str().parse::<AccessKeyId>(), Ok(id.clone()));
    }
}

#[test]
fn xks_037_generated_secrets_are_32_bytes_in_base64_and_differ() {
    let secrets: HashSet<_> = (0..64)
        .map(|_| {
            Credential::generate()
                .unwrap()
                .secret_access_key
                .reveal()
                .to_owned()
        })
        .collect();
    assert_eq!(secrets.len(), 64);
    for secret in secrets {
        assert_eq!(secret.len(), 44);
        assert_eq!(STANDARD.decode(&secret).unwrap().len(), 32);
        assert!(secret.parse::<SecretAccessKey>().is_ok());
    }
}

#[test]
fn xks_117_debug_shows_no_secret() {
    let credential = Credential::generate().unwrap();
    let shown = format!("{credential:?}");
    assert!(shown.contains(credential.access_key_id.as_str()));
    assert!(shown.contains("[redacted]"));
    assert!(!shown.contains(credential.secret_access_key.reveal()));
}
