//! Rust types of the contract, generated from `wit/v0.1`.
//!
//! One world that includes all three, so that a type exists once whichever role
//! a plugin has. Exports are called through the worlds beside this file, because the
//! generated callers are either all synchronous or all asynchronous.

pub(super) mod wit {
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
        // What reaches a token, an upstream or the disk waits for it; the rest answers from memory.
        imports: {
            "claviger:plugin/key-storage.compare-and-set": async | trappable,
            "claviger:plugin/key-storage.delete": async | trappable,
            "claviger:plugin/key-storage.create-secret": async | trappable,
            "claviger:plugin/key-storage.[method]counter.next": async | trappable,
            "claviger:plugin/pkcs11.[method]token.info": async | trappable,
            "claviger:plugin/pkcs11.[method]token.find": async | trappable,
            "claviger:plugin/pkcs11.[method]token.generate-key": async | trappable,
            "claviger:plugin/pkcs11.[method]token.random": async | trappable,
            "claviger:plugin/pkcs11.[method]secret-key.attributes": async | trappable,
            "claviger:plugin/pkcs11.[method]secret-key.encrypt": async | trappable,
            "claviger:plugin/pkcs11.[method]secret-key.decrypt": async | trappable,
            "claviger:plugin/http.send": async | trappable,
            "claviger:plugin/streams.[static]connection.open": async | trappable,
            "claviger:plugin/streams.[method]connection.write": async | trappable,
            "claviger:plugin/streams.[method]connection.read": async | trappable,
            default: trappable,
        },
        with: {
            "claviger:plugin/key-storage.counter": crate::capability::CounterHandle,
            "claviger:plugin/aead.key": crate::capability::AeadKey,
            "claviger:plugin/streams.connection": crate::capability::ConnectionHandle,
            "claviger:plugin/pkcs11.token": crate::capability::TokenHandle,
            "claviger:plugin/pkcs11.secret-key": crate::capability::SecretKey,
        },
    });
}
