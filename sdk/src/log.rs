//! Capability `log`: lines for the operator's log.
//!
//! The host escapes each message, cuts it at 512 bytes and takes at most 32 of
//! one call. While a plaintext is in the plugin's hands, in `encrypt` and
//! `decrypt`, only the level is recorded and the text is withheld (XKS-116).

#[cfg(target_arch = "wasm32")]
use crate::contract::shared::claviger::plugin::log as host;
#[cfg(not(target_arch = "wasm32"))]
use crate::stand_in::log as host;

/// How much a line matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Level {
    /// Something failed and the operator should act.
    Error,
    /// Something will fail if nobody acts.
    Warn,
    /// What an operator wants to see in normal running.
    Info,
    /// What only the plugin's author wants to see.
    Debug,
}

/// Writes one line.
pub fn write(level: Level, message: &str) {
    host::write(level, message);
}

/// Writes one line at [`Level::Error`].
pub fn error(message: impl AsRef<str>) {
    write(Level::Error, message.as_ref());
}

/// Writes one line at [`Level::Warn`].
pub fn warn(message: impl AsRef<str>) {
    write(Level::Warn, message.as_ref());
}

/// Writes one line at [`Level::Info`].
pub fn info(message: impl AsRef<str>) {
    write(Level::Info, message.as_ref());
}

/// Writes one line at [`Level::Debug`].
pub fn debug(message: impl AsRef<str>) {
    write(Level::Debug, message.as_ref());
}

/// From now on a panic of this plugin is logged with its place in the source.
///
/// Its text is left out: it may repeat what the plugin was working on. Without
/// this call the host sees a trap and nothing else, because a component has no
/// standard error. Call it in `configure`; it needs the capability `log`.
pub fn panics() {
    #[cfg(target_arch = "wasm32")]
    std::panic::set_hook(Box::new(|panic| match panic.location() {
        Some(place) => error(format!("panicked at {place}")),
        None => error("panicked"),
    }));
}
