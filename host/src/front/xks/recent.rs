//! The last requests, for the page: kept only where there is one, and never a payload.

mod history;

use std::borrow::Cow;
use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use claviger_xks::error::XksError;
use claviger_xks::uri::{Api, ExternalKeyId};
use claviger_xks_client::outcome::Outcome;
use humantime::format_rfc3339_millis;
use parking_lot::Mutex;
use serde::Serialize;

use super::failure::Failure;
use super::record::{Caller, Line};
use history::History;
pub(crate) use history::{Point, STEP};

/// Requests that are kept.
const REQUESTS: usize = 200;
/// Statements of policies whose denials are counted.
const STATEMENTS: usize = 100;

/// What the page shows of requests.
#[derive(Default)]
pub(crate) struct Recent(Mutex<Kept>);

#[derive(Default)]
struct Kept {
    /// The number of the newest.
    newest: u64,
    requests: VecDeque<Arc<Seen>>,
    denials: HashMap<Denied, (u64, SystemTime)>,
    history: History,
}

/// By what a request was denied: key store, plugin, statement.
type Denied = (Arc<str>, Arc<str>, String);

/// One request.
#[derive(Serialize)]
pub(crate) struct Seen {
    seq: u64,
    time: String,
    key_store: Option<Arc<str>>,
    operation: Option<&'static str>,
    status: Option<u16>,
    error: Option<&'static str>,
    kms_exception: Option<&'static str>,
    cause: Option<Cow<'static, str>>,
    principal: Option<String>,
    kms_operation: Option<String>,
    kms_request_id: Option<String>,
    external_key_id: Option<String>,
    policy: Option<SeenPolicy>,
    total_us: u64,
    stages_us: HashMap<&'static str, u64>,
}

#[derive(Clone, Serialize)]
struct SeenPolicy {
    plugin: Arc<str>,
    statement: String,
    reason: String,
    allowed: bool,
}

/// How often a statement has denied.
#[derive(Serialize)]
pub(crate) struct Denials {
    key_store: Arc<str>,
    plugin: Arc<str>,
    statement: String,
    count: u64,
    last: String,
}

/// What is newer than a request.
#[derive(Default)]
pub(crate) struct Newer {
    pub(crate) requests: Vec<Arc<Seen>>,
    /// So many newer ones are kept no more.
    pub(crate) missed: u64,
    pub(crate) points: Vec<Point>,
    pub(crate) denials: Vec<Denials>,
}

impl Recent {
    /// A request is over.
    pub(super) fn add(
        &self,
        line: &Line<'_>,
        key_store: Option<&Arc<str>>,
        api: Option<Api>,
        took: Duration,
    ) {
        let now = SystemTime::now();
        let mut seen = Seen::of(line, api, now, took);
        seen.key_store = key_store.cloned();
        let mut kept = self.0.lock();
        kept.newest += 1;
        seen.seq = kept.newest;
        kept.history
            .add(now, took, seen.kms_exception.or(seen.error));
        if let Some(key_store) = key_store
            && line.ending.failure().is_some_and(Failure::is_denied)
        {
            let (plugin, statement) = match &seen.policy {
                Some(policy) => (Arc::clone(&policy.plugin), policy.statement.clone()),
                None => (Arc::from("default"), "no statement matched".to_owned()),
            };
            kept.denied((Arc::clone(key_store), plugin, statement), now);
        }
        kept.requests.push_back(Arc::new(seen));
        if kept.requests.len() > REQUESTS {
            kept.requests.pop_front();
        }
    }

    /// What came after the request of this number.
    pub(crate) fn newer_than(&self, seq: u64) -> Newer {
        let mut kept = self.0.lock();
        let newer = kept.requests.iter().filter(|seen| seen.seq > seq);
        let requests: Vec<_> = newer.cloned().collect();
        let all = kept.newest.saturating_sub(seq);
        let missed = all.saturating_sub(u64::try_from(requests.len()).unwrap_or(u64::MAX));
        let denials = kept
            .denials
            .iter()
            .map(|((key_store, plugin, statement), (count, last))| Denials {
                key_store: Arc::clone(key_store),
                plugin: Arc::clone(plugin),
                statement: statement.clone(),
                count: *count,
                last: format_rfc3339_millis(*last).to_string(),
            });
        let denials = denials.collect();
        Newer {
            requests,
            missed,
            denials,
            points: kept.history.points(SystemTime::now()),
        }
    }
}

impl Kept {
    fn denied(&mut self, by: Denied, now: SystemTime) {
        if !self.denials.contains_key(&by) && self.denials.len() >= STATEMENTS {
            let oldest = self.denials.iter().min_by_key(|(_, (_, last))| *last);
            if let Some(oldest) = oldest.map(|(by, _)| by.clone()) {
                self.denials.remove(&oldest);
            }
        }
        let (count, last) = self.denials.entry(by).or_insert((0, now));
        (*count, *last) = (*count + 1, now);
    }
}

impl Seen {
    fn of(line: &Line<'_>, api: Option<Api>, now: SystemTime, took: Duration) -> Self {
        let failure = line.ending.failure();
        let error = failure.map(Failure::error);
        let values = line.caller.as_ref().map_or([None; 7], Caller::values);
        let [principal, kms_operation, kms_request_id, ..] = values.map(|it| it.map(str::to_owned));
        Self {
            seq: 0,
            time: format_rfc3339_millis(now).to_string(),
            key_store: None,
            operation: line.operation,
            status: line.status,
            error: error.map(XksError::name),
            kms_exception: error
                .zip(api)
                .and_then(|(error, api)| exception(error, api, kms_operation.as_deref())),
            cause: line.ending.reason(),
            principal,
            kms_operation,
            kms_request_id,
            external_key_id: line
                .external_key_id
                .as_ref()
                .map(|id| ExternalKeyId::as_str(id).to_owned()),
            policy: line.policy.decided_by.as_ref().map(|decision| SeenPolicy {
                plugin: Arc::clone(&decision.plugin),
                statement: decision.grounds.statement().to_owned(),
                reason: decision.grounds.reason.clone(),
                allowed: !failure.is_some_and(Failure::is_denied_by_policy),
            }),
            total_us: micros(took),
            stages_us: line
                .stages
                .happened()
                .map(|(stage, time)| (stage.name(), micros(time)))
                .collect(),
        }
    }
}

/// What AWS KMS tells its caller.
fn exception(error: XksError, api: Api, kms_operation: Option<&str>) -> Option<&'static str> {
    let consequences = Outcome::of_error(error, api).consequences();
    let exception = match (api, kms_operation) {
        (Api::GetHealthStatus, _) => return consequences.connect.map(|code| code.value.name()),
        (_, Some("CreateKey")) => consequences.create_key,
        _ => consequences.cryptographic,
    };
    exception.map(|exception| exception.value.name())
}

fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_is_bounded_and_what_was_missed_is_said() {
        let recent = Recent::default();
        let line = Line::new("192.0.2.1:1");
        for _ in 0..REQUESTS + 7 {
            recent.add(&line, None, None, Duration::from_millis(1));
        }
        let newer = recent.newer_than(3);
        assert_eq!((newer.requests.len(), newer.missed), (REQUESTS, 4));
        assert!(newer.requests.windows(2).all(|two| two[0].seq < two[1].seq));
        let none = recent.newer_than(newer.requests.last().unwrap().seq);
        assert_eq!((none.requests.len(), none.missed), (0, 0));
    }

    #[test]
    fn denials_of_many_statements_are_bounded_the_oldest_goes() {
        let mut kept = Kept::default();
        let name = || Arc::from("a");
        for n in 0..=STATEMENTS {
            let now = SystemTime::UNIX_EPOCH + Duration::from_secs(n as u64);
            kept.denied((name(), name(), n.to_string()), now);
        }
        assert_eq!(kept.denials.len(), STATEMENTS);
        assert!(!kept.denials.contains_key(&(name(), name(), "0".to_owned())));
    }

    #[test]
    fn an_error_is_shown_as_what_aws_kms_makes_of_it() {
        let of = |api, operation| exception(XksError::KeyNotFound, api, operation);
        assert_eq!(
            of(Api::Encrypt, Some("Encrypt")),
            Some("KMSInvalidStateException")
        );
        let create = of(Api::GetKeyMetadata, Some("CreateKey"));
        assert_eq!(create, Some("XksKeyNotFoundException"));
        let health = exception(XksError::Throttling, Api::GetHealthStatus, None);
        assert_eq!(health, Some("XKS_PROXY_NOT_REACHABLE"));
    }
}
