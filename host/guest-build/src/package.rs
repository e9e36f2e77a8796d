//! From a core module to a component.

use crate::Error;
use wit_component::ComponentEncoder;

/// The component of a module that `wit-bindgen` has described in its custom
/// sections. It imports only those interfaces of which the module calls something.
pub(crate) fn component(package: &str, module: &[u8]) -> Result<Vec<u8>, Error> {
    ComponentEncoder::default()
        .validate(true)
        .module(module)
        .and_then(|mut encoder| encoder.encode())
        .map_err(|error| Error::NoComponent {
            package: package.to_owned(),
            source: error.into(),
        })
}
