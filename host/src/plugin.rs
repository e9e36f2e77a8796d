//! Plugins: components that hold keys, name them, or decide who may use them.
//!
//! Three lifetimes, three places: once per process the [`engine`]; once per
//! configuration a [`component`] is read, checked against its [`contract`],
//! compiled, linked with what the operator granted and put behind a [`pool`];
//! once per call an [`instance`] runs under a deadline. What comes back is
//! foreign input: [`backend`], [`directory`] and [`policy`] check its shape,
//! and an instance that trapped, was late or answered nonsense is thrown away.

pub(crate) mod backend;
pub(crate) mod binding;
mod bindings;
pub(crate) mod cache;
pub(crate) mod component;
pub(crate) mod contract;
pub(crate) mod directory;
pub(crate) mod engine;
mod exports;
mod fault;
mod fresh_answers;
mod instance;
mod limits;
pub(crate) mod policy;
mod pool;
pub(crate) mod stock;
mod store;

pub(crate) use bindings::contract as wit;
pub(crate) use exports::World;
pub(crate) use fault::PluginFault;
pub(crate) use fault::printable;
pub(crate) use pool::Pool;
pub(crate) use store::{Granted, PluginState};
