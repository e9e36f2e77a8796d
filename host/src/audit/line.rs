//! An audit record as one line of JSON.

use std::borrow::Cow;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use claviger_xks::credential::AccessKeyId;
use claviger_xks::error::XksError;
use claviger_xks::request::GetHealthStatusRequest;
use claviger_xks::uri::ExternalKeyId;
use serde::Serialize;
use serde::ser::{SerializeMap as _, Serializer};

use crate::plugin::wit::claviger::plugin::types::RequestContext;

/// The longest value of requestMetadata that is recorded, in bytes: an ARN has
/// up to 2048 characters (XKS-047).
const VALUE: usize = 2048;

/// Everything that a record says. Nothing in it is copied from the request but
/// what a policy was told as well.
pub(crate) struct Line<'h> {
    pub(super) time: SystemTime,
    peer: SocketAddr,
    pub(crate) key_store: Option<&'h str>,
    pub(crate) operation: Option<&'static str>,
    pub(crate) external_key_id: Option<ExternalKeyId>,
    pub(crate) access_key_id: Option<AccessKeyId>,
    /// HTTP status; none when the client went away before the answer.
    pub(super) status: Option<u16>,
    pub(super) error: Option<XksError>,
    pub(super) reason: Option<Cow<'static, str>>,
    pub(super) duration: Duration,
    pub(crate) caller: Option<Caller>,
    pub(crate) policy: Option<PolicyDecision>,
    pub(crate) backend: Option<&'h str>,
}

/// Who asked AWS KMS for what: requestMetadata.
pub(crate) enum Caller {
    /// Of an API on a key.
    OfKey(Arc<RequestContext>),
    /// Of GetHealthStatus: AWS KMS itself.
    OfHealth(GetHealthStatusRequest),
}

/// The policy that decided (XKS-120).
#[derive(Serialize)]
pub(crate) struct PolicyDecision {
    pub(crate) plugin: String,
    pub(crate) statement: String,
    pub(crate) reason: String,
}

impl Line<'_> {
    pub(super) fn new(peer: SocketAddr) -> Self {
        Self {
            time: SystemTime::UNIX_EPOCH,
            peer,
            key_store: None,
            operation: None,
            external_key_id: None,
            access_key_id: None,
            status: None,
            error: None,
            reason: Some(Cow::Borrowed("the client went away")),
            duration: Duration::ZERO,
            caller: None,
            policy: None,
            backend: None,
        }
    }
}

impl Serialize for Line<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("time", &Shown(humantime::format_rfc3339_micros(self.time)))?;
        map.serialize_entry("peer", &self.peer)?;
        map.serialize_entry("key_store", &self.key_store)?;
        map.serialize_entry("operation", &self.operation)?;
        let key = self.external_key_id.as_ref().map(ExternalKeyId::as_str);
        map.serialize_entry("external_key_id", &key)?;
        let credential = self.access_key_id.as_ref().map(AccessKeyId::as_str);
        map.serialize_entry("access_key_id", &credential)?;
        map.serialize_entry("status", &self.status)?;
        map.serialize_entry("error", &self.error.map(XksError::name))?;
        map.serialize_entry("reason", &self.reason)?;
        let duration = u64::try_from(self.duration.as_micros()).unwrap_or(u64::MAX);
        map.serialize_entry("duration_us", &duration)?;
        let values = self.caller.as_ref().map_or([None; 7], Caller::values);
        for (name, value) in NAMES.into_iter().zip(values) {
            map.serialize_entry(name, &value.map(cut))?;
        }
        map.serialize_entry("policy", &self.policy)?;
        map.serialize_entry("backend", &self.backend)?;
        map.end()
    }
}

/// requestMetadata, in the order of [`Caller::values`].
const NAMES: [&str; 7] = [
    "aws_principal_arn",
    "kms_operation",
    "kms_request_id",
    "kms_key_arn",
    "aws_source_vpc",
    "aws_source_vpce",
    "kms_via_service",
];

impl Caller {
    fn values(&self) -> [Option<&str>; 7] {
        match self {
            Self::OfKey(context) => [
                Some(&context.aws_principal_arn),
                Some(&context.kms_operation),
                Some(&context.kms_request_id),
                context.kms_key_arn.as_deref(),
                context.aws_source_vpc.as_deref(),
                context.aws_source_vpce.as_deref(),
                context.kms_via_service.as_deref(),
            ],
            Self::OfHealth(request) => {
                let [operation, id] = [&*request.kms_operation, &*request.kms_request_id];
                [None, Some(operation), Some(id), None, None, None, None]
            }
        }
    }
}

/// A value of requestMetadata for the record. JSON escapes what could break a
/// line (XKS-121).
fn cut(value: &str) -> &str {
    value
        .get(..value.floor_char_boundary(VALUE))
        .unwrap_or_default()
}

/// Written as its text.
struct Shown<T>(T);

impl<T: std::fmt::Display> Serialize for Shown<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn health(kms_request_id: &str) -> Caller {
        let body = serde_json::json!({ "requestMetadata": {
            "kmsOperation": "KmsHealthCheck", "kmsRequestId": kms_request_id,
        }});
        Caller::OfHealth(GetHealthStatusRequest::parse(body.to_string().as_bytes()).unwrap())
    }

    fn line(caller: Caller) -> Line<'static> {
        let mut line = Line::new(([127, 0, 0, 1], 443).into());
        line.time += Duration::from_micros(1_700_000_000_000_001);
        line.caller = Some(caller);
        line
    }

    #[test]
    fn times_are_rfc_3339_in_utc() {
        let json = serde_json::to_string(&line(health("1"))).unwrap();
        assert!(
            json.starts_with(r#"{"time":"2023-11-14T22:13:20.000001Z","#),
            "{json}"
        );
    }

    #[test]
    fn xks_121_a_line_break_in_a_request_field_does_not_break_the_line() {
        let forged = "a\r\n{\"forged\":true}\u{7}";
        let json = serde_json::to_string(&line(health(forged))).unwrap();
        assert!(json.bytes().all(|byte| byte >= 0x20), "{json}");
        let read: serde_json::Value = serde_json::from_str(&json).unwrap();
        assert_eq!(read["kms_request_id"], forged);
    }

    #[test]
    fn xks_047_an_arn_of_2048_characters_is_recorded_whole() {
        let arn = "a".repeat(2048);
        assert_eq!(cut(&arn), arn);
        assert_eq!(cut(&"ä".repeat(2048)).len(), 2048);
    }
}
