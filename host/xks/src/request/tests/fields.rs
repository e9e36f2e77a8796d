//! The other members: presence, Base64, values and sizes.

use super::*;

#[test]
fn xks_057_plaintext_is_required_standard_base64() {
    assert_eq!(
        encrypt(&without(encrypt_body(), "/plaintext")),
        Err(RequestFault::Missing("plaintext"))
    );
    let request = EncryptRequest::parse(encrypt_body().to_string().as_bytes()).unwrap();
    assert_eq!(**request.plaintext, *b"Hello World!");
    assert_eq!(
        request.additional_authenticated_data.as_bytes(),
        b"project=nile,department=marketing"
    );
    assert!(request.integrity_value_wanted);
}

#[test]
fn xks_108_base64_is_standard_padded_and_canonical() {
    for bad in [
        "YQ", "YQ=", "YQ==\n", " YQ==", "Y Q=", "_-8=", "YR==", "YQ==YQ==", "Y", "====", "\u{e9}",
    ] {
        assert_eq!(
            encrypt(&with(encrypt_body(), "/plaintext", bad)),
            Err(RequestFault::NotBase64("plaintext")),
            "{bad}"
        );
        for field in [
            "ciphertext",
            "ciphertextMetadata",
            "initializationVector",
            "authenticationTag",
            "additionalAuthenticatedData",
        ] {
            assert_eq!(
                decrypt(&with(decrypt_body(), &format!("/{field}"), bad)),
                Err(RequestFault::NotBase64(field)),
                "{bad}"
            );
        }
    }
    let body = encrypt_body()
        .to_string()
        .replace("SGVsbG8gV29ybGQh", r"\/\u002b8=");
    assert_eq!(
        **EncryptRequest::parse(body.as_bytes()).unwrap().plaintext,
        [0xff, 0xef]
    );
}

/// All lengths that must be taken, with the longest AAD that must be taken.
fn check_lengths(parse: Parser, body: &Value, pointer: &str) {
    for length in [1, 32, 4096, 4300, MAX_TEXT_BYTES] {
        let body = with(body.clone(), pointer, base64(length));
        let body = with(body, "/additionalAuthenticatedData", base64(8192));
        assert_eq!(parse(&body), Ok(()));
    }
}

#[test]
fn xks_058_plaintext_of_4300_bytes_is_taken_with_8192_bytes_of_aad() {
    check_lengths(encrypt, &encrypt_body(), "/plaintext");
}

#[test]
fn xks_083_ciphertext_of_4300_bytes_is_taken_with_8192_bytes_of_aad() {
    check_lengths(decrypt, &decrypt_body(), "/ciphertext");
}

#[test]
fn xks_061_aad_is_optional_and_has_up_to_8192_bytes() {
    for length in [0, 1, 33, 8191, 8192] {
        let body = with(
            encrypt_body(),
            "/additionalAuthenticatedData",
            base64(length),
        );
        let request = EncryptRequest::parse(body.to_string().as_bytes()).unwrap();
        assert_eq!(
            request.additional_authenticated_data.as_bytes(),
            vec![0x5a; length]
        );
    }
}

#[test]
fn xks_059_empty_plaintext_is_refused() {
    assert_eq!(
        encrypt(&with(encrypt_body(), "/plaintext", "")),
        Err(RequestFault::Empty("plaintext"))
    );
    assert!(is_validation(decrypt(&with(
        decrypt_body(),
        "/ciphertext",
        ""
    ))));
}

#[test]
fn xks_060_encryption_algorithm_is_aes_gcm() {
    for (parse, body, _) in all().into_iter().skip(1).take(2) {
        assert!(is_validation(parse(&without(
            body.clone(),
            "/encryptionAlgorithm"
        ))));
        for other in [
            json!("AES_GCM_256"),
            json!("aes_gcm"),
            json!(""),
            json!(1),
            Value::Null,
        ] {
            assert!(is_validation(parse(&with(
                body.clone(),
                "/encryptionAlgorithm",
                other
            ))));
        }
    }
}

#[test]
fn xks_062_absent_null_and_empty_aad_are_the_same() {
    let pointer = "/additionalAuthenticatedData";
    for body in [
        without(encrypt_body(), pointer),
        with(encrypt_body(), pointer, Value::Null),
        with(encrypt_body(), pointer, ""),
    ] {
        let request = EncryptRequest::parse(body.to_string().as_bytes()).unwrap();
        assert_eq!(request.additional_authenticated_data.as_bytes(), b"");
    }
    assert!(is_validation(encrypt(&with(encrypt_body(), pointer, 1))));
}

#[test]
fn xks_074_integrity_value_algorithm_is_sha_256() {
    let pointer = "/ciphertextDataIntegrityValueAlgorithm";
    let wanted = |body: Value| {
        EncryptRequest::parse(body.to_string().as_bytes())
            .map(|request| request.integrity_value_wanted)
    };
    assert_eq!(wanted(encrypt_body()), Ok(true));
    assert_eq!(wanted(without(encrypt_body(), pointer)), Ok(false));
    assert_eq!(
        wanted(with(encrypt_body(), pointer, Value::Null)),
        Ok(false)
    );
    for other in [json!("SHA_512"), json!("sha_256"), json!(""), json!(256)] {
        assert!(is_validation(encrypt(&with(
            encrypt_body(),
            pointer,
            other
        ))));
    }
}

#[test]
fn xks_082_decrypt_requires_ciphertext_vector_and_tag() {
    for field in ["ciphertext", "initializationVector", "authenticationTag"] {
        let pointer = format!("/{field}");
        let missing = Err(RequestFault::Missing(field));
        assert_eq!(decrypt(&without(decrypt_body(), &pointer)), missing);
        assert_eq!(
            decrypt(&with(decrypt_body(), &pointer, Value::Null)),
            missing
        );
        assert!(is_validation(decrypt(&with(
            decrypt_body(),
            &pointer,
            json!(["YQ=="])
        ))));
    }
    let request = DecryptRequest::parse(decrypt_body().to_string().as_bytes()).unwrap();
    assert_eq!(request.ciphertext_metadata.as_bytes(), b"key_version=1");
    let lengths = [
        &request.ciphertext,
        &request.initialization_vector,
        &request.authentication_tag,
    ];
    assert_eq!(lengths.map(Vec::len), [12, 12, 16]);
}

#[test]
fn xks_086_ciphertext_metadata_has_at_most_20_bytes() {
    let pointer = "/ciphertextMetadata";
    assert_eq!(decrypt(&with(decrypt_body(), pointer, base64(20))), Ok(()));
    assert_eq!(
        decrypt(&with(decrypt_body(), pointer, base64(21))),
        Err(RequestFault::CiphertextMetadataTooLong)
    );
    for body in [
        without(decrypt_body(), pointer),
        with(decrypt_body(), pointer, Value::Null),
    ] {
        let request = DecryptRequest::parse(body.to_string().as_bytes()).unwrap();
        assert_eq!(request.ciphertext_metadata.as_bytes(), b"");
    }
}

#[test]
fn xks_087_vector_and_tag_of_any_length_are_valid_requests() {
    for length in [0, 1, 11, 12, 15, 16, 17, 4096] {
        let body = with(decrypt_body(), "/initializationVector", base64(length));
        assert_eq!(
            decrypt(&with(body, "/authenticationTag", base64(length))),
            Ok(())
        );
    }
}

#[test]
fn xks_099_health_requires_metadata() {
    assert!(is_validation(get_health_status(&json!({}))));
    assert!(is_validation(get_health_status(
        &json!({"requestMetadata": {}})
    )));
}

#[test]
fn xks_129_texts_over_the_own_limit_are_unsupported() {
    for (outcome, field) in [
        (
            encrypt(&with(
                encrypt_body(),
                "/plaintext",
                base64(MAX_TEXT_BYTES + 1),
            )),
            "plaintext",
        ),
        (
            decrypt(&with(
                decrypt_body(),
                "/ciphertext",
                base64(MAX_TEXT_BYTES + 1),
            )),
            "ciphertext",
        ),
    ] {
        let fault = outcome.unwrap_err();
        assert_eq!(fault, RequestFault::TooLarge { field, max: 8192 });
        assert_eq!(fault.error(), XksError::UnsupportedOperation);
    }
}

#[test]
fn xks_130_aad_over_65535_bytes_is_unsupported() {
    let pointer = "/additionalAuthenticatedData";
    for (parse, body, _) in all().into_iter().skip(1).take(2) {
        assert_eq!(parse(&with(body.clone(), pointer, base64(65_535))), Ok(()));
        let fault = parse(&with(body, pointer, base64(65_536))).unwrap_err();
        assert_eq!(fault.error(), XksError::UnsupportedOperation);
    }
}

#[test]
fn xks_110_what_is_invalid_is_found_before_what_is_too_large() {
    for (parse, body, _) in all().into_iter().skip(1).take(2) {
        let large = with(body, "/additionalAuthenticatedData", base64(65_536));
        for pointer in ["/encryptionAlgorithm", "/requestMetadata/kmsKeyArn"] {
            assert!(is_validation(parse(&without(large.clone(), pointer))));
        }
    }
    let large = with(encrypt_body(), "/plaintext", base64(MAX_TEXT_BYTES + 1));
    assert!(is_validation(encrypt(&with(
        large,
        "/additionalAuthenticatedData",
        "a"
    ))));
    let large = with(decrypt_body(), "/ciphertext", base64(MAX_TEXT_BYTES + 1));
    assert!(is_validation(decrypt(&with(
        large,
        "/ciphertextMetadata",
        base64(21)
    ))));
}

#[test]
fn xks_107_bodies_that_are_not_an_object_are_invalid() {
    let parsers: [fn(&[u8]) -> Outcome; 4] = [
        |body| GetKeyMetadataRequest::parse(body).map(drop),
        |body| EncryptRequest::parse(body).map(drop),
        |body| DecryptRequest::parse(body).map(drop),
        |body| GetHealthStatusRequest::parse(body).map(drop),
    ];
    for parse in parsers {
        for body in [
            b"".as_slice(),
            b"[]",
            b"{}{}",
            b"\xef\xbb\xbf{}",
            b"{\"a\":1,\"a\":1}",
        ] {
            assert!(is_validation(parse(body)));
        }
    }
}

#[test]
fn xks_104_faults_name_members_and_never_values() {
    let body = with(encrypt_body(), "/plaintext", "c2VjcmV0IQ");
    let fault = encrypt(&body).unwrap_err();
    assert_eq!(
        fault.to_string(),
        "plaintext is not standard Base64 with padding"
    );
    let body = with(encrypt_body(), "/encryptionAlgorithm", "c2VjcmV0");
    assert_eq!(
        encrypt(&body).unwrap_err().to_string(),
        "encryptionAlgorithm is not AES_GCM"
    );
}

#[test]
fn xks_116_debug_shows_no_plaintext() {
    let request = EncryptRequest::parse(encrypt_body().to_string().as_bytes()).unwrap();
    let shown = format!("{request:?}");
    assert!(shown.contains("[redacted]"));
    assert!(!shown.contains("72, 101, 108"));
}
