//! One record per request, whatever became of it (XKS-118 to XKS-121).
//!
//! A record is one line of JSON. It carries who asked AWS KMS for what and why
//! it was refused; it never carries a payload, a secret or a signature.

mod line;
mod object;
mod sink;

use std::borrow::Cow;
use std::time::{Instant, SystemTime};

use claviger_xks::error::XksError;

pub(crate) use line::{Caller, Line, PolicyDecision};
pub(crate) use sink::AuditSink;

/// What is known of a request so far. Written when it is dropped, so that no way
/// out of the request path can forget it.
pub(crate) struct AuditRecord<'h> {
    sink: &'h AuditSink,
    started: Instant,
    line: Line<'h>,
}

impl<'h> AuditRecord<'h> {
    pub(crate) fn begin(sink: &'h AuditSink, peer: &'h str, started: Instant) -> Self {
        Self {
            sink,
            started,
            line: Line::new(peer),
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
        self.line.error = error;
        self.line.reason = reason;
    }
}

impl Drop for AuditRecord<'_> {
    fn drop(&mut self) {
        self.line.time = SystemTime::now();
        self.line.duration = self.started.elapsed();
        self.sink.append(|buffer| self.line.write_to(buffer));
    }
}
