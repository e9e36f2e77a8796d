use super::{LEAST, SECOND, faults, parse, warnings, with};
use crate::AadConventions;
use claviger_xks::framing::AadConvention;
use std::num::NonZeroU32;

#[test]
fn xks_001_a_prefix_of_another_form_is_refused() {
    let prefixed = |prefix: &str| with("\"/payments-7cq2\"", &format!("\"{prefix}\""));
    let long = format!("/{}", "a".repeat(117));
    for (prefix, fault) in [
        (
            "payments",
            "does not begin with a slash; write /payments instead of payments, or leave it empty",
        ),
        (
            "/a/",
            "ends with a slash; leave it out, /kms/xks/v1 follows by itself",
        ),
        (
            "/a:b",
            "has the character ':'; use only A-Z, a-z, 0-9, slash, dash and underscore",
        ),
        (
            &long,
            "has 118 characters, but AWS KMS takes 128 for prefix and /kms/xks/v1 together; \
             use at most 117",
        ),
    ] {
        let expected = format!("key_store[0].uri_path_prefix: {fault}");
        assert_eq!(faults(&prefixed(prefix)), [expected]);
    }
    for prefix in ["", &long[..117]] {
        assert_eq!(faults(&prefixed(prefix)), [""; 0]);
    }
}

#[test]
fn flt_84_a_prefix_with_the_path_of_the_api_is_refused() {
    let prefixed = |prefix: &str| faults(&with("\"/payments-7cq2\"", &format!("\"{prefix}\"")));
    for (prefix, before) in [
        ("/payments/kms/xks/v1", "/payments"),
        ("/payments/kms/xks/v1/health", "/payments"),
        ("/kms/xks/v1", ""),
    ] {
        let expected = format!(
            "key_store[0].uri_path_prefix: contains /kms/xks/v1, which follows the prefix by \
             itself; leave it out: \"{before}\""
        );
        assert_eq!(prefixed(prefix), [expected]);
    }
    assert_eq!(prefixed("/kms/xks/v10"), [""; 0]);
}

#[test]
fn xks_004_a_prefix_that_leaves_little_room_for_the_endpoint_is_warned_of() {
    let prefixed = |length: usize| {
        let policy = "[[key_store.policy]]\nplugin = \"software\"\n";
        let prefix = format!("\"/{}\"", "a".repeat(length - 1));
        warnings(&(with("\"/payments-7cq2\"", &prefix) + policy))
    };
    assert_eq!(prefixed(54), [""; 0]);
    assert_eq!(
        prefixed(55),
        [
            "key_store[0].uri_path_prefix: requests for the longest key ids fit only with an \
          endpoint, https:// included, of at most 47 characters; \
          shorten the prefix, or use shorter key ids"
        ]
    );
    assert!(prefixed(117)[0].contains("at most 0 characters"));
}

#[test]
fn xks_034_one_access_key_id_twice_in_a_key_store_is_refused() {
    let again = "[[key_store.credential]]\n\
                 access_key_id = \"CLAVIGEREXAMPLEKEYID234\"\n\
                 secret_access_key_env = \"SECRET\"\n\
                 [key_store.backend]";
    assert_eq!(
        faults(&with("[key_store.backend]", again)),
        [
            "key_store[0].credential[1].access_key_id: the same as in key_store[0].credential[0]; \
          give each its own `access_key_id`"
        ]
    );
    // Another key store is another prefix, and may have the same id.
    assert_eq!(faults(&format!("{LEAST}{SECOND}")), [""; 0]);
}

#[test]
fn xks_036_an_access_key_id_of_another_form_is_refused() {
    let long = "A".repeat(31);
    for (id, fault) in [
        (
            "ABCDEFGHIJKLMNOPQRS",
            "has 19 characters; use 20 to 30 of A-Z and 2-7",
        ),
        (&long, "has 31 characters; use 20 to 30 of A-Z and 2-7"),
        (
            "abcdefghijklmnopqrst",
            "has the character 'a'; use only A-Z and 2-7",
        ),
        (
            "ABCDE12345670EXAMPLE",
            "has the character '1'; use only A-Z and 2-7",
        ),
    ] {
        let expected = format!("key_store[0].credential[0].access_key_id: {fault}");
        assert_eq!(faults(&with("CLAVIGEREXAMPLEKEYID234", id)), [expected]);
    }
}

#[test]
fn xks_122_several_credentials_are_valid_at_once() {
    let more = "[[key_store.credential]]\n\
                access_key_id = \"CLAVIGEREXAMPLEKEYID567\"\n\
                secret_access_key_env = \"SECRET\"\n\
                [key_store.backend]";
    let configuration = parse(&with("[key_store.backend]", more)).unwrap();
    assert_eq!(configuration.key_stores[0].credentials.len(), 2);
}

#[test]
fn xks_128_a_prefix_or_name_of_two_key_stores_is_refused() {
    let twice = SECOND.replace("\"/invoices\"", "\"/payments-7cq2\"");
    assert_eq!(
        faults(&format!("{LEAST}{twice}")),
        [
            "key_store[1].uri_path_prefix: the same as in key_store[0]; \
          give each its own `uri_path_prefix`"
        ]
    );
    let twice = SECOND.replace("\"invoices\"", "\"payments\"");
    assert_eq!(
        faults(&format!("{LEAST}{twice}")),
        ["key_store[1].name: the same as in key_store[0]; give each its own `name`"]
    );
}

#[test]
fn xks_128_a_key_store_without_credentials_is_refused() {
    let text = LEAST.replace("[[key_store.credential]]", "[plugin_cache]").replace(
        "access_key_id = \"CLAVIGEREXAMPLEKEYID234\"\nsecret_access_key_file = \"payments.secret\"",
        "directory = \"cache\"",
    );
    let expected = "key_store[0].credential: missing: nobody could call this key store; \
                    add a [[key_store.credential]] table; \
                    `claviger credential new` makes what it names";
    assert_eq!(faults(&text), [expected]);
    let empty = text.replace(
        "name = \"payments\"",
        "name = \"payments\"\ncredential = []",
    );
    assert_eq!(faults(&empty), [expected]);
}

#[test]
fn a_key_store_without_a_policy_is_warned_of() {
    assert_eq!(
        warnings(LEAST),
        [
            "key_store[0].policy: no policy: this key store trusts SigV4 alone, and whoever holds \
          a credential may use every key; add a [[key_store.policy]] table"
        ]
    );
}

#[test]
fn secrets_written_into_the_file_are_refused_and_not_repeated() {
    let secret = "secret_access_key = \"hunter2hunter2\"";
    assert_eq!(
        faults(&with(
            "secret_access_key_file = \"payments.secret\"",
            secret
        )),
        [
            "key_store[0].credential[0].secret_access_key: secrets do not belong in this file; \
             put it in a file of mode 0600 and name that with `secret_access_key_file`",
            "key_store[0].credential[0].secret_access_key_file: missing; \
             name the file of mode 0600 that holds the secret access key, \
             or an environment variable with `secret_access_key_env`",
        ]
    );
    let debug = format!(
        "{:?}",
        parse(&format!("{LEAST}settings = {{ pin = \"hunter2\" }}")).unwrap()
    );
    assert!(!debug.contains("hunter2"), "{debug}");
}

#[test]
fn a_secret_has_one_place() {
    let file = "secret_access_key_file = \"payments.secret\"";
    assert_eq!(
        faults(&with(
            file,
            &format!("{file}\nsecret_access_key_env = \"SECRET\"")
        )),
        [
            "key_store[0].credential[0].secret_access_key_env: a second place for the same secret; \
          remove this or `secret_access_key_file`"
        ]
    );
    assert_eq!(
        faults(&with(file, "secret_access_key_env = \"$SECRET\"")),
        [
            "key_store[0].credential[0].secret_access_key_env: not the name of an environment \
          variable; use letters, digits and _, and write the name without $"
        ]
    );
}

fn with_aad_convention(word: &str) -> String {
    let line = "uri_path_prefix = \"/payments-7cq2\"";
    with(line, &format!("{line}\naad_convention = \"{word}\""))
}

#[test]
fn the_aad_convention_is_that_of_the_specification_unless_set() {
    let conventions = |text: &str| parse(text).unwrap().key_stores[0].aad_conventions;
    assert_eq!(conventions(LEAST), AadConventions::Specification);
    for (word, expected, to_encrypt, open_sample_proxy) in [
        (
            "specification",
            AadConventions::Specification,
            AadConvention::Specification,
            false,
        ),
        (
            "decrypt-sample-proxy",
            AadConventions::DecryptSampleProxy,
            AadConvention::Specification,
            true,
        ),
        (
            "sample-proxy",
            AadConventions::SampleProxy,
            AadConvention::SampleProxy,
            true,
        ),
    ] {
        let found = conventions(&with_aad_convention(word));
        assert_eq!(found, expected);
        assert_eq!(found.to_encrypt(), to_encrypt);
        assert_eq!(found.open_sample_proxy(), open_sample_proxy);
    }
    assert_eq!(
        faults(&with_aad_convention("sha-256")),
        [
            "key_store[0].aad_convention: `sha-256` is not a choice here; \
             write \"specification\", \"decrypt-sample-proxy\" or \"sample-proxy\""
        ]
    );
}

#[test]
fn the_aad_convention_of_the_sample_proxy_is_warned_of() {
    let of = |word| {
        let mut warnings = warnings(&with_aad_convention(word));
        warnings.retain(|warning| warning.contains("aad_convention"));
        warnings
    };
    assert_eq!(of("specification"), [""; 0]);
    assert_eq!(
        of("decrypt-sample-proxy"),
        [
            "key_store[0].aad_convention: ciphertexts of AWS's sample proxy are opened too; \
             remove the setting when none of them is left; the audit records show which were opened"
        ]
    );
    assert_eq!(
        of("sample-proxy"),
        [
            "key_store[0].aad_convention: new ciphertexts are made as AWS's sample proxy makes \
             them, without the version of their key, so no key may be rotated; \
             write \"decrypt-sample-proxy\" when the last sample proxy is out of service"
        ]
    );
}

#[test]
fn xks_132_quotas_of_a_key_store_are_optional_and_bounded() {
    let none = &parse(LEAST).unwrap().key_stores[0];
    assert_eq!(
        (none.requests_in_flight, none.requests_per_second),
        (None, None)
    );
    let quotas = |value: &str| {
        let quotas = format!("requests_in_flight = {value}\nrequests_per_second = {value}\n");
        with("uri_path_prefix", &format!("{quotas}uri_path_prefix"))
    };
    let read = &parse(&quotas("7")).unwrap().key_stores[0];
    assert_eq!(read.requests_in_flight, Some(7));
    assert_eq!(read.requests_per_second.map(NonZeroU32::get), Some(7));
    assert_eq!(
        faults(&quotas("0")),
        [
            "key_store[0].requests_in_flight: out of range; write a whole number from 1 to 65536",
            "key_store[0].requests_per_second: out of range; write a whole number from 1 to 1000000",
        ]
    );
}
