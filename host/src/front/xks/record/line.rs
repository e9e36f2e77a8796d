//! An audit record as one line of JSON.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use claviger_config::DefaultDecision;
use claviger_xks::credential::AccessKeyId;
use claviger_xks::framing::AadConvention;
use claviger_xks::request::GetHealthStatusRequest;
use claviger_xks::uri::ExternalKeyId;

use super::super::counters::Stage;
use super::super::unverified::Unverified;
use super::Ending;
use crate::audit::{Object, name};
use crate::keys::Deliberation;
use crate::words::{RequestContext, escaped_length};

/// The longest ARN of requestMetadata that is recorded, in bytes as they are written: it
/// has up to 2048 characters (XKS-047).
const ARN: usize = 2048;
/// The longest of its other values: one tenant's records must not fill the disk of all.
const VALUE: usize = 256;

/// Everything that a record says. Of the request's body it holds members of
/// requestMetadata and nothing else.
pub(in super::super) struct Line<'h> {
    pub(super) time: SystemTime,
    peer: &'h str,
    /// So many of strangers' records were withheld before this one.
    pub(super) withheld: u64,
    pub(in super::super) key_store: Option<&'h str>,
    pub(in super::super) operation: Option<&'static str>,
    pub(in super::super) external_key_id: Option<ExternalKeyId>,
    pub(in super::super) access_key_id: Option<AccessKeyId>,
    /// HTTP status; none when the client went away before the answer.
    pub(in super::super) status: Option<u16>,
    pub(in super::super) ending: Ending,
    pub(super) duration: Duration,
    pub(in super::super) stages: Stages,
    pub(in super::super) caller: Option<Caller>,
    /// What a request that was refused before it was understood says of itself.
    pub(in super::super) unverified: Option<Box<Unverified>>,
    pub(in super::super) policy: Deliberation,
    pub(in super::super) backend: Option<&'h str>,
    /// How the ciphertext of this request is bound to its AAD; written only when it
    /// is not the way of the specification.
    pub(in super::super) aad_convention: Option<AadConvention>,
}

/// Who asked AWS KMS for what: requestMetadata.
pub(in super::super) enum Caller {
    /// Of an API on a key.
    OfKey(Arc<RequestContext>),
    /// Of GetHealthStatus: AWS KMS itself.
    OfHealth(GetHealthStatusRequest),
}

/// How long the parts of a request took; zero for what did not happen.
#[derive(Clone, Copy, Default)]
pub(in super::super) struct Stages([Duration; Stage::ALL.len()]);

impl Stages {
    pub(super) fn add(&mut self, stage: Stage, time: Duration) {
        // Not out of range: an index is made from a stage alone.
        if let Some(sum) = self.0.get_mut(stage as usize) {
            *sum += time;
        }
    }

    /// Those that happened.
    pub(in super::super) fn happened(&self) -> impl Iterator<Item = (Stage, Duration)> {
        let all = Stage::ALL.into_iter().zip(self.0);
        all.filter(|(_, time)| !time.is_zero())
    }
}

impl<'h> Line<'h> {
    pub(in super::super) fn new(peer: &'h str) -> Self {
        Self {
            time: SystemTime::UNIX_EPOCH,
            peer,
            withheld: 0,
            key_store: None,
            operation: None,
            external_key_id: None,
            access_key_id: None,
            status: None,
            ending: Ending::Abandoned,
            duration: Duration::ZERO,
            stages: Stages::default(),
            caller: None,
            unverified: None,
            policy: Deliberation::default(),
            backend: None,
            aad_convention: None,
        }
    }
}

impl Line<'_> {
    /// Appends the record as one object of JSON.
    pub(super) fn write_to(&self, buffer: &mut Vec<u8>) {
        let mut object = Object::begin(buffer);
        object.shown(name!("time"), humantime::format_rfc3339_micros(self.time));
        object.text(name!("peer"), Some(self.peer));
        let withheld = Some(self.withheld).filter(|withheld| *withheld > 0);
        object.number(name!("withheld"), withheld);
        object.text(name!("key_store"), self.key_store);
        object.text(name!("operation"), self.operation);
        let key = self.external_key_id.as_ref().map(ExternalKeyId::as_str);
        object.text(name!("external_key_id"), key);
        let credential = self.access_key_id.as_ref().map(AccessKeyId::as_str);
        object.text(name!("access_key_id"), credential);
        object.number(name!("status"), self.status.map(u64::from));
        let failure = self.ending.failure();
        object.text(
            name!("error"),
            failure.map(|failure| failure.error().name()),
        );
        object.text(name!("reason"), self.ending.reason().as_deref());
        object.number(
            name!("duration_us"),
            u64::try_from(self.duration.as_micros()).ok(),
        );
        object.object(name!("stages_us"), |object| {
            for (stage, time) in self.stages.happened() {
                object.number(stage.member(), u64::try_from(time.as_micros()).ok());
            }
        });
        let values = self.caller.as_ref().map_or([None; 7], Caller::values);
        for ((name, most), value) in NAMES.into_iter().zip(values) {
            object.text(name, value.map(|value| cut(value, most)));
        }
        if let Some(unverified) = &self.unverified {
            object.object(name!("unverified"), |object| {
                object.text(name!("method"), unverified.method.as_deref());
                object.text(name!("path"), unverified.path.as_deref());
                let credential = unverified.access_key_id.as_ref();
                object.text(name!("access_key_id"), credential.map(AccessKeyId::as_str));
                let body = &unverified.body;
                object.text(name!("kms_operation"), body.kms_operation.as_deref());
                object.text(name!("kms_request_id"), body.kms_request_id.as_deref());
            });
        }
        self.write_policy(&mut object);
        object.text(name!("backend"), self.backend);
        if self.aad_convention == Some(AadConvention::SampleProxy) {
            object.text(name!("aad_convention"), Some("sample-proxy"));
        }
        object.end();
    }
}

impl Line<'_> {
    /// Nothing where no policy was asked.
    fn write_policy(&self, object: &mut Object<'_>) {
        let Deliberation {
            decided_by,
            default,
            abstained,
        } = &self.policy;
        let places: Vec<_> = abstained.places().map(|place| place.to_string()).collect();
        if decided_by.is_none() && default.is_none() && places.is_empty() {
            return;
        }
        object.object(name!("policy"), |policy| {
            if let Some(decision) = decided_by {
                policy.text(name!("plugin"), Some(&decision.plugin));
                policy.number(name!("place"), Some(decision.place.into()));
                let grounds = &decision.grounds;
                policy.text(name!("statement"), Some(grounds.statement()));
                let others = grounds.statements.get(1..).unwrap_or_default();
                let others = (!others.is_empty()).then(|| others.join(", "));
                policy.text(name!("other_statements"), others.as_deref());
                policy.text(name!("reason"), Some(&grounds.reason));
            }
            let default = default.map(|default| match default {
                DefaultDecision::Allow => "allow",
                DefaultDecision::Deny => "deny",
            });
            policy.text(name!("default"), default);
            let abstained = (!places.is_empty()).then(|| places.join(" "));
            policy.text(name!("abstained"), abstained.as_deref());
        });
    }
}

/// requestMetadata, in the order of [`Caller::values`], and how much of each is recorded.
const NAMES: [(&str, usize); 7] = [
    (name!("aws_principal_arn"), ARN),
    (name!("kms_operation"), VALUE),
    (name!("kms_request_id"), VALUE),
    (name!("kms_key_arn"), ARN),
    (name!("aws_source_vpc"), VALUE),
    (name!("aws_source_vpce"), VALUE),
    (name!("kms_via_service"), VALUE),
];

impl Caller {
    pub(in super::super) fn values(&self) -> [Option<&str>; 7] {
        match self {
            Self::OfKey(context) => {
                let caller = &context.caller;
                [
                    Some(&caller.aws_principal_arn),
                    Some(&caller.kms_operation),
                    Some(&caller.kms_request_id),
                    caller.kms_key_arn.as_deref(),
                    caller.aws_source_vpc.as_deref(),
                    caller.aws_source_vpce.as_deref(),
                    caller.kms_via_service.as_deref(),
                ]
            }
            Self::OfHealth(request) => {
                let [operation, id] = [&*request.kms_operation, &*request.kms_request_id];
                [None, Some(operation), Some(id), None, None, None, None]
            }
        }
    }
}

/// A value of requestMetadata for the record. JSON escapes what could break a
/// line (XKS-121).
fn cut(value: &str, most: usize) -> &str {
    let mut written = 0;
    let end = value.char_indices().find_map(|(at, character)| {
        written += escaped_length(character);
        (written > most).then_some(at)
    });
    end.and_then(|end| value.get(..end)).unwrap_or(value)
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

    fn json(line: &Line<'_>) -> String {
        let mut buffer = Vec::new();
        line.write_to(&mut buffer);
        String::from_utf8(buffer).unwrap()
    }

    fn line(caller: Caller) -> Line<'static> {
        let mut line = Line::new("127.0.0.1:443");
        line.time += Duration::from_micros(1_700_000_000_000_001);
        line.caller = Some(caller);
        line
    }

    #[test]
    fn times_are_rfc_3339_in_utc() {
        let json = json(&line(health("1")));
        assert!(
            json.starts_with(r#"{"time":"2023-11-14T22:13:20.000001Z","#),
            "{json}"
        );
    }

    #[test]
    fn only_the_aad_convention_of_the_sample_proxy_is_shown() {
        let mut line = line(health("1"));
        for (convention, shown) in [
            (None, false),
            (Some(AadConvention::Specification), false),
            (Some(AadConvention::SampleProxy), true),
        ] {
            line.aad_convention = convention;
            let json = json(&line);
            let ends = json.ends_with(r#","aad_convention":"sample-proxy"}"#);
            assert_eq!(ends, shown, "{json}");
            assert_eq!(json.contains("aad_convention"), shown, "{json}");
        }
    }

    #[test]
    fn xks_121_a_line_break_in_a_request_field_does_not_break_the_line() {
        let forged = "a\r\n{\"forged\":true}\u{7}";
        let json = json(&line(health(forged)));
        assert!(json.bytes().all(|byte| byte >= 0x20), "{json}");
        let read: serde_json::Value = serde_json::from_str(&json).unwrap();
        assert_eq!(read["kms_request_id"], forged);
    }

    #[test]
    fn xks_047_an_arn_of_2048_characters_is_recorded_whole() {
        let arn = "a".repeat(2048);
        assert_eq!(cut(&arn, ARN), arn);
        assert_eq!(cut(&"ä".repeat(2048), ARN).len(), 2048);
    }

    #[test]
    fn what_a_value_takes_in_the_record_is_bounded_also_when_it_is_escaped() {
        let without = json(&line(health(""))).len();
        for character in ["\u{7}", "\u{202e}", "\u{e0001}", "\"", "\\", "ä", "a"] {
            let json = json(&line(health(&character.repeat(10_000))));
            let took = json.len() - without;
            assert!(
                (VALUE - 12..=VALUE).contains(&took),
                "{took}: {character:?}"
            );
        }
    }
}
