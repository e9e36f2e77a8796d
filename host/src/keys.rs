//! The domain: who may use a key, finding it, sealing and opening, health.
//!
//! It knows key stores, policies, directories and backends. It does not know who
//! asks over which protocol: a front door turns a request into a [`KeyRequest`],
//! chooses what a ciphertext is bound to, and turns a [`KeyFault`] into its own
//! errors.
//!
//! Each step is a type with private fields that only the step before can make:
//! [`KeyStore::request`] → [`request::KeyRequest::authorize`] → [`Authorized::find`] →
//! [`FoundKey::into_sealing`] or [`FoundKey::into_opening`]. They hold the session of a
//! backend; a front door cannot get one in another way.

mod authorize;
mod fault;
mod find;
mod health;
mod key_store;
mod readiness;
mod request;

pub(crate) use authorize::{Authorized, Deliberation};
pub(crate) use fault::KeyFault;
pub(crate) use find::{FoundKey, OpeningKey};
pub(crate) use health::{CHECK_EVERY, Health};
pub(crate) use key_store::{KeyStore, KeyStoreParts};
pub(crate) use readiness::NotServed;
pub(crate) use request::{Api, Decrypt, Describe, Encrypt};
