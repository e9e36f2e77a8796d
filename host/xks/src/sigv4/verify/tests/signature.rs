//! What a signature covers, and what it may look like.

use super::*;
use crate::sigv4::authorization_header::AuthorizationHeaderFault;

#[test]
fn xks_025_request_of_kms_is_authenticated() {
    let authenticated = Case::kms().check().unwrap();
    assert_eq!(authenticated.access_key_id().as_str(), ID);
}

#[test]
fn xks_028_request_of_curl_is_authenticated() {
    // What curl 7.88.1 --aws-sigv4 sent.
    let case = Case {
        path: "/a/kms/xks/v1/health".to_owned(),
        fields: vec![
            ("host", "xks.example.com:18080".to_owned()),
            ("x-amz-date", "20261122T052735Z".to_owned()),
            ("content-type", "application/json".to_owned()),
        ],
        body: br#"{"requestMetadata":{"kmsOperation":"KmsHealthCheck","kmsRequestId":"1"}}"#
            .to_vec(),
        ..Case::kms()
    };
    let authorization = "AWS4-HMAC-SHA256 \
        Credential=AKIAI2SFODNN7EXAMPLE/20261122/us-east-1/kms-xks-proxy/aws4_request, \
        SignedHeaders=content-type;host;x-amz-date, \
        Signature=99057c93caf84e0010f4bd3dd229259b12558331321717c8cbf7e3c5a97ce717";
    let now = at("20261122T052736Z");
    assert!(
        case.check_with(&[authorization], &credentials(), now)
            .is_ok()
    );
}

#[test]
fn xks_025_an_unsigned_request_is_refused() {
    let case = Case::kms();
    let check = |authorization: &[&str]| {
        case.check_with(authorization, &credentials(), at(DATE))
            .unwrap_err()
    };
    assert_eq!(check(&[]), Fault::AuthorizationMissing);
    assert_eq!(
        check(&["Basic QUtJQTpzZWNyZXQ="]),
        Fault::Authorization(AuthorizationHeaderFault::Algorithm)
    );
}

#[test]
fn xks_027_every_signed_part_counts() {
    let kms = Case::kms();
    let authorization = kms.authorization();
    let altered = [
        Case {
            path: "/a/kms/xks/v1/Health".to_owned(),
            ..kms.clone()
        },
        Case {
            body: b"{} ".to_vec(),
            ..kms.clone()
        },
        Case {
            body: Vec::new(),
            ..kms.clone()
        },
        Case {
            fields: vec![
                ("host", "xks.example.org".to_owned()),
                ("x-amz-date", DATE.to_owned()),
            ],
            ..kms.clone()
        },
        Case {
            fields: vec![
                ("host", HOST.to_owned()),
                ("x-amz-date", "20211009T002032Z".to_owned()),
            ],
            ..kms.clone()
        },
    ];
    for case in altered {
        let found = case.check_with(&[&authorization], &credentials(), at(DATE));
        assert_eq!(found, Err(Fault::Signature));
    }
    // Headers that are not signed may change on the way.
    let mut more = kms;
    more.fields.push(("x-forwarded-for", "10.0.0.1".to_owned()));
    assert!(
        more.check_with(&[&authorization], &credentials(), at(DATE))
            .is_ok()
    );
}

#[test]
fn xks_029_host_and_date_are_signed() {
    let mut case = Case::kms();
    (case.signed_names, case.signed_values) = (vec!["x-amz-date"], vec![DATE.to_owned()]);
    assert_eq!(case.fault(), Fault::HostNotSigned);
    (case.signed_names, case.signed_values) = (vec!["host"], vec![HOST.to_owned()]);
    assert_eq!(case.fault(), Fault::DateNotSigned);
}

#[test]
fn xks_030_http_2_signs_the_authority_under_either_name() {
    let date = ("x-amz-date", DATE.to_owned());
    let mut case = Case {
        authority: Some(HOST.to_owned()),
        fields: vec![date.clone()],
        ..Case::kms()
    };
    assert!(case.check().is_ok());
    case.signed_names = vec![":authority", "x-amz-date"];
    assert!(case.check().is_ok());
    case.fields = vec![date.clone(), ("host", HOST.to_owned())];
    assert!(case.check().is_ok());
    case.fields = vec![date, ("host", "xks.example.org".to_owned())];
    assert_eq!(case.fault(), Fault::HostDiffersFromAuthority);
}

#[test]
fn xks_031_another_secret_or_scope_is_refused() {
    let secret = Case {
        secret: OTHER_SECRET.to_owned(),
        ..Case::kms()
    };
    assert_eq!(secret.fault(), Fault::Signature);
    let kms = Case::kms();
    let moved = kms.authorization().replace("us-west-2", "us-east-1");
    let found = kms.check_with(&[&moved], &credentials(), at(DATE));
    assert_eq!(found, Err(Fault::Signature));
}

#[test]
fn xks_038_repeated_headers_and_other_kinds_of_signature_are_refused() {
    let kms = Case::kms();
    let authorization = kms.authorization();
    assert_eq!(
        kms.check_with(&[&authorization, &authorization], &credentials(), at(DATE)),
        Err(Fault::AuthorizationRepeated)
    );
    let with = |name, value: &str| {
        let mut case = kms.clone();
        case.fields.push((name, value.to_owned()));
        case
    };
    assert_eq!(with("x-amz-date", DATE).fault(), Fault::DateRepeated);
    assert_eq!(with("host", HOST).fault(), Fault::HostRepeated);
    assert_eq!(
        with("x-amz-security-token", "t").fault(),
        Fault::SecurityToken
    );
    for claim in ["UNSIGNED-PAYLOAD", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD", ""] {
        assert_eq!(
            with("x-amz-content-sha256", claim).fault(),
            Fault::PayloadHash
        );
    }
    let digest = hex(digest(&SHA256, b"{}").as_ref());
    assert!(with("x-amz-content-sha256", &digest).check().is_ok());
}

#[test]
fn xks_117_debug_shows_neither_signature_nor_body() {
    let case = Case {
        body: b"c2VjcmV0".to_vec(),
        ..Case::kms()
    };
    let authorization = case.authorization();
    let header = AuthorizationHeader::parse(authorization.as_bytes()).unwrap();
    assert!(!format!("{header:?}").contains(header.signature()));
    let mut headers = HeaderMap::new();
    headers.insert(AUTHORIZATION, authorization.parse().unwrap());
    let request = UnauthenticatedRequest {
        method: &Method::POST,
        path: &case.path,
        authority: None,
        headers: &headers,
        body: &case.body,
    };
    let shown = format!("{request:?}");
    assert!(!shown.contains("Signature") && !shown.contains("99, 50, 86"));
    assert!(!format!("{:?}", credentials()).contains(SECRET));
}
