//! Requests written as text: a path, header fields, an empty line, a body.
//!
//! The canonical request is compared with one made here in the plainest way, and
//! what is signed over it is authenticated, but not with another body.

#![no_main]

use std::collections::BTreeMap;

use aws_sigv4::sign::v4::{calculate_signature, generate_signing_key};
use claviger_xks::credential::Credential;
use claviger_xks::sigv4::authorization_header::{AuthorizationHeader, MAX_SIGNED_HEADERS};
use claviger_xks::sigv4::canonical_request::{canonical_request, hex_digest};
use claviger_xks::sigv4::timestamp::Timestamp;
use claviger_xks::sigv4::{Credentials, UnauthenticatedRequest, authenticate};
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use libfuzzer_sys::fuzz_target;

const ID: &str = "AKIAI2SFODNN7EXAMPLE";
const SECRET: &str = "FYtE5EFA5FT0mCc3DrGUe2sti527BitkQ0Zr9MO9fvE";
const DATE: &str = "20211009T002031Z";
const SCOPE: &str = "20211009/us-west-2/kms-xks-proxy/aws4_request";

fuzz_target!(|text: &[u8]| {
    let Some(mut sent) = Sent::read(text) else {
        return;
    };
    let names = sent.names_to_sign();
    if names.len() > MAX_SIGNED_HEADERS {
        return;
    }
    let expected = sent.plain_canonical_request(&names);
    let authorization = authorization(&names, &expected);

    let header = AuthorizationHeader::parse(authorization.as_bytes());
    let signed_headers = header.expect("a well-formed header").signed_headers();
    let digest = hex_digest(&sent.body);
    let found = canonical_request(&sent.request(), signed_headers, &digest);
    assert_eq!(found.as_deref(), Ok(expected.as_slice()));

    let mut credential = Credential::generate().expect("random bytes");
    credential.access_key_id = ID.parse().expect("an id");
    credential.secret_access_key = SECRET.parse().expect("a secret");
    let credentials = Credentials::new([credential]).expect("one credential");
    let now = Timestamp::parse(DATE.as_bytes()).expect("a date").time();
    let value = HeaderValue::from_str(&authorization).expect("printable");
    sent.headers.insert("authorization", value);
    // Twice: the second time with the signing key that was kept.
    assert!(authenticate(&sent.request(), &credentials, now).is_ok());
    assert!(authenticate(&sent.request(), &credentials, now).is_ok());
    sent.body.push(0);
    assert!(authenticate(&sent.request(), &credentials, now).is_err());
});

struct Sent {
    path: String,
    authority: Option<String>,
    headers: HeaderMap,
    body: Vec<u8>,
}

impl Sent {
    fn read(text: &[u8]) -> Option<Self> {
        let mut lines = text.splitn(2, |&byte| byte == b'\n');
        let path = str::from_utf8(lines.next()?).ok()?.to_owned();
        let mut rest = lines.next().unwrap_or_default();
        let (mut headers, mut authority) = (HeaderMap::new(), None);
        loop {
            let mut lines = rest.splitn(2, |&byte| byte == b'\n');
            let line = lines.next().unwrap_or_default();
            rest = lines.next().unwrap_or_default();
            if line.is_empty() {
                break;
            }
            if let Some(value) = line.strip_prefix(b":authority:") {
                // A host has no white space in it, whoever sends it.
                authority = Some(str::from_utf8(value.trim_ascii()).ok()?.to_owned());
                continue;
            }
            let colon = line.iter().position(|&byte| byte == b':')?;
            let name = HeaderName::from_bytes(&line[..colon]).ok()?;
            headers.append(name, HeaderValue::from_bytes(&line[colon + 1..]).ok()?);
        }
        for name in [
            "authorization",
            "x-amz-security-token",
            "x-amz-content-sha256",
        ] {
            headers.remove(name);
        }
        headers.insert("x-amz-date", HeaderValue::from_static(DATE));
        match &authority {
            Some(authority) => {
                headers.insert("host", HeaderValue::from_str(authority).ok()?);
            }
            None => {
                let host = headers.remove("host");
                headers.insert("host", host.unwrap_or(HeaderValue::from_static("h")));
            }
        }
        Some(Self {
            path,
            authority,
            headers,
            body: rest.to_vec(),
        })
    }

    fn request(&self) -> UnauthenticatedRequest<'_> {
        UnauthenticatedRequest {
            method: &Method::POST,
            path: &self.path,
            authority: self.authority.as_deref(),
            headers: &self.headers,
            body: &self.body,
        }
    }

    fn names_to_sign(&self) -> Vec<String> {
        let mut names: Vec<_> = self
            .headers
            .keys()
            .map(|name| name.as_str().to_owned())
            .collect();
        names.extend(self.authority.is_some().then(|| ":authority".to_owned()));
        names.sort();
        names
    }

    fn plain_canonical_request(&self, names: &[String]) -> Vec<u8> {
        let mut values: BTreeMap<&str, Vec<Vec<u8>>> = BTreeMap::new();
        for (name, value) in &self.headers {
            values
                .entry(name.as_str())
                .or_default()
                .push(tidy(value.as_bytes()));
        }
        if let Some(authority) = &self.authority {
            values
                .entry(":authority")
                .or_default()
                .push(tidy(authority.as_bytes()));
        }
        let mut canonical = format!("POST\n{}\n\n", self.path).into_bytes();
        for (name, values) in values {
            canonical.extend_from_slice(name.as_bytes());
            canonical.push(b':');
            canonical.extend_from_slice(&values.join(&b','));
            canonical.push(b'\n');
        }
        canonical.extend_from_slice(format!("\n{}\n", names.join(";")).as_bytes());
        canonical.extend_from_slice(&hex_digest(&self.body));
        canonical
    }
}

/// Without white space at the ends, and with single spaces inside.
fn tidy(value: &[u8]) -> Vec<u8> {
    let mut value = value.trim_ascii().to_vec();
    while let Some(at) = value.windows(2).position(|pair| pair == b"  ") {
        value.remove(at);
    }
    value
}

fn authorization(names: &[String], canonical_request: &[u8]) -> String {
    let digest = String::from_utf8(hex_digest(canonical_request).to_vec()).expect("digits");
    let string_to_sign = format!("AWS4-HMAC-SHA256\n{DATE}\n{SCOPE}\n{digest}");
    let time = Timestamp::parse(DATE.as_bytes()).expect("a date").time();
    let key = generate_signing_key(SECRET, time, "us-west-2", "kms-xks-proxy");
    let signature = calculate_signature(key, string_to_sign.as_bytes());
    let names = names.join(";");
    format!(
        "AWS4-HMAC-SHA256 Credential={ID}/{SCOPE}, SignedHeaders={names}, Signature={signature}"
    )
}
