//! The calls of AWS KMS: requests as it sends them, each open to mutation
//! before it is signed.

use std::hash::{BuildHasher, Hasher, RandomState};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::{Credential, Request, Signer};

/// A key store as AWS KMS knows it.
#[derive(Clone)]
pub(crate) struct KeyStore {
    /// `XksProxyUriPath`.
    pub(crate) uri_path: String,
    pub(crate) authority: String,
    pub(crate) credential: Credential,
}

/// A request that has not been signed yet.
#[derive(Clone)]
pub(crate) struct Call {
    pub(crate) request: Request,
    pub(crate) signer: Signer,
}

pub(crate) const PRINCIPAL: &str = "arn:aws:iam::123456789012:user/Alice";
pub(crate) const KEY_ARN: &str =
    "arn:aws:kms:us-east-2:123456789012:/key/1234abcd-12ab-34cd-56ef-1234567890ab";

impl KeyStore {
    pub(crate) fn metadata(&self, key: &str) -> Call {
        let body = json!({ "requestMetadata": {
            "awsPrincipalArn": PRINCIPAL,
            "kmsOperation": "DescribeKey",
            "kmsRequestId": "4112f4d6-db54-4af4-ae30-c55a22a8dfae",
        }});
        self.call(&format!("/keys/{key}/metadata"), &body)
    }

    pub(crate) fn encrypt(&self, key: &str, plaintext: impl AsRef<[u8]>) -> Call {
        let body = json!({
            "requestMetadata": key_request_metadata("Encrypt"),
            "plaintext": base64(plaintext),
            "encryptionAlgorithm": "AES_GCM",
        });
        self.call(&format!("/keys/{key}/encrypt"), &body)
    }

    /// Decrypts what an encrypt call answered.
    pub(crate) fn decrypt(&self, key: &str, encrypted: &Value) -> Call {
        let mut body = json!({
            "requestMetadata": key_request_metadata("Decrypt"),
            "encryptionAlgorithm": "AES_GCM",
        });
        for name in [
            "ciphertext",
            "initializationVector",
            "authenticationTag",
            "ciphertextMetadata",
        ] {
            if let Some(value) = encrypted.get(name) {
                body[name] = value.clone();
            }
        }
        self.call(&format!("/keys/{key}/decrypt"), &body)
    }

    pub(crate) fn health(&self) -> Call {
        let body = json!({ "requestMetadata": {
            "kmsRequestId": "4112f4d6-db54-4af4-ae30-c55a22a8dfae",
            "kmsOperation": "CreateCustomKeyStore",
        }});
        self.call("/health", &body)
    }

    /// A call to any path below the proxy URI path.
    pub(crate) fn call(&self, path: &str, body: &Value) -> Call {
        Call {
            request: Request {
                method: "POST".to_owned(),
                target: format!("{}{path}", self.uri_path),
                authority: Some(self.authority.clone()),
                headers: vec![("Content-Type".to_owned(), "application/json".to_owned())],
                body: body.to_string().into_bytes(),
            },
            signer: Signer::new(self.credential.clone()),
        }
    }

    /// The four calls that exist, each of which succeeds for a usable key once
    /// `encrypted` is what encrypt answered.
    pub(crate) fn all_four(&self, key: &str, encrypted: &Value) -> [Call; 4] {
        [
            self.metadata(key),
            self.encrypt(key, plaintext()),
            self.decrypt(key, encrypted),
            self.health(),
        ]
    }
}

impl Call {
    /// Sets a member of the body: `requestMetadata/kmsOperation`.
    pub(crate) fn with(self, path: &str, value: impl Into<Value>) -> Self {
        self.edit(path, |parent, name| {
            parent.insert(name.to_owned(), value.into());
        })
    }

    /// Sets the request id of AWS KMS.
    pub(crate) fn with_request_id(self, id: &str) -> Self {
        self.with("requestMetadata/kmsRequestId", id)
    }

    /// Removes a member of the body.
    pub(crate) fn without(self, path: &str) -> Self {
        self.edit(path, |parent, name| {
            parent.remove(name).expect("the member is there to remove");
        })
    }

    /// Sets `additionalAuthenticatedData`.
    pub(crate) fn with_aad(self, aad: impl AsRef<[u8]>) -> Self {
        self.with("additionalAuthenticatedData", base64(aad))
    }

    /// Asks for the integrity value.
    pub(crate) fn with_integrity_value(self) -> Self {
        self.with("ciphertextDataIntegrityValueAlgorithm", "SHA_256")
    }

    /// Replaces the body.
    pub(crate) fn with_body(mut self, body: impl AsRef<[u8]>) -> Self {
        self.request.body = body.as_ref().to_vec();
        self
    }

    /// Changes the request before it is signed.
    pub(crate) fn request(mut self, change: impl FnOnce(Request) -> Request) -> Self {
        self.request = change(self.request);
        self
    }

    /// Changes how the request is signed.
    pub(crate) fn signer(mut self, change: impl FnOnce(Signer) -> Signer) -> Self {
        self.signer = change(self.signer);
        self
    }

    pub(crate) fn sign(self) -> Request {
        self.signer.sign(self.request)
    }

    fn edit(
        mut self,
        path: &str,
        change: impl FnOnce(&mut serde_json::Map<String, Value>, &str),
    ) -> Self {
        let mut body: Value = serde_json::from_slice(&self.request.body).expect("the body is JSON");
        let (parents, name) = path.rsplit_once('/').unwrap_or(("", path));
        let parent = parents
            .split('/')
            .filter(|part| !part.is_empty())
            .fold(&mut body, |value, part| &mut value[part]);
        change(parent.as_object_mut().expect("an object"), name);
        self.request.body = body.to_string().into_bytes();
        self
    }
}

impl From<Call> for Request {
    fn from(call: Call) -> Self {
        call.sign()
    }
}

/// A recognisable plaintext that no other test has.
pub(crate) fn plaintext() -> String {
    let random = || RandomState::new().build_hasher().finish();
    format!("plaintext {:016x}{:016x}", random(), random())
}

pub(crate) fn base64(bytes: impl AsRef<[u8]>) -> String {
    STANDARD.encode(bytes)
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    let digit = |value: u8| char::from_digit(value.into(), 16).expect("below 16");
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    digits.map(digit).collect()
}

pub(crate) fn from_base64(text: &str) -> Option<Vec<u8>> {
    STANDARD.decode(text).ok()
}

fn key_request_metadata(operation: &str) -> Value {
    json!({
        "awsPrincipalArn": PRINCIPAL,
        "kmsOperation": operation,
        "kmsRequestId": "4112f4d6-db54-4af4-ae30-c55a22a8dfae",
        "kmsKeyArn": KEY_ARN,
    })
}
