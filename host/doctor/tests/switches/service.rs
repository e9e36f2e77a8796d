//! The test proxy: right in everything but its one fault.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use claviger_xks::credential::Credential;
use claviger_xks::error::XksError;
use claviger_xks::request::{
    DecryptRequest, EncryptRequest, GetHealthStatusRequest, GetKeyMetadataRequest,
    json_content_type,
};
use claviger_xks::response::CONTENT_TYPE;
use claviger_xks::uri::{KeyApi, XksUri};
use http::{Method, Request, Response, StatusCode};
use http_body_util::Full;

use crate::authentication;
use crate::cipher::Cipher;
use crate::reports;
use crate::switch::Switch;

pub(crate) const PREFIX: &str = "/test";
pub(crate) const KEY: &str = "key-1";
pub(crate) const ACCESS_KEY_ID: &str = "AKIAI2SFODNN7EXAMPLE";
pub(crate) const SECRET: &str = "FYtE5EFA5FT0mCc3DrGUe2sti527BitkQ0Zr9MO9fvE";

const LATE: Duration = Duration::from_millis(300);
const SLOW: Duration = Duration::from_millis(215);

/// How many ciphertexts the doctor makes for its round trips.
const ROUND_TRIPS: usize = 6;

/// How many requests at once are too many for two of the switches.
const TOO_MANY: usize = 16;

pub(crate) type Answer = Response<Full<Bytes>>;

/// What all connections share.
pub(crate) struct Service {
    switch: Option<Switch>,
    credential: Credential,
    cipher: Cipher,
    at_once: AtomicUsize,
    /// How many calls of the API that a switch makes late have come.
    late: AtomicUsize,
}

impl Service {
    pub(crate) fn new(switch: Option<Switch>) -> Self {
        Self {
            switch,
            credential: credential(),
            cipher: Cipher::new(switch),
            at_once: AtomicUsize::new(0),
            late: AtomicUsize::new(0),
        }
    }

    fn is(&self, switch: Switch) -> bool {
        self.switch == Some(switch)
    }

    /// The first calls that a switch is about are late.
    async fn late(&self, switch: Switch, calls: usize) {
        if self.is(switch) && self.late.fetch_add(1, Ordering::SeqCst) < calls {
            tokio::time::sleep(LATE).await;
        }
    }
}

pub(crate) fn credential() -> Credential {
    Credential {
        access_key_id: ACCESS_KEY_ID.parse().unwrap(),
        secret_access_key: SECRET.parse().unwrap(),
    }
}

/// One connection, which knows its number and that of its requests.
pub(crate) struct Connection {
    service: Arc<Service>,
    number: usize,
    requests: AtomicUsize,
}

impl Connection {
    pub(crate) fn new(service: Arc<Service>, number: usize) -> Self {
        Self {
            service,
            number,
            requests: AtomicUsize::new(0),
        }
    }

    pub(crate) async fn answer(&self, request: &Request<Bytes>) -> Answer {
        let (head, body) = match self.dispatch(request).await {
            Ok(body) => (StatusCode::OK, body),
            Err(error) => return self.service.error(error),
        };
        if self.service.is(Switch::HealthIsHtml) && request.uri().path().ends_with("/health") {
            return answer(StatusCode::BAD_GATEWAY, "text/html", b"<html>".to_vec());
        }
        if self.service.is(Switch::HealthIsHtml200) && request.uri().path().ends_with("/health") {
            return answer(StatusCode::OK, "text/html", b"<html>".to_vec());
        }
        let text = self.service.is(Switch::HealthIsText);
        let text = text && request.uri().path().ends_with("/health");
        answer(head, if text { "text/plain" } else { CONTENT_TYPE }, body)
    }

    async fn dispatch(&self, request: &Request<Bytes>) -> Result<Vec<u8>, Fault> {
        let service = &*self.service;
        let number = self.requests.fetch_add(1, Ordering::SeqCst);
        let uri = XksUri::parse(request.uri().path()).map_err(|_| XksError::InvalidUriPath)?;
        let known = uri.prefix() == PREFIX && !service.is(Switch::PathUnknown);
        if !known && !service.is(Switch::AnyPrefixAnswered) {
            return Err(if service.is(Switch::PrefixUnauthenticated) {
                XksError::AuthenticationFailed.into()
            } else {
                XksError::InvalidUriPath.into()
            });
        }
        if request.method() != Method::POST {
            return if service.is(Switch::GetAnswered) {
                Ok(reports::health(service.switch))
            } else {
                Err(Fault::Method)
            };
        }
        if !authentication::authentic(service.switch, request, &service.credential) {
            return Err(if service.is(Switch::UnauthenticatedIsDenied) {
                XksError::AccessDenied.into()
            } else {
                XksError::AuthenticationFailed.into()
            });
        }
        json_content_type(request.headers()).map_err(|_| XksError::Validation)?;
        match uri {
            XksUri::Health { .. } => self.health(number, request.body()).await,
            XksUri::Key {
                api,
                external_key_id,
                ..
            } => {
                service
                    .key(api, external_key_id.as_str(), request.body())
                    .await
            }
        }
    }

    async fn health(&self, number: usize, body: &[u8]) -> Result<Vec<u8>, Fault> {
        let service = &*self.service;
        if service.is(Switch::InvalidTaken) && body == b"{}" {
            return Ok(reports::health(service.switch));
        }
        let request = GetHealthStatusRequest::parse(body).map_err(|_| XksError::Validation)?;
        service.check_metadata(body, &request.kms_operation, &request.kms_request_id)?;
        if service.is(Switch::HealthDenied) {
            return Err(XksError::AccessDenied.into());
        }
        service.late(Switch::HealthLateAtFirst, 1).await;
        service.late(Switch::HealthLateTwice, 2).await;
        // Every fifth new connection, every tenth request of an open one.
        let new = number == 0 && self.number.is_multiple_of(5);
        let open = number > 0 && number.is_multiple_of(10);
        let wait = match service.switch {
            Some(Switch::LateOnNewConnections) if new => LATE,
            Some(Switch::LateOnOpenConnections) if open => LATE,
            Some(Switch::SlowOnOpenConnections) if open => SLOW,
            Some(Switch::FailsOnNewConnections) if new && self.number > 0 => {
                return Err(XksError::DependencyTimeout.into());
            }
            _ => Duration::ZERO,
        };
        if !wait.is_zero() {
            tokio::time::sleep(wait).await;
        }
        Ok(reports::health(service.switch))
    }
}

impl Service {
    async fn key(&self, api: KeyApi, key: &str, body: &[u8]) -> Result<Vec<u8>, Fault> {
        match api {
            KeyApi::GetKeyMetadata => {
                let request =
                    GetKeyMetadataRequest::parse(body).map_err(|_| XksError::Validation)?;
                let metadata = &request.metadata;
                self.check_metadata(body, &metadata.kms_operation, &metadata.kms_request_id)?;
                let arn = metadata.kms_key_arn.as_ref();
                if self.is(Switch::LongArnRefused) && arn.is_some_and(|arn| arn.len() > 1024) {
                    return Err(XksError::Validation.into());
                }
                if self.is(Switch::KeyDenied) {
                    return Err(XksError::AccessDenied.into());
                }
                self.check_key(key)?;
                if self.is(Switch::KeyArnDemanded) && arn.is_none() {
                    return Err(XksError::Validation.into());
                }
                self.late(Switch::KeyMetadataLateTwice, 2).await;
                Ok(reports::key_metadata(self.switch))
            }
            KeyApi::Encrypt => {
                let request = EncryptRequest::parse(body).map_err(|_| XksError::Validation)?;
                self.late(Switch::CryptographyLate, ROUND_TRIPS).await;
                self.check_key(key)?;
                if self.is(Switch::EncryptDenied) {
                    return Err(XksError::AccessDenied.into());
                }
                if self.is(Switch::SourceVpcRefused) && request.metadata.aws_source_vpc.is_some() {
                    return Err(XksError::Validation.into());
                }
                if request.integrity_value_wanted {
                    self.crowd().await?;
                }
                Ok(self.cipher.encrypt(&request)?)
            }
            KeyApi::Decrypt => {
                let request = DecryptRequest::parse(body).map_err(|_| XksError::Validation)?;
                self.check_key(key)?;
                if self.is(Switch::DecryptDenied) {
                    return Err(XksError::AccessDenied.into());
                }
                Ok(self.cipher.decrypt(&request)?)
            }
        }
    }

    fn check_key(&self, key: &str) -> Result<(), Fault> {
        if self.is(Switch::KeyAbsent) && key == KEY {
            return Err(XksError::KeyNotFound.into());
        }
        if key == KEY || self.is(Switch::AbsentKeyAnswered) {
            Ok(())
        } else if self.is(Switch::AbsentKeyInvalid) {
            Err(XksError::InvalidState.into())
        } else {
            Err(XksError::KeyNotFound.into())
        }
    }

    fn check_metadata(&self, body: &[u8], operation: &str, id: &str) -> Result<(), Fault> {
        let refused = match self.switch {
            Some(Switch::UnknownOperationRefused) => !matches!(
                operation,
                "CreateCustomKeyStore" | "KmsHealthCheck" | "CreateKey"
            ),
            Some(Switch::OpaqueIdRefused) => id.len() != 36,
            Some(Switch::UnknownMembersRefused) => reports::has_unknown_members(body),
            _ => false,
        };
        if refused {
            Err(XksError::Validation.into())
        } else {
            Ok(())
        }
    }

    /// Waits a little when the number of requests at once matters, so that they are
    /// at once.
    async fn crowd(&self) -> Result<(), Fault> {
        if !self.is(Switch::ThrottledAtOnce) && !self.is(Switch::SlowAtOnce) {
            return Ok(());
        }
        let before = self.at_once.fetch_add(1, Ordering::SeqCst);
        let slow = self.is(Switch::SlowAtOnce) && before > TOO_MANY;
        tokio::time::sleep(if slow {
            LATE
        } else {
            Duration::from_millis(50)
        })
        .await;
        self.at_once.fetch_sub(1, Ordering::SeqCst);
        if self.is(Switch::ThrottledAtOnce) && before > TOO_MANY {
            Err(XksError::Throttling.into())
        } else {
            Ok(())
        }
    }

    fn error(&self, fault: Fault) -> Answer {
        let error = match fault {
            Fault::Method => return answer(StatusCode::METHOD_NOT_ALLOWED, "text/plain", vec![]),
            Fault::Xks(error) => error,
        };
        let invalid = error == XksError::Validation;
        let (status, body) = (error.status(), error.body(error.message()));
        match self.switch {
            Some(Switch::NoErrorName) => answer(status, CONTENT_TYPE, b"{}".to_vec()),
            Some(Switch::ErrorNameUnknown) if invalid => {
                let body = br#"{"errorName":"BadRequest"}"#.to_vec();
                answer(status, CONTENT_TYPE, body)
            }
            Some(Switch::ErrorStatusWrong) if invalid => {
                answer(StatusCode::INTERNAL_SERVER_ERROR, CONTENT_TYPE, body)
            }
            Some(Switch::ErrorIsText) => answer(status, "text/plain", b"no".to_vec()),
            Some(Switch::ErrorMessageLong) => {
                let message = "a".repeat(512);
                let body = format!(
                    r#"{{"errorName":"{}","errorMessage":"{message}"}}"#,
                    error.name()
                );
                answer(status, CONTENT_TYPE, body.into_bytes())
            }
            Some(Switch::ErrorMessageNotAscii) => {
                let body = format!(
                    r#"{{"errorName":"{}","errorMessage":"ung\u00fcltig"}}"#,
                    error.name()
                );
                answer(status, CONTENT_TYPE, body.into_bytes())
            }
            _ => answer(status, CONTENT_TYPE, body),
        }
    }
}

/// Why a request is refused.
#[derive(Clone, Copy)]
pub(crate) enum Fault {
    Xks(XksError),
    Method,
}

impl From<XksError> for Fault {
    fn from(error: XksError) -> Self {
        Self::Xks(error)
    }
}

fn answer(status: StatusCode, content_type: &str, body: Vec<u8>) -> Answer {
    Response::builder()
        .status(status)
        .header("content-type", content_type)
        .body(Full::new(body.into()))
        .unwrap()
}

/// The proxy's clock.
pub(crate) fn now(switch: Option<Switch>) -> SystemTime {
    match switch {
        Some(Switch::ClockBehind) => SystemTime::now() - Duration::from_mins(3),
        _ => SystemTime::now(),
    }
}
