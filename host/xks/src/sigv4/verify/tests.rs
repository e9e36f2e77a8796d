//! Signed by `curl`, and by a signer that shares no code with the one tested.

use std::time::Duration;

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::hmac;
use http::HeaderName;

use super::super::AuthenticationFault as Fault;
use super::super::DuplicateAccessKeyId;
use super::super::authorization_header::AuthorizationHeaderFault;
use super::super::timestamp::TimestampFault;
use super::*;
use crate::credential::Credential;

const ID: &str = "AKIAI2SFODNN7EXAMPLE";
const SECRET: &str = "FYtE5EFA5FT0mCc3DrGUe2sti527BitkQ0Zr9MO9fvE";
const OTHER_ID: &str = "HGIE2BUAFNDMBCMSQVWLGCEXAMPLE";
const OTHER_SECRET: &str = "VU6W2byoiBrhDqNGbx703oL0syCAmhlQgwNUT123456";
const DATE: &str = "20211009T002031Z";
const HOST: &str = "xks.example.com";

fn credential(id: &str, secret: &str) -> Credential {
    Credential {
        access_key_id: id.parse().unwrap(),
        secret_access_key: secret.parse().unwrap(),
    }
}

fn credentials() -> Credentials {
    Credentials::new([credential(ID, SECRET), credential(OTHER_ID, OTHER_SECRET)]).unwrap()
}

fn at(text: &str) -> SystemTime {
    Timestamp::parse(text.as_bytes()).unwrap().time()
}

fn hex(bytes: &[u8]) -> String {
    bytes
        .iter()
        .flat_map(|byte| [byte >> 4, byte & 15])
        .map(|nibble| char::from_digit(nibble.into(), 16).unwrap())
        .collect()
}

fn hmac_sha256(key: &[u8], text: &str) -> Vec<u8> {
    hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), text.as_bytes())
        .as_ref()
        .to_vec()
}

/// A request and what its signer says about it; tests change one thing each.
#[derive(Clone)]
struct Case {
    id: String,
    secret: String,
    date: String,
    scope: String,
    signed_names: Vec<&'static str>,
    signed_values: Vec<String>,
    signed_body: Vec<u8>,
    path: String,
    authority: Option<String>,
    fields: Vec<(&'static str, String)>,
    body: Vec<u8>,
}

impl Case {
    /// What AWS KMS sends over HTTP/1.1.
    fn kms() -> Self {
        Self {
            id: ID.to_owned(),
            secret: SECRET.to_owned(),
            date: DATE.to_owned(),
            scope: "20211009/us-west-2/kms-xks-proxy/aws4_request".to_owned(),
            signed_names: vec!["host", "x-amz-date"],
            signed_values: vec![HOST.to_owned(), DATE.to_owned()],
            signed_body: b"{}".to_vec(),
            path: "/a/kms/xks/v1/health".to_owned(),
            authority: None,
            fields: vec![("host", HOST.to_owned()), ("x-amz-date", DATE.to_owned())],
            body: b"{}".to_vec(),
        }
    }

    fn signed_at(date: &str) -> Self {
        let kms = Self::kms();
        Self {
            date: date.to_owned(),
            scope: format!("{}/us-west-2/kms-xks-proxy/aws4_request", &date[..8]),
            signed_values: vec![HOST.to_owned(), date.to_owned()],
            fields: vec![("host", HOST.to_owned()), ("x-amz-date", date.to_owned())],
            ..kms
        }
    }

    fn authorization(&self) -> String {
        let fields: Vec<_> = self
            .signed_names
            .iter()
            .zip(&self.signed_values)
            .map(|(name, value)| format!("{name}:{value}\n"))
            .collect();
        let names = self.signed_names.join(";");
        let canonical = format!(
            "POST\n{}\n\n{}\n{names}\n{}",
            self.path,
            fields.concat(),
            hex(digest(&SHA256, &self.signed_body).as_ref())
        );
        let string_to_sign = format!(
            "AWS4-HMAC-SHA256\n{}\n{}\n{}",
            self.date,
            self.scope,
            hex(digest(&SHA256, canonical.as_bytes()).as_ref())
        );
        let key = self
            .scope
            .split('/')
            .fold(format!("AWS4{}", self.secret).into_bytes(), |key, part| {
                hmac_sha256(&key, part)
            });
        format!(
            "AWS4-HMAC-SHA256 Credential={}/{}, SignedHeaders={names}, Signature={}",
            self.id,
            self.scope,
            hex(&hmac_sha256(&key, &string_to_sign))
        )
    }

    fn check_with(
        &self,
        authorization: &[&str],
        credentials: &Credentials,
        now: SystemTime,
    ) -> Result<Authenticated, Fault> {
        let mut headers = HeaderMap::new();
        for (name, value) in &self.fields {
            headers.append(HeaderName::from_static(name), value.parse().unwrap());
        }
        for value in authorization {
            headers.append(AUTHORIZATION, value.parse().unwrap());
        }
        let request = UnauthenticatedRequest {
            method: &Method::POST,
            path: &self.path,
            authority: self.authority.as_deref(),
            headers: &headers,
            body: &self.body,
        };
        authenticate(&request, credentials, now)
    }

    fn check(&self) -> Result<Authenticated, Fault> {
        self.check_with(&[&self.authorization()], &credentials(), at(DATE))
    }

    fn fault(&self) -> Fault {
        self.check().unwrap_err()
    }
}

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
fn xks_032_300_seconds_pass_and_more_do_not() {
    let kms = Case::kms();
    let check = |now| kms.check_with(&[&kms.authorization()], &credentials(), now);
    let limit = Duration::from_mins(5);
    assert!(check(at(DATE) + limit).is_ok());
    assert!(check(at(DATE) - limit).is_ok());
    for beyond in [Duration::from_secs(301), Duration::from_millis(300_001)] {
        let seconds = beyond.as_secs();
        assert_eq!(check(at(DATE) + beyond), Err(Fault::Skew { seconds }));
        assert_eq!(check(at(DATE) - beyond), Err(Fault::Skew { seconds }));
    }
}

#[test]
fn xks_033_date_has_one_form_and_is_that_of_the_scope() {
    let mut case = Case::kms();
    case.fields[1].1 = "2021-10-09T00:20:31Z".to_owned();
    assert_eq!(case.fault(), Fault::Date(TimestampFault));
    case.fields.truncate(1);
    assert_eq!(case.fault(), Fault::DateMissing);
    let mut case = Case::kms();
    case.scope = "20211008/us-west-2/kms-xks-proxy/aws4_request".to_owned();
    assert_eq!(case.fault(), Fault::DateOutOfScope);
}

#[test]
fn xks_034_access_key_ids_are_unique() {
    let twice = [credential(ID, SECRET), credential(ID, OTHER_SECRET)];
    assert_eq!(
        Credentials::new(twice).unwrap_err(),
        DuplicateAccessKeyId(ID.parse().unwrap())
    );
    assert_eq!(
        credentials()
            .access_key_ids()
            .map(AccessKeyId::as_str)
            .collect::<Vec<_>>(),
        [ID, OTHER_ID]
    );
}

#[test]
fn xks_035_unknown_and_malformed_ids_are_authentication_faults() {
    for id in ["AKIAI2SFODNN7EXAMPLF", "akiai2sfodnn7example", "x"] {
        let case = Case {
            id: id.to_owned(),
            ..Case::kms()
        };
        assert_eq!(case.fault(), Fault::UnknownAccessKeyId, "{id}");
    }
    let none = Credentials::new([]).unwrap();
    let kms = Case::kms();
    assert_eq!(
        kms.check_with(&[&kms.authorization()], &none, at(DATE)),
        Err(Fault::UnknownAccessKeyId)
    );
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
fn xks_039_every_fault_is_the_same_401() {
    for fault in [
        Fault::UnknownAccessKeyId,
        Fault::Signature,
        Fault::Skew { seconds: 301 },
    ] {
        assert_eq!(fault.error().status(), 401);
        assert_eq!(fault.error().name(), "AuthenticationFailedException");
    }
}

#[test]
fn xks_040_any_region_signs() {
    for region in ["us-east-1", "eu-central-1", "us-gov-west-1", "mars-1"] {
        let scope = format!("20211009/{region}/kms-xks-proxy/aws4_request");
        assert!(
            Case {
                scope,
                ..Case::kms()
            }
            .check()
            .is_ok()
        );
    }
}

#[test]
fn xks_041_a_repeated_request_is_served_again() {
    let (kms, credentials) = (Case::kms(), credentials());
    for _ in 0..3 {
        assert!(
            kms.check_with(&[&kms.authorization()], &credentials, at(DATE))
                .is_ok()
        );
    }
}

#[test]
fn xks_122_several_credentials_are_valid_at_once() {
    let credentials = credentials();
    let check = |case: &Case, now| {
        let authenticated = case
            .check_with(&[&case.authorization()], &credentials, now)
            .unwrap();
        authenticated.access_key_id().to_string()
    };
    let old = Case::kms();
    let new = Case {
        id: OTHER_ID.into(),
        secret: OTHER_SECRET.into(),
        ..Case::kms()
    };
    let next_day = Case::signed_at("20211010T002031Z");
    let elsewhere = Case {
        scope: "20211009/us-east-1/kms-xks-proxy/aws4_request".into(),
        ..Case::kms()
    };
    for _ in 0..2 {
        assert_eq!(check(&old, at(DATE)), ID);
        assert_eq!(check(&new, at(DATE)), OTHER_ID);
        // Neither another day nor another Region is answered from a kept key.
        assert_eq!(check(&next_day, at("20211010T002031Z")), ID);
        assert_eq!(check(&elsewhere, at(DATE)), ID);
    }
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
