//! One record per request, however it ended (XKS-118 to XKS-121).
//!
//! A record is one line of JSON. It carries who asked AWS KMS for what and why
//! it was refused; it never carries a payload, a secret or a signature.

mod line;

use std::borrow::Cow;
use std::time::{Duration, Instant, SystemTime};

use claviger_audit::Ticket;
use claviger_xks::uri::Api;
use hyper::http::request::Parts;

use super::counters::{Counters, Stage};
use super::failure::Failure;
use super::key_store::KeyStore;
use super::unverified::Unverified;
use crate::audit::AuditSink;

pub(super) use line::{Caller, Line};

/// What is known of a request so far. It is written when it is dropped, so that
/// every exit from the request path leaves a record.
pub(super) struct AuditRecord<'h> {
    sink: &'h AuditSink,
    counters: &'h Counters,
    started: Instant,
    line: Line<'h>,
    /// Whose request it is, once that is known.
    route: Option<(&'h KeyStore, Api)>,
    /// Whether it is certain that a stranger's record is written, too.
    admitted: bool,
    written: bool,
    /// Whether the request had its answer.
    answered: bool,
}

impl<'h> AuditRecord<'h> {
    pub(super) fn begin(
        sink: &'h AuditSink,
        counters: &'h Counters,
        peer: &'h str,
        started: Instant,
    ) -> Self {
        Self {
            sink,
            counters,
            started,
            line: Line::new(peer),
            route: None,
            admitted: false,
            written: false,
            answered: false,
        }
    }

    /// Whose request it is.
    pub(super) fn routed(&mut self, key_store: &'h KeyStore, api: Api) {
        self.route = Some((key_store, api));
        self.line.key_store = Some(key_store.keys.name());
        self.line.operation = Some(api.name());
    }

    /// A part of the request is over that began then; returns when the next begins.
    pub(super) fn took(&mut self, stage: Stage, since: Instant) -> Instant {
        let now = Instant::now();
        let time = now.saturating_duration_since(since);
        if let Some((key_store, _)) = self.route {
            key_store.counters.took(stage, time);
        }
        self.line.stages.add(stage, time);
        now
    }

    /// The fields that the stages of the request path fill in.
    pub(super) fn line(&mut self) -> &mut Line<'h> {
        &mut self.line
    }

    /// Nobody authenticated the request. Nothing is looked at when there are too many of
    /// those to be recorded.
    pub(super) fn stranger(&mut self, head: &Parts, body: &[u8]) {
        if self.admits_stranger() {
            self.line.unverified = Some(Box::new(Unverified::stranger(head, body)));
        }
    }

    fn admits_stranger(&mut self) -> bool {
        let admitted = self.sink.admit_stranger(Instant::now());
        self.line.withheld = admitted.unwrap_or_default();
        (self.admitted, self.written) = (admitted.is_some(), admitted.is_none());
        self.admitted
    }

    /// The request was signed and failed: what its body says of itself, unless it was
    /// understood.
    pub(super) fn not_understood(&mut self, body: &[u8]) {
        if self.line.caller.is_none() {
            self.line.unverified = Some(Box::new(Unverified::signed(body)));
        }
    }

    /// The answer is ready. What is returned resolves when the record is written, and the
    /// answer may leave; nothing is returned for a stranger's, which does not wait.
    pub(super) fn finish(&mut self, status: u16, ending: Ending) -> Option<Ticket> {
        self.line.status = Some(status);
        self.line.ending = ending;
        let is_strangers = self.line.access_key_id.is_none();
        self.append().filter(|_| !is_strangers)
    }

    /// The answer leaves, with its record written or nobody waiting for that.
    pub(super) fn answered(mut self) {
        self.answered = true;
        let took = self.started.elapsed();
        let failure = self.line.ending.failure();
        match (self.route, failure) {
            (Some((key_store, api)), _) => key_store.counters.answered(api, took, failure),
            (None, Some(failure)) => self.counters.unrouted(failure.error()),
            (None, None) => {}
        }
        self.show(took);
    }

    /// For people who look.
    fn show(&self, took: Duration) {
        if let Some(recent) = &self.counters.recent {
            let key_store = self.route.map(|(key_store, _)| key_store.keys.name());
            recent.add(&self.line, key_store, self.route.map(|(_, api)| api), took);
        }
    }

    /// The record could not be written, and the answer has this status instead.
    pub(super) fn not_written(&mut self, status: u16) {
        self.line.status = Some(status);
        self.line.ending = Ending::Refused(Failure::AuditFull);
    }

    fn append(&mut self) -> Option<Ticket> {
        let is_strangers = self.line.access_key_id.is_none() && !self.admitted;
        if self.written || (is_strangers && !self.admits_stranger()) {
            return None;
        }
        self.written = true;
        self.line.time = SystemTime::now();
        self.line.duration = self.started.elapsed();
        let line = &self.line;
        self.sink.append(|buffer| line.write_to(buffer))
    }
}

/// How a request ended.
pub(super) enum Ending {
    /// The client went away before the answer was ready.
    Abandoned,
    /// 200.
    Answered,
    /// With an XKS error.
    Refused(Failure),
    /// 405.
    MethodNotAllowed,
}

impl Ending {
    /// Why it did not end well, for the operator.
    pub(super) fn reason(&self) -> Option<Cow<'static, str>> {
        match self {
            Self::Answered => None,
            Self::Refused(failure) => Some(failure.to_string().into()),
            Self::Abandoned => Some("the client went away".into()),
            Self::MethodNotAllowed => Some("the method is not POST".into()),
        }
    }

    /// The failure that it was refused with.
    pub(super) fn failure(&self) -> Option<&Failure> {
        match self {
            Self::Refused(failure) => Some(failure),
            Self::Answered | Self::Abandoned | Self::MethodNotAllowed => None,
        }
    }
}

impl Drop for AuditRecord<'_> {
    fn drop(&mut self) {
        // Of a request that was abandoned: nobody waits for its record.
        let _ = self.append();
        if !self.answered {
            if let Some((key_store, _)) = self.route {
                key_store.counters.abandoned();
            }
            self.show(self.started.elapsed());
        }
    }
}
