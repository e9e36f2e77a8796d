//! The socket by which the operator's commands reach a host that serves: HTTP/1.1 over a
//! Unix socket, for the host's own user and for root.

pub(crate) mod client;
pub(crate) mod messages;
mod serve;
mod socket;
pub(super) mod status;

pub(super) use serve::{Controlled, serve};
pub(super) use socket::bind;
