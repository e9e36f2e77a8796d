//! Plugins that misbehave, and plugins that must not be loaded.

mod admission;
mod faults;
mod isolation;
