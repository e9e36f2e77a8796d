use http::{HeaderMap, HeaderName, HeaderValue, Method};

use super::super::authorization_header::AuthorizationHeader;
use super::*;

const EMPTY_DIGEST: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

fn headers(fields: &[(&'static str, &'static str)]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for &(name, value) in fields {
        headers.append(
            HeaderName::from_static(name),
            HeaderValue::from_static(value),
        );
    }
    headers
}

fn canonical(
    headers: &HeaderMap,
    authority: Option<&str>,
    signed: &str,
) -> Result<String, AuthenticationFault> {
    let authorization = format!(
        "AWS4-HMAC-SHA256 Credential=A/20211009/r/kms-xks-proxy/aws4_request, \
         SignedHeaders={signed}, Signature={}",
        "0".repeat(64)
    );
    let authorization = AuthorizationHeader::parse(authorization.as_bytes()).unwrap();
    let request = UnauthenticatedRequest {
        method: &Method::POST,
        path: "/kms/xks/v1/health",
        authority,
        headers,
        body: b"",
    };
    canonical_request(&request, authorization.signed_headers(), &hex_digest(b""))
        .map(|bytes| String::from_utf8(bytes).unwrap())
}

fn expected(header_lines: &str, signed: &str) -> String {
    format!("POST\n/kms/xks/v1/health\n\n{header_lines}\n{signed}\n{EMPTY_DIGEST}")
}

#[test]
fn xks_027_method_path_empty_query_headers_and_body_hash() {
    let headers = headers(&[
        ("x-amz-date", "20211009T002031Z"),
        ("host", "xks.example.com"),
        ("z", "1"),
    ]);
    assert_eq!(
        canonical(&headers, None, "host;x-amz-date").unwrap(),
        expected(
            "host:xks.example.com\nx-amz-date:20211009T002031Z\n",
            "host;x-amz-date"
        )
    );
}

#[test]
fn xks_027_values_are_trimmed_and_repeated_headers_joined() {
    let headers = headers(&[("host", "h"), ("a", "  x   y  z "), ("a", "\t2"), ("b", "")]);
    assert_eq!(
        canonical(&headers, None, "a;b;host").unwrap(),
        expected("a:x y z,2\nb:\nhost:h\n", "a;b;host")
    );
}

#[test]
fn xks_028_the_headers_are_those_that_the_request_names() {
    let headers = headers(&[
        ("host", "h"),
        ("content-type", "application/json"),
        ("a", "1"),
    ]);
    assert_eq!(
        canonical(&headers, None, "content-type;host").unwrap(),
        expected(
            "content-type:application/json\nhost:h\n",
            "content-type;host"
        )
    );
    assert_eq!(
        canonical(&headers, None, "absent;host"),
        Err(AuthenticationFault::SignedHeaderMissing)
    );
}

#[test]
fn xks_030_authority_is_the_host_in_http_2() {
    let authority = Some("xks.example.com:8443");
    let none = headers(&[]);
    assert_eq!(
        canonical(&none, authority, "host").unwrap(),
        expected("host:xks.example.com:8443\n", "host")
    );
    assert_eq!(
        canonical(&none, authority, ":authority").unwrap(),
        expected(":authority:xks.example.com:8443\n", ":authority")
    );
    let same = headers(&[("host", "xks.example.com:8443")]);
    assert!(canonical(&same, authority, "host").is_ok());
    let other = headers(&[("host", "xks.example.com")]);
    assert_eq!(
        canonical(&other, authority, "host"),
        Err(AuthenticationFault::HostDiffersFromAuthority)
    );
}

#[test]
fn xks_030_http_1_has_one_host_header_and_no_authority() {
    assert_eq!(
        canonical(&headers(&[]), None, "a"),
        Err(AuthenticationFault::HostMissing)
    );
    assert_eq!(
        canonical(&headers(&[("host", "h"), ("host", "h")]), None, "host"),
        Err(AuthenticationFault::HostRepeated)
    );
    assert_eq!(
        canonical(&headers(&[("host", "h")]), None, ":authority"),
        Err(AuthenticationFault::SignedHeaderMissing)
    );
}
