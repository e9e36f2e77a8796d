//! A compiled component, as bytes that the engine may run.

use wasmtime::Engine;
use wasmtime::component::Component;

/// The largest artefact that is taken from anywhere, in bytes.
pub(super) const LARGEST: u64 = 512 << 20;

/// Native code that this installation compiled. The compiler makes it, and the cache
/// once it has found its own authentication code in front of it; nobody else can.
pub(crate) struct Artefact(Vec<u8>);

impl Artefact {
    /// What the compiler of this program answered.
    pub(super) fn compiled(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }

    /// What the cache holds and has authenticated.
    pub(super) fn authentic(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// The component, ready to be linked.
    ///
    /// # Errors
    /// When another version of the engine, or for another processor, compiled it, or
    /// the component is made of more than a plugin may be.
    #[expect(
        unsafe_code,
        reason = "loading native code; the invariant is stated below"
    )]
    pub(super) fn load(&self, engine: &Engine) -> wasmtime::Result<Component> {
        // SAFETY: these bytes are the output of `Engine::precompile_component`, and
        // nobody with fewer rights than this process has changed them. There are two
        // makers. `compiled` has them from the pipe of a child process that runs this
        // same program, and no other process ever had that pipe. `authentic` has them
        // from memory, after an HMAC over these very bytes was found to be right; the
        // key of it is 32 random bytes in a file that was found, by its open
        // descriptor, to be this user's own and closed to everybody else, and the only
        // bytes that are ever authenticated with it come from `compiled`. The
        // HMAC also covers how the engine compiles; the engine checks its version,
        // settings and processor once more.
        unsafe { Component::deserialize(engine, &self.0) }
    }
}
