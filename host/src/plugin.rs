//! Plugins: components that hold keys, name them, or decide who may use them.
//!
//! Once per configuration a [`component`] is read, checked against its
//! [`contract`], compiled, and by a [`binding`] linked with what the operator
//! granted and put behind a [`pool`]; once per call an [`instance`] runs under a
//! deadline, and gives way when it computes for long ([`driver`]).
//! What comes back is foreign input: [`backend`], [`directory`] and [`policy`] check
//! its shape, and an instance that trapped, was late or answered nonsense is thrown
//! away. What an author wants to know of a plugin is in [`inspection`] and [`trial`].

mod answer;
pub(crate) mod backend;
mod binding;
mod breaker;
mod component;
mod contract;
mod description;
mod directory;
mod driver;
mod exports;
mod fault;
mod fresh_answers;
pub(crate) mod inspection;
mod instance;
mod limits;
mod pace;
mod policy;
mod pool;
mod service_time;
mod store;
pub(crate) mod trial;
mod turn;

pub(crate) use binding::PluginBinding;
pub(crate) use component::PreparedPlugin;
pub(crate) use contract::{Declaration, Role, supported};
pub(crate) use description::Description;
pub(crate) use directory::Directory;
pub(crate) use fault::PluginFault;
pub(crate) use policy::Policy;
pub(crate) use pool::{Instances, Population};
