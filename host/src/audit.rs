//! One record per request, whatever became of it (XKS-118 to XKS-121).
//!
//! A record is one line of JSON. It carries who asked AWS KMS for what and why
//! it was refused; it never carries a payload, a secret or a signature.

mod sink;

use std::borrow::Cow;
use std::net::SocketAddr;
use std::time::{Instant, SystemTime};

use claviger_xks::error::XksError;
use serde::Serialize;

pub(crate) use sink::AuditSink;

/// What is known of a request so far. Written when it is dropped, so that no way
/// out of the request path can forget it.
pub(crate) struct AuditRecord<'h> {
    sink: &'h AuditSink,
    started: Instant,
    line: Line<'h>,
}

/// The fields of a record, in the order they are written.
#[derive(Serialize)]
pub(crate) struct Line<'h> {
    time: String,
    peer: SocketAddr,
    pub(crate) key_store: Option<&'h str>,
    pub(crate) operation: Option<&'static str>,
    pub(crate) external_key_id: Option<Cow<'h, str>>,
    pub(crate) access_key_id: Option<String>,
    /// HTTP status; none when the client went away before the answer.
    status: Option<u16>,
    error: Option<&'static str>,
    reason: Option<Cow<'static, str>>,
    duration_us: u64,
    #[serde(flatten)]
    pub(crate) metadata: Metadata,
    pub(crate) policy: Option<PolicyDecision>,
    pub(crate) backend: Option<&'h str>,
}

/// requestMetadata, cut to a length that a log can bear.
#[derive(Default, Serialize)]
pub(crate) struct Metadata {
    pub(crate) aws_principal_arn: Option<String>,
    pub(crate) kms_operation: Option<String>,
    pub(crate) kms_request_id: Option<String>,
    pub(crate) kms_key_arn: Option<String>,
    pub(crate) aws_source_vpc: Option<String>,
    pub(crate) aws_source_vpce: Option<String>,
    pub(crate) kms_via_service: Option<String>,
}

/// The policy that decided (XKS-120).
#[derive(Serialize)]
pub(crate) struct PolicyDecision {
    pub(crate) plugin: String,
    pub(crate) statement: String,
    pub(crate) reason: String,
}

impl<'h> AuditRecord<'h> {
    pub(crate) fn begin(sink: &'h AuditSink, peer: SocketAddr, started: Instant) -> Self {
        Self {
            sink,
            started,
            line: Line {
                time: String::new(),
                peer,
                key_store: None,
                operation: None,
                external_key_id: None,
                access_key_id: None,
                status: None,
                error: None,
                reason: Some(Cow::Borrowed("the client went away")),
                duration_us: 0,
                metadata: Metadata::default(),
                policy: None,
                backend: None,
            },
        }
    }

    /// The fields that the stages of the request path fill in.
    pub(crate) fn line(&mut self) -> &mut Line<'h> {
        &mut self.line
    }

    /// The answer is ready.
    pub(crate) fn finish(
        &mut self,
        status: u16,
        error: Option<XksError>,
        reason: Option<Cow<'static, str>>,
    ) {
        self.line.status = Some(status);
        self.line.error = error.map(XksError::name);
        self.line.reason = reason;
    }
}

impl Drop for AuditRecord<'_> {
    fn drop(&mut self) {
        self.line.time = rfc3339(SystemTime::now());
        let elapsed = self.started.elapsed().as_micros();
        self.line.duration_us = u64::try_from(elapsed).unwrap_or(u64::MAX);
        self.sink.append(&self.line);
    }
}

/// UTC with microseconds, RFC 3339.
fn rfc3339(time: SystemTime) -> String {
    humantime::format_rfc3339_micros(time).to_string()
}

/// The longest value of requestMetadata that is recorded: an ARN has up to 2048
/// characters (XKS-047).
const VALUE: usize = 2048;

/// A value of requestMetadata for the record. JSON escapes what could break a
/// line (XKS-121).
pub(crate) fn recorded(value: &str) -> String {
    value
        .get(..value.floor_char_boundary(VALUE))
        .unwrap_or_default()
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn times_are_rfc_3339_in_utc() {
        let time = SystemTime::UNIX_EPOCH + Duration::from_micros(1_700_000_000_000_001);
        assert_eq!(rfc3339(time), "2023-11-14T22:13:20.000001Z");
    }

    #[test]
    fn xks_121_a_line_break_in_a_request_field_does_not_break_the_line() {
        let metadata = Metadata {
            kms_request_id: Some(recorded("a\r\n{\"forged\":true}\u{7}")),
            ..Metadata::default()
        };
        let line = serde_json::to_string(&metadata).unwrap();
        assert!(line.bytes().all(|byte| byte >= 0x20), "{line}");
    }

    #[test]
    fn xks_047_an_arn_of_2048_characters_is_recorded_whole() {
        let arn = "a".repeat(2048);
        assert_eq!(recorded(&arn), arn);
        assert_eq!(recorded(&"ä".repeat(2048)).len(), 2048);
    }
}
