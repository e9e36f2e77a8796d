use aws_credential_types::Credentials;
use aws_sigv4::http_request::{
    PayloadChecksumKind, SignableBody, SignableRequest, SigningSettings, sign,
};
use aws_sigv4::sign::v4;
use claviger_xks::sigv4::timestamp::Timestamp;

use super::*;

const SECRET: &str = "FYtE5EFA5FT0mCc3DrGUe2sti527BitkQ0Zr9MO9fvE";
const ID: &str = "AKIAI2SFODNN7EXAMPLE";

fn signing(time: SystemTime) -> Signing {
    let credential = Credential {
        access_key_id: ID.parse().unwrap(),
        secret_access_key: SECRET.parse().unwrap(),
    };
    Signing::with(&credential, "eu-central-1", time)
}

fn headers() -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert(HOST, HeaderValue::from_static("xks.example.com"));
    headers
}

#[test]
fn signature_is_that_of_the_aws_signer() {
    let time = SystemTime::UNIX_EPOCH + Duration::from_secs(1_795_900_000);
    let path = "/a/kms/xks/v1/health";
    let mut found = headers();
    signing(time)
        .sign(&Method::POST, path, &mut found, b"{}")
        .unwrap();

    let identity = Credentials::new(ID, SECRET, None, None, "test").into();
    let mut settings = SigningSettings::default();
    settings.payload_checksum_kind = PayloadChecksumKind::NoHeader;
    let parameters = v4::SigningParams::builder()
        .identity(&identity)
        .region("eu-central-1")
        .name(SERVICE)
        .time(time)
        .settings(settings)
        .build()
        .unwrap()
        .into();
    let request = SignableRequest::new(
        "POST",
        "https://xks.example.com/a/kms/xks/v1/health",
        std::iter::once(("host", "xks.example.com")),
        SignableBody::Bytes(b"{}"),
    )
    .unwrap();
    let (instructions, _) = sign(request, &parameters).unwrap().into_parts();
    for (name, value) in instructions.headers() {
        assert_eq!(found.get(name).unwrap(), value, "{name}");
    }
    assert!(
        found[AUTHORIZATION]
            .to_str()
            .unwrap()
            .contains("SignedHeaders=host;x-amz-date,")
    );
}

#[test]
fn times_are_those_that_the_verifier_reads() {
    for seconds in [
        0,
        951_782_400,
        951_825_600,
        951_868_799,
        951_868_800,
        1_709_251_199,
        4_107_542_400,
        253_402_300_799,
    ]
    .into_iter()
    .chain((0..3000).map(|month| month * 86_400 * 30 + 12_345))
    {
        let time = SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);
        let text = timestamp(time).unwrap();
        assert_eq!(Timestamp::parse(text.as_bytes()).unwrap().time(), time);
    }
    let last = SystemTime::UNIX_EPOCH + Duration::from_secs(253_402_300_799);
    let late = last + Duration::from_secs(1);
    assert_eq!(timestamp(late), Err(SigningFault::Time));
    let early = SystemTime::UNIX_EPOCH - Duration::from_secs(1);
    assert_eq!(timestamp(early), Err(SigningFault::Time));
}

#[test]
fn secrets_are_not_shown() {
    let signing = signing(SystemTime::UNIX_EPOCH);
    assert!(!format!("{signing:?}").contains(SECRET));
    let mut headers = headers();
    signing.sign(&Method::POST, "/", &mut headers, b"").unwrap();
    assert!(!format!("{headers:?}").contains("Signature"));
}

#[test]
fn control_characters_are_refused() {
    let mut signing = signing(SystemTime::UNIX_EPOCH);
    signing.access_key_id = "A\nB".to_owned();
    assert_eq!(
        signing.sign(&Method::POST, "/", &mut headers(), b""),
        Err(SigningFault::Characters)
    );
}
