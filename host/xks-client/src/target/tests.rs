use super::*;

#[test]
fn endpoints_are_what_the_kms_api_takes() {
    for good in ["https://xks.example.com", "https://ab", "https://LOCALHOST"] {
        let endpoint: Endpoint = good.parse().unwrap();
        assert_eq!(format!("https://{}", endpoint.host()), good);
    }
    let longest = format!("https://{}", "a".repeat(120));
    assert!(longest.parse::<Endpoint>().is_ok());
    for (bad, fault) in [
        ("http://xks.example.com", EndpointFault::Scheme),
        ("xks.example.com", EndpointFault::Scheme),
        ("https://xks.example.com:443", EndpointFault::Port),
        ("https://xks.example.com/", EndpointFault::Path),
        ("https://xks_example.com", EndpointFault::Character('_')),
        ("https://a", EndpointFault::Length { length: 9 }),
    ] {
        assert_eq!(bad.parse::<Endpoint>(), Err(fault), "{bad}");
    }
    assert_eq!(
        format!("{longest}a").parse::<Endpoint>(),
        Err(EndpointFault::Length { length: 129 })
    );
}

#[test]
fn uri_paths_are_what_the_kms_api_takes() {
    for good in [
        "/kms/xks/v1",
        "/kms/xks/v12",
        "/a/kms/xks/v1",
        "/a//b_-/kms/xks/v1",
        "//kms/xks/v1/kms/xks/v1",
    ] {
        assert!(good.parse::<UriPath>().is_ok(), "{good}");
    }
    for (bad, fault) in [
        ("kms/xks/v1", UriPathFault::NoLeadingSlash),
        ("//kms/xks/v1", UriPathFault::NoApiPath),
        ("/kms/xks/v", UriPathFault::NoApiPath),
        ("/kms/xks/v100", UriPathFault::NoApiPath),
        ("/kms/xks/v1/", UriPathFault::NoApiPath),
        ("/kms/xks", UriPathFault::NoApiPath),
        ("/a.b/kms/xks/v1", UriPathFault::Character('.')),
    ] {
        assert_eq!(bad.parse::<UriPath>(), Err(fault), "{bad}");
    }
    let longest = format!("/{}/kms/xks/v1", "a".repeat(116));
    assert!(longest.parse::<UriPath>().is_ok());
    assert_eq!(
        longest.replacen("/a", "/aa", 1).parse::<UriPath>(),
        Err(UriPathFault::Length { length: 129 })
    );
}

#[test]
fn paths_of_the_four_apis() {
    let path: UriPath = "/a/kms/xks/v1".parse().unwrap();
    let key = "key.1".parse().unwrap();
    assert_eq!(path.health(), "/a/kms/xks/v1/health");
    assert_eq!(path.metadata(&key), "/a/kms/xks/v1/keys/key.1/metadata");
    assert_eq!(path.encrypt(&key), "/a/kms/xks/v1/keys/key.1/encrypt");
    assert_eq!(path.decrypt(&key), "/a/kms/xks/v1/keys/key.1/decrypt");
}
