//! The plugins inside the binary, built from `plugins/` by the build script, so
//! that a copied binary alone is a working proxy.

/// `builtin:backend-kmip`
pub(crate) const BACKEND_KMIP: &[u8] =
    include_bytes!(concat!(env!("OUT_DIR"), "/backend-kmip.wasm"));
/// `builtin:backend-pkcs11`
pub(crate) const BACKEND_PKCS11: &[u8] =
    include_bytes!(concat!(env!("OUT_DIR"), "/backend-pkcs11.wasm"));
/// `builtin:backend-software`
pub(crate) const BACKEND_SOFTWARE: &[u8] =
    include_bytes!(concat!(env!("OUT_DIR"), "/backend-software.wasm"));
/// `builtin:backend-vault`
pub(crate) const BACKEND_VAULT: &[u8] =
    include_bytes!(concat!(env!("OUT_DIR"), "/backend-vault.wasm"));
/// `builtin:policy-allow-list`
pub(crate) const POLICY_ALLOW_LIST: &[u8] =
    include_bytes!(concat!(env!("OUT_DIR"), "/policy-allow-list.wasm"));
/// `builtin:directory-map`
pub(crate) const DIRECTORY_MAP: &[u8] =
    include_bytes!(concat!(env!("OUT_DIR"), "/directory-map.wasm"));

/// Names and bytes of all of them.
pub(crate) const ALL: &[(&str, &[u8])] = &[
    ("backend-kmip", BACKEND_KMIP),
    ("backend-pkcs11", BACKEND_PKCS11),
    ("backend-software", BACKEND_SOFTWARE),
    ("backend-vault", BACKEND_VAULT),
    ("directory-map", DIRECTORY_MAP),
    ("policy-allow-list", POLICY_ALLOW_LIST),
];

/// The bytes of the stock plugin of this name.
pub(crate) fn by_name(name: &str) -> Option<&'static [u8]> {
    ALL.iter()
        .find(|(stock, _)| *stock == name)
        .map(|(_, bytes)| *bytes)
}
