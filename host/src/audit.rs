//! The audit log: records are JSON, a line each, whatever door they come from.

mod act;
mod object;
mod sink;

pub(crate) use act::{Act, InForce};
pub(crate) use object::{Object, name};
pub(crate) use sink::{AuditPlace, AuditSink};
