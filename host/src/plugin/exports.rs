//! The functions that an instance exports.

use wasmtime::component::{ComponentNamedList, Instance, Lift, Lower, TypedFunc};
use wasmtime::{Result, Store, error::Context as _};

use super::contract::Version;
use super::store::InstanceState;

/// Finds the functions of an instance by the names of its contract version, and
/// checks their types, once.
pub(crate) struct Exports<'a> {
    pub(super) store: &'a mut Store<InstanceState>,
    pub(super) instance: Instance,
    pub(super) version: &'static Version,
}

impl Exports<'_> {
    pub(super) fn find<P, R>(&mut self, interface: &str, function: &str) -> Result<TypedFunc<P, R>>
    where
        P: ComponentNamedList + Lower,
        R: ComponentNamedList + Lift,
    {
        let interface = format!("claviger:plugin/{interface}@{}", self.version.number);
        let index = self
            .instance
            .get_export_index(&mut *self.store, None, &interface)
            .and_then(|interface| {
                self.instance
                    .get_export_index(&mut *self.store, Some(&interface), function)
            })
            .with_context(|| format!("no export {interface}#{function}"))?;
        self.instance
            .get_typed_func(&mut *self.store, index)
            .with_context(|| format!("export {interface}#{function} has another type"))
    }
}
