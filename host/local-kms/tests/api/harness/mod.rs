//! What the tests stand on: a service on a port of its own, and a proxy.

mod declared;
pub(crate) mod kms;
pub(crate) mod proxy;

pub(crate) use kms::{Kms, Refused, Started};
pub(crate) use proxy::{Answer, Proxy};
