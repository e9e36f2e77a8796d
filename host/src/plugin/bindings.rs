//! Rust types of the contract, generated from `wit/v0.1`.
//!
//! One world that includes all three, so that a type exists once whichever role
//! a plugin has. Exports are called through [`super::exports`], because the
//! generated callers are either all synchronous or all asynchronous.

pub(crate) mod contract {
    wasmtime::component::bindgen!({
        path: "../wit/v0.1",
        inline: "
            package claviger:host;
            world plugins {
                include claviger:plugin/key-backend@0.1.0;
                include claviger:plugin/key-directory@0.1.0;
                include claviger:plugin/authorization-policy@0.1.0;
            }
        ",
        world: "claviger:host/plugins",
        imports: { default: trappable },
        with: {
            "claviger:plugin/key-storage.counter": crate::capability::CounterHandle,
            "claviger:plugin/aead.key": crate::capability::AeadKey,
        },
    });
}
