//! A plugin of a contract that no host speaks: it must be refused by its version,
//! before anything of it runs. Built for `wasm32-wasip2`.

use exports::claviger::plugin::{authorization, lifecycle};

wit_bindgen::generate!({ world: "authorization-policy", path: "wit" });

struct Plugin;

export!(Plugin);

impl lifecycle::Guest for Plugin {
    fn configure(_: String) -> Result<(), ()> {
        Ok(())
    }
}

impl authorization::Guest for Plugin {
    fn authorize(_: String) -> bool {
        true
    }
}
