//! One run against one proxy: the client, and the refusals that were provoked.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use aws_lc_rs::rand;
use claviger_xks::hex;
use claviger_xks::json::{Object, Value};
use claviger_xks::uri::{Api, ExternalKeyId};
use claviger_xks_client::answer::Failure;
use claviger_xks_client::call::{EncryptCall, metadata_body};
use claviger_xks_client::client::{Limits, Reuse, XksClient};
use claviger_xks_client::connection::TransportFault;
use claviger_xks_client::exchange::{RawAnswer, RawRequest};
use claviger_xks_client::metadata::{Caller, KmsOperation, RequestMetadata};
use claviger_xks_client::trust::Trust;
use http::StatusCode;

use super::tls::handshake::{Offer, Witness, config};
use crate::target::Target;

/// How long the doctor waits for an answer: longer than AWS KMS, so that a late one
/// is seen for what it is.
pub(super) const PATIENCE: Duration = Duration::from_secs(5);

/// The longest body of an answer that is read, in bytes.
const MAX_BODY_BYTES: usize = 256 << 10;

/// A run: what is sent goes through here.
pub(super) struct Session {
    pub(super) client: Arc<XksClient>,
    pub(super) witness: Arc<Witness>,
    pub(super) caller: Caller,
    kms_key_arn: String,
    /// The proxy's own word for its vendor, once it has given its health.
    pub(super) vendor: Option<String>,
    /// Answers other than 200 and 405, with what was sent.
    pub(super) refusals: Vec<Provoked>,
}

/// A refusal that a check provoked on purpose.
#[derive(Debug)]
pub(super) struct Provoked {
    /// What was sent, in a few words.
    pub(super) sent: String,
    pub(super) api: Api,
    pub(super) answer: RawAnswer,
}

impl Session {
    pub(super) fn new(target: &Target) -> Result<Self, rustls::Error> {
        let witness = Arc::new(Witness::default());
        let trust = Trust::config(config(&Offer::default(), &witness)?);
        let limits = Limits {
            per_try: PATIENCE,
            retries: 0,
            max_body_bytes: MAX_BODY_BYTES,
        };
        let (key_store, resolve) = (target.key_store.clone(), target.resolve.clone());
        Ok(Self {
            client: Arc::new(XksClient::new(key_store, resolve, trust, limits)),
            witness,
            caller: Caller::new(target.principal_arn.clone()),
            kms_key_arn: target.kms_key_arn.clone(),
            vendor: None,
            refusals: Vec::new(),
        })
    }

    /// Whether nobody has said who the caller is.
    pub(super) fn has_made_up_caller(&self) -> bool {
        self.caller.principal_arn == Target::PRINCIPAL_ARN
    }

    /// Whether nobody has said which the KMS key is.
    pub(super) fn has_made_up_kms_key(&self) -> bool {
        self.kms_key_arn == Target::example_key_arn(&self.client.target().region)
    }

    /// A new `kmsRequestId`, a random UUID as AWS KMS has them.
    pub(super) fn request_id() -> String {
        let mut random = [0; 16];
        // Without randomness the id is all zeros, which proxies have to take too.
        let _ = rand::fill(&mut random);
        let digits = hex::text(&random);
        let part = |from, to| digits.get(from..to).unwrap_or_default();
        format!(
            "{}-{}-4{}-a{}-{}",
            part(0, 8),
            part(8, 12),
            part(13, 16),
            part(17, 20),
            part(20, 32)
        )
    }

    pub(super) fn metadata(&self, operation: KmsOperation) -> RequestMetadata {
        self.metadata_of(&self.caller, operation)
    }

    pub(super) fn metadata_of(&self, caller: &Caller, operation: KmsOperation) -> RequestMetadata {
        RequestMetadata::cryptographic(
            operation,
            caller,
            self.kms_key_arn.clone(),
            Self::request_id(),
        )
    }

    /// `GetHealthStatus` as `operation` sends it.
    pub(super) fn health(&self, operation: KmsOperation) -> Result<RawRequest, TransportFault> {
        let metadata = RequestMetadata::health(operation, Self::request_id());
        let path = self.client.target().uri_path.health();
        self.client.request(&path, metadata_body(&metadata))
    }

    /// `GetKeyMetadata` as `CreateKey` sends it.
    pub(super) fn key_metadata(&self, key: &ExternalKeyId) -> Result<RawRequest, TransportFault> {
        let metadata = RequestMetadata::create_key(&self.caller, Self::request_id());
        let path = self.client.target().uri_path.metadata(key);
        self.client.request(&path, metadata_body(&metadata))
    }

    pub(super) fn encrypt(&self, call: &EncryptCall<'_>) -> Result<RawRequest, TransportFault> {
        let path = self.client.target().uri_path.encrypt(call.key);
        self.client.request(&path, call.body())
    }

    /// Sends over an open connection if there is one.
    pub(super) async fn send(
        &self,
        request: Result<RawRequest, TransportFault>,
    ) -> Result<RawAnswer, TransportFault> {
        self.client.send(&request?, Reuse::Open).await
    }

    /// Sends what a proxy should refuse, and keeps the refusal.
    pub(super) async fn provoke(
        &mut self,
        api: Api,
        sent: &str,
        request: Result<RawRequest, TransportFault>,
    ) -> Result<RawAnswer, TransportFault> {
        let answer = self.send(request).await?;
        if answer.status != StatusCode::OK && answer.status != StatusCode::METHOD_NOT_ALLOWED {
            self.refusals.push(Provoked {
                sent: sent.to_owned(),
                api,
                answer: answer.clone(),
            });
        }
        Ok(answer)
    }

    /// The same `X-Amz-Date` and credential, signed at another time.
    pub(super) fn signed_at(mut request: RawRequest, time: SystemTime) -> RawRequest {
        if let Some(signing) = &mut request.signing {
            signing.time = time;
        }
        request
    }
}

/// The `errorName` of an answer, if it can be read at all.
pub(super) fn error_name(answer: &RawAnswer) -> Option<String> {
    let object = Object::parse(&answer.body).ok()?;
    match object.get("errorName") {
        Some(Value::String(name)) => Some(name.clone().into_owned()),
        _ => None,
    }
}

/// An answer in a few words: `401 AuthenticationFailedException`.
pub(super) fn in_words(answer: &Result<RawAnswer, TransportFault>) -> String {
    match answer {
        Ok(answer) => {
            let name = error_name(answer).map(|name| format!(" {name}"));
            format!("{}{}", answer.status.as_u16(), name.unwrap_or_default())
        }
        Err(fault) => fault.to_string(),
    }
}

/// What was seen, with what the proxy said of a refusal, or with what is wrong.
pub(super) fn with_reason(seen: &str, failure: &Failure) -> String {
    match failure {
        Failure::Refused(refusal) => match &refusal.message {
            Some(message) => format!("{seen}: {message}"),
            None => seen.to_owned(),
        },
        other => format!("{seen}: {other}"),
    }
}

/// Whether an answer is this refusal. Without a readable name the status decides:
/// that the name is missing is for the check of errors to say.
pub(super) fn is_refusal(answer: &RawAnswer, error: claviger_xks::error::XksError) -> bool {
    match error_name(answer) {
        Some(name) => name == error.name(),
        None => answer.status == error.status(),
    }
}
