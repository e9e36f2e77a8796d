//! Signed by `curl`, and by a signer written for these tests, which has only the
//! SHA-256 of `aws-lc-rs` in common with what is tested.

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::hmac;
use http::HeaderName;

use super::super::AuthenticationFault as Fault;
use super::*;
use crate::credential::Credential;
use crate::hex::text as hex;

mod credentials;
mod signature;

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
