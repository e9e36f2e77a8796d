use super::*;

fn key_uri(path: &str) -> Option<(&str, KeyApi, String)> {
    match XksUri::parse(path) {
        Ok(XksUri::Key {
            prefix,
            api,
            external_key_id,
        }) => Some((prefix, api, external_key_id.to_string())),
        Ok(XksUri::Health { .. }) | Err(InvalidUriPath) => None,
    }
}

fn is_refused(path: &str) -> bool {
    XksUri::parse(path).is_err()
}

#[test]
fn xks_001_prefix_is_empty_or_at_most_117_path_characters() {
    for good in ["", "/a", "/payments-7cq2", "/a/B_9/-", "/x/kms/xks/v1"] {
        assert_eq!(good.parse::<UriPathPrefix>().unwrap().as_str(), good);
    }
    let longest = format!("/{}", "p".repeat(116));
    let prefix: UriPathPrefix = longest.parse().unwrap();
    assert_eq!(prefix.proxy_uri_path().len(), 128);

    let faults = [
        ("a", UriPathPrefixFault::NoLeadingSlash),
        ("/", UriPathPrefixFault::TrailingSlash),
        ("/a/", UriPathPrefixFault::TrailingSlash),
        ("/a//b", UriPathPrefixFault::EmptySegment),
        ("/a.b", UriPathPrefixFault::Character('.')),
        ("/a%2f", UriPathPrefixFault::Character('%')),
        ("/\u{e9}", UriPathPrefixFault::Character('\u{e9}')),
        ("/a b", UriPathPrefixFault::Character(' ')),
    ];
    for (text, fault) in faults {
        assert_eq!(text.parse::<UriPathPrefix>(), Err(fault), "{text}");
    }
    let over = format!("{longest}p");
    assert_eq!(
        over.parse::<UriPathPrefix>(),
        Err(UriPathPrefixFault::TooLong { length: 118 })
    );
    let fix = UriPathPrefixFault::TooLong { length: 118 }.fix();
    assert_eq!(fix, format!("use at most {}", UriPathPrefix::MAX_BYTES));
}

#[test]
fn xks_002_exactly_four_paths_are_apis() {
    for prefix in ["", "/store-1", "/a/b"] {
        let apis = [
            ("metadata", KeyApi::GetKeyMetadata, Api::GetKeyMetadata),
            ("encrypt", KeyApi::Encrypt, Api::Encrypt),
            ("decrypt", KeyApi::Decrypt, Api::Decrypt),
        ];
        for (last, key_api, api) in apis {
            let path = format!("{prefix}/kms/xks/v1/keys/k1/{last}");
            assert_eq!(key_uri(&path), Some((prefix, key_api, "k1".to_owned())));
            let uri = XksUri::parse(&path).unwrap();
            assert_eq!((uri.prefix(), uri.api()), (prefix, api));
        }
        let path = format!("{prefix}/kms/xks/v1/health");
        let uri = XksUri::parse(&path).unwrap();
        assert_eq!(uri, XksUri::Health { prefix });
        assert_eq!((uri.prefix(), uri.api()), (prefix, Api::GetHealthStatus));
    }
    for other in [
        "",
        "/",
        "*",
        "/kms/xks/v1",
        "/kms/xks/v1/keys",
        "/kms/xks/v1/keys/k1",
        "/kms/xks/v1/keys/k1/create",
        "/kms/xks/v1/keys/k1/delete",
        "/kms/xks/v1/keys/encrypt",
        "/kms/xks/v1/keys//encrypt",
        "/kms/xks/v1/encrypt",
        "/kms/xks/v2/health",
        "/xks/v1/health",
        "kms/xks/v1/health",
        "a/kms/xks/v1/health",
        "/healthz",
        "https://a.example/kms/xks/v1/health",
    ] {
        assert!(is_refused(other), "{other}");
    }
}

#[test]
fn xks_003_a_path_of_more_than_256_bytes_is_refused() {
    let path = |prefix: usize, id: usize| {
        format!(
            "/{}/kms/xks/v1/keys/{}/encrypt",
            "p".repeat(prefix - 1),
            "k".repeat(id)
        )
    };
    // 11 + 6 + 8 bytes are fixed.
    assert_eq!(path(103, 128).len(), 256);
    assert!(key_uri(&path(103, 128)).is_some());
    assert!(is_refused(&path(104, 128)));
    assert!(is_refused(&path(117, 128)));
}

#[test]
fn xks_005_external_key_id_is_1_to_128_characters() {
    for good in ["a", "A-9_z.", "...", "-", &"k".repeat(128)] {
        assert_eq!(good.parse::<ExternalKeyId>().unwrap().as_str(), good);
        assert!(key_uri(&format!("/kms/xks/v1/keys/{good}/encrypt")).is_some());
    }
    let faults = [
        ("", ExternalKeyIdFault::Empty),
        ("a/b", ExternalKeyIdFault::Character('/')),
        ("a b", ExternalKeyIdFault::Character(' ')),
        ("a+b", ExternalKeyIdFault::Character('+')),
        ("\u{f6}", ExternalKeyIdFault::Character('\u{f6}')),
    ];
    for (text, fault) in faults {
        assert_eq!(text.parse::<ExternalKeyId>(), Err(fault));
    }
    let long = "k".repeat(129);
    assert_eq!(
        long.parse::<ExternalKeyId>(),
        Err(ExternalKeyIdFault::TooLong { length: 129 })
    );
    assert!(is_refused(&format!("/kms/xks/v1/keys/{long}/encrypt")));
}

#[test]
fn xks_007_nothing_is_normalised() {
    for path in [
        "/kms/xks/v1/keys/./encrypt",
        "/kms/xks/v1/keys/../encrypt",
        "/kms/xks/v1/keys/a/../encrypt",
        "/a/../kms/xks/v1/health",
        "//kms/xks/v1/health",
        "/a//kms/xks/v1/health",
        "/kms//xks/v1/health",
        "/kms/xks/v1//health",
        "/kms/xks/v1/health/",
        "/kms/xks/v1/health;v=1",
        "/kms/xks/v1/keys/k%31/encrypt",
        "/kms/xks/v1/keys/k1/%65ncrypt",
        "/%6bms/xks/v1/health",
        "/kms/xks/v1/keys/k1;x/encrypt",
        "/kms/xks/v1/keys/k1/encrypt/",
        "/kms\\xks/v1/health",
        "/kms/xks/v1/health#a",
    ] {
        assert!(is_refused(path), "{path}");
    }
}

#[test]
fn xks_008_path_is_case_sensitive_and_the_prefix_is_kept_byte_for_byte() {
    for path in [
        "/KMS/xks/v1/health",
        "/kms/xks/V1/health",
        "/kms/xks/v1/Health",
    ] {
        assert!(is_refused(path), "{path}");
    }
    // An extra segment is a different prefix, never the configured one.
    assert_eq!(
        XksUri::parse("/store/invalid/kms/xks/v1/health")
            .unwrap()
            .prefix(),
        "/store/invalid"
    );
    assert_eq!(
        XksUri::parse("/Store/kms/xks/v1/health").unwrap().prefix(),
        "/Store"
    );
}

#[test]
fn xks_008_a_prefix_may_contain_the_api_path() {
    assert_eq!(
        key_uri("/x/kms/xks/v1/kms/xks/v1/keys/health/encrypt"),
        Some(("/x/kms/xks/v1", KeyApi::Encrypt, "health".to_owned()))
    );
    assert_eq!(
        XksUri::parse("/kms/xks/v1/keys/k/kms/xks/v1/health"),
        Ok(XksUri::Health {
            prefix: "/kms/xks/v1/keys/k"
        })
    );
}

#[test]
fn xks_010_any_query_is_refused() {
    for query in ["?", "?a=b", "?X-Amz-Signature=00", "?/kms/xks/v1/health"] {
        assert!(is_refused(&format!("/kms/xks/v1/health{query}")), "{query}");
        assert!(
            is_refused(&format!("/kms/xks/v1/keys/k/encrypt{query}")),
            "{query}"
        );
    }
}
