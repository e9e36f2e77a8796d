//! Interface `log`.

use super::imported::log::{Host, Level};
use crate::capability::{self, State};

impl Host for State {
    fn write(&mut self, level: Level, message: String) -> wasmtime::Result<()> {
        let level = match level {
            Level::Error => capability::Level::Error,
            Level::Warn => capability::Level::Warn,
            Level::Info => capability::Level::Info,
            Level::Debug => capability::Level::Debug,
        };
        self.log.write(level, &message);
        Ok(())
    }
}
