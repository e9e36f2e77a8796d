//! Requests as AWS KMS sends them: their bodies and signatures.

use std::time::SystemTime;

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use claviger_xks::credential::Credential;
use claviger_xks::hex::text as hex;

/// Bytes of plaintext in an Encrypt request: a data key.
pub(crate) const PLAINTEXT: usize = 32;
/// Bytes of additional authenticated data: what an encryption context of one
/// pair and the key's ARN come to.
pub(crate) const AAD: usize = 96;
/// The headers that are signed.
const SIGNED_HEADERS: &str = "content-type;host;x-amz-date";
const REGION: &str = "us-east-1";
const SERVICE: &str = "kms-xks-proxy";
const CONTENT_TYPE: &str = "application/json";
/// What the proxy is called, for the signature.
const HOST: &str = "localhost";
/// The session of the assumed role that asks AWS KMS.
const INSTANCE: &str = "i-0123456789abcdef0";

/// What is asked of a server.
pub(crate) struct Call {
    /// The part after `XksProxyUriPath`. The external key is `demo`, as
    /// `claviger dev` makes it, unless it is changed.
    path: String,
    body: String,
}

impl Call {
    /// Encrypt of [`PLAINTEXT`] bytes with [`AAD`] bytes.
    pub(crate) fn encrypt(integrity_value: bool) -> Self {
        let algorithm = if integrity_value {
            r#","ciphertextDataIntegrityValueAlgorithm":"SHA_256""#
        } else {
            ""
        };
        let (plaintext, aad) = (STANDARD.encode([7; PLAINTEXT]), STANDARD.encode([9; AAD]));
        let body = format!(
            r#"{{"requestMetadata":{metadata},"additionalAuthenticatedData":"{aad}","plaintext":"{plaintext}","encryptionAlgorithm":"AES_GCM"{algorithm}}}"#,
            metadata = request_metadata("Encrypt"),
        );
        Self {
            path: "/keys/demo/encrypt".to_owned(),
            body,
        }
    }

    /// Decrypt of what [`Call::encrypt`] returned.
    pub(crate) fn decrypt(encrypted: &[u8]) -> Self {
        let encrypted: serde_json::Value =
            serde_json::from_slice(encrypted).expect("the answer to Encrypt is JSON");
        let part = |name| {
            encrypted
                .get(name)
                .and_then(|part| part.as_str())
                .expect("a string")
        };
        let body = format!(
            r#"{{"requestMetadata":{metadata},"additionalAuthenticatedData":"{aad}","encryptionAlgorithm":"AES_GCM","ciphertext":"{}","ciphertextMetadata":"{}","initializationVector":"{}","authenticationTag":"{}"}}"#,
            part("ciphertext"),
            part("ciphertextMetadata"),
            part("initializationVector"),
            part("authenticationTag"),
            metadata = request_metadata("Decrypt"),
            aad = STANDARD.encode([9; AAD]),
        );
        Self {
            path: "/keys/demo/decrypt".to_owned(),
            body,
        }
    }

    /// GetKeyMetadata: the policies and the lookup, no cryptography.
    pub(crate) fn key_metadata() -> Self {
        let body = format!(
            r#"{{"requestMetadata":{}}}"#,
            request_metadata("DescribeKey")
        );
        Self {
            path: "/keys/demo/metadata".to_owned(),
            body,
        }
    }

    /// GetHealthStatus: no plugin at all.
    pub(crate) fn health() -> Self {
        let body = r#"{"requestMetadata":{"kmsRequestId":"4112f4d6-db54-4af4-ae30-c55a22a8dfae","kmsOperation":"KmsHealthCheck"}}"#;
        Self {
            path: "/health".to_owned(),
            body: body.to_owned(),
        }
    }

    /// The same, asked of AWS KMS by another instance of the same role.
    pub(crate) fn of_caller(&self, number: u32) -> Self {
        let body = self.body.replace(INSTANCE, &format!("i-{number:017x}"));
        assert_eq!(body.len(), self.body.len(), "ids of one length");
        Self {
            path: self.path.clone(),
            body,
        }
    }

    /// The same with another external key.
    pub(crate) fn with_key(mut self, key: &str) -> Self {
        self.path = self.path.replace("demo", key);
        self
    }

    /// The body, in JSON.
    pub(crate) fn body(&self) -> &str {
        &self.body
    }

    /// The whole HTTP/1.1 request to the key store at `uri_path`, signed at `now`.
    pub(crate) fn to_bytes(
        &self,
        uri_path: &str,
        credential: &Credential,
        now: SystemTime,
    ) -> Vec<u8> {
        // 2015-08-30T12:36:00Z without its dashes and colons.
        let mut timestamp = humantime::format_rfc3339_seconds(now).to_string();
        timestamp.retain(|character| !matches!(character, '-' | ':'));
        let (date, _) = timestamp.split_at(8);
        let scope = format!("{date}/{REGION}/{SERVICE}/aws4_request");
        let canonical = format!(
            "POST\n{uri_path}{path}\n\ncontent-type:{CONTENT_TYPE}\nhost:{HOST}\nx-amz-date:{timestamp}\n\n{SIGNED_HEADERS}\n{hash}",
            path = self.path,
            hash = hex(digest(&SHA256, self.body().as_bytes()).as_ref()),
        );
        let string_to_sign = format!(
            "AWS4-HMAC-SHA256\n{timestamp}\n{scope}\n{}",
            hex(digest(&SHA256, canonical.as_bytes()).as_ref())
        );
        let secret = format!("AWS4{}", credential.secret_access_key.reveal());
        let signing_key = [date, REGION, SERVICE, "aws4_request"]
            .into_iter()
            .fold(secret.into_bytes(), |key, part| mac(&key, part));
        format!(
            "POST {uri_path}{path} HTTP/1.1\r\nHost: {HOST}\r\nX-Amz-Date: {timestamp}\r\n\
             Content-Type: {CONTENT_TYPE}\r\nContent-Length: {length}\r\n\
             Authorization: AWS4-HMAC-SHA256 Credential={id}/{scope}, \
             SignedHeaders={SIGNED_HEADERS}, Signature={signature}\r\n\r\n{body}",
            path = self.path,
            length = self.body.len(),
            id = credential.access_key_id,
            signature = hex(&mac(&signing_key, &string_to_sign)),
            body = self.body,
        )
        .into_bytes()
    }
}

/// The sizes are those of KMS: an ARN of an assumed role, a key's ARN, a UUID.
fn request_metadata(kms_operation: &str) -> String {
    format!(
        r#"{{"awsPrincipalArn":"arn:aws:sts::111122223333:assumed-role/payments-writer/{INSTANCE}","kmsOperation":"{kms_operation}","kmsRequestId":"4112f4d6-db54-4af4-ae30-c55a22a8dfae","kmsKeyArn":"arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab","kmsViaService":"ebs"}}"#
    )
}

fn mac(key: &[u8], text: &str) -> Vec<u8> {
    hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), text.as_bytes())
        .as_ref()
        .to_vec()
}
