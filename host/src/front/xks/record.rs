//! One record per request, however it ended (XKS-118 to XKS-121).
//!
//! A record is one line of JSON. It carries who asked AWS KMS for what and why
//! it was refused; it never carries a payload, a secret or a signature.

mod line;

use std::time::{Instant, SystemTime};

use hyper::http::request::Parts;

use super::failure::Failure;
use super::unverified::Unverified;
use crate::audit::AuditSink;

pub(super) use line::{Caller, Line};

/// What is known of a request so far. It is written when it is dropped, so that
/// every exit from the request path leaves a record.
pub(super) struct AuditRecord<'h> {
    sink: &'h AuditSink,
    started: Instant,
    line: Line<'h>,
}

impl<'h> AuditRecord<'h> {
    pub(super) fn begin(sink: &'h AuditSink, peer: &'h str, started: Instant) -> Self {
        Self {
            sink,
            started,
            line: Line::new(peer),
        }
    }

    /// The fields that the stages of the request path fill in.
    pub(super) fn line(&mut self) -> &mut Line<'h> {
        &mut self.line
    }

    /// Nobody authenticated the request.
    pub(super) fn stranger(&mut self, head: &Parts, body: &[u8]) {
        self.line.unverified = Some(Box::new(Unverified::stranger(head, body)));
    }

    /// The request was signed and failed: what its body says of itself, unless it was
    /// understood.
    pub(super) fn not_understood(&mut self, body: &[u8]) {
        if self.line.caller.is_none() {
            self.line.unverified = Some(Box::new(Unverified::signed(body)));
        }
    }

    /// The answer is ready.
    pub(super) fn finish(&mut self, status: u16, ending: Ending) {
        self.line.status = Some(status);
        self.line.ending = ending;
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

impl Drop for AuditRecord<'_> {
    fn drop(&mut self) {
        self.line.time = SystemTime::now();
        self.line.duration = self.started.elapsed();
        let line = &self.line;
        if line.access_key_id.is_some() {
            self.sink.append(|buffer| line.write_to(buffer, 0));
        } else {
            let write = |buffer: &mut _, withheld| line.write_to(buffer, withheld);
            self.sink.append_strangers(Instant::now(), write);
        }
    }
}
