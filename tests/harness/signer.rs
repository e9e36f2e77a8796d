//! AWS Signature Version 4, written from its documentation alone, so that a mistake
//! in the host's is found. HMAC and SHA-256 are not its own: they come from the
//! crates `hmac` and `sha2`, as in the host's `aws-sigv4`. curl and botocore, which
//! share nothing with the host, check both.

use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};
use time::{Duration, UtcDateTime};

use super::{Request, hex};

/// An access key id and its secret.
#[derive(Clone)]
pub(crate) struct Credential {
    pub(crate) access_key_id: String,
    pub(crate) secret_access_key: String,
}

/// Signs requests. Every part can be set, so that tests can make it wrong.
#[derive(Clone)]
pub(crate) struct Signer {
    pub(crate) credential: Credential,
    pub(crate) algorithm: String,
    pub(crate) region: String,
    pub(crate) service: String,
    pub(crate) terminator: String,
    /// The value of X-Amz-Date.
    pub(crate) timestamp: String,
    /// The date in the credential scope.
    pub(crate) date: String,
    /// Lower case; sorted when signing.
    pub(crate) signed_headers: Vec<String>,
    /// What stands for the body's hash, when not its hash.
    pub(crate) payload_hash: Option<String>,
}

impl Signer {
    /// Signs as AWS KMS does, now.
    pub(crate) fn new(credential: Credential) -> Self {
        let signer = Self {
            credential,
            algorithm: "AWS4-HMAC-SHA256".to_owned(),
            region: "us-east-1".to_owned(),
            service: "kms-xks-proxy".to_owned(),
            terminator: "aws4_request".to_owned(),
            timestamp: String::new(),
            date: String::new(),
            signed_headers: vec!["host".to_owned(), "x-amz-date".to_owned()],
            payload_hash: None,
        };
        signer.at_offset(0)
    }

    /// Signs as of so many seconds from now.
    pub(crate) fn at_offset(mut self, seconds: i64) -> Self {
        let then = UtcDateTime::now() + Duration::seconds(seconds);
        self.date = format!(
            "{:04}{:02}{:02}",
            then.year(),
            u8::from(then.month()),
            then.day()
        );
        self.timestamp = format!(
            "{}T{:02}{:02}{:02}Z",
            self.date,
            then.hour(),
            then.minute(),
            then.second()
        );
        self
    }

    /// Signs exactly these headers.
    pub(crate) fn signing(mut self, headers: &[&str]) -> Self {
        self.signed_headers = headers.iter().map(|&name| name.to_owned()).collect();
        self
    }

    /// Adds X-Amz-Date and Authorization.
    pub(crate) fn sign(&self, request: Request) -> Request {
        let request = if request.header("x-amz-date").is_none() {
            request.add_header("X-Amz-Date", &self.timestamp)
        } else {
            request
        };
        let authorization = self.authorization(&request);
        request.add_header("Authorization", &authorization)
    }

    /// The value of the Authorization header.
    pub(crate) fn authorization(&self, request: &Request) -> String {
        let mut names = self.signed_headers.clone();
        names.sort();
        let signed_headers = names.join(";");
        let scope = format!(
            "{}/{}/{}/{}",
            self.date, self.region, self.service, self.terminator
        );
        let canonical = self.canonical_request(request, &names, &signed_headers);
        let string_to_sign = format!(
            "{}\n{}\n{scope}\n{}",
            self.algorithm,
            self.timestamp,
            hex(&Sha256::digest(canonical))
        );
        let signature = hex(&hmac(&self.signing_key(), &string_to_sign));
        format!(
            "{} Credential={}/{scope}, SignedHeaders={signed_headers}, Signature={signature}",
            self.algorithm, self.credential.access_key_id
        )
    }

    fn canonical_request(&self, request: &Request, names: &[String], list: &str) -> String {
        let (path, query) = request
            .target
            .split_once('?')
            .unwrap_or((&request.target, ""));
        let line = |name: &String| format!("{name}:{}", canonical_value(request, name));
        let headers = names.iter().map(line).collect::<Vec<_>>().join("\n");
        let payload_hash = self
            .payload_hash
            .clone()
            .unwrap_or_else(|| hex(&Sha256::digest(&request.body)));
        format!(
            "{}\n{path}\n{query}\n{headers}\n\n{list}\n{payload_hash}",
            request.method
        )
    }

    fn signing_key(&self) -> Vec<u8> {
        let secret = format!("AWS4{}", self.credential.secret_access_key);
        [&self.date, &self.region, &self.service, &self.terminator]
            .into_iter()
            .fold(secret.into_bytes(), |key, part| hmac(&key, part))
    }
}

/// All values of a header, trimmed, runs of spaces made one, joined by commas.
fn canonical_value(request: &Request, name: &str) -> String {
    let tidy = |value: &str| value.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut values: Vec<String> = request
        .headers
        .iter()
        .filter(|(other, _)| other.eq_ignore_ascii_case(name))
        .map(|(_, value)| tidy(value))
        .collect();
    if name == "host" || name == ":authority" {
        values = request.authority.iter().cloned().collect();
    }
    values.join(",")
}

fn hmac(key: &[u8], text: &str) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes keys of any length");
    mac.update(text.as_bytes());
    mac.finalize().into_bytes().to_vec()
}

#[test]
fn the_example_of_the_aws_documentation_has_its_signature() {
    let credential = Credential {
        access_key_id: "AKIDEXAMPLE".to_owned(),
        secret_access_key: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY".to_owned(),
    };
    let mut signer = Signer::new(credential).signing(&["content-type", "host", "x-amz-date"]);
    "iam".clone_into(&mut signer.service);
    "20150830".clone_into(&mut signer.date);
    "20150830T123600Z".clone_into(&mut signer.timestamp);
    let request = Request {
        method: "GET".to_owned(),
        target: "/?Action=ListUsers&Version=2010-05-08".to_owned(),
        authority: Some("iam.amazonaws.com".to_owned()),
        headers: vec![(
            "Content-Type".to_owned(),
            "application/x-www-form-urlencoded; charset=utf-8".to_owned(),
        )],
        body: Vec::new(),
    };
    let authorization = signer
        .sign(request)
        .header("authorization")
        .unwrap()
        .to_owned();
    let signature = "5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7";
    assert!(authorization.ends_with(signature), "{authorization}");
}
