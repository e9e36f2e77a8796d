//! One line on the terminal that says what is being done.

use std::io::{self, IsTerminal as _, Write as _};

/// The widest line, in characters.
const WIDTH: usize = 79;

/// A line of standard error that is replaced by the next one; nothing where standard
/// error is no terminal.
#[derive(Debug)]
pub struct Progress {
    on: bool,
    shown: bool,
}

impl Progress {
    /// On standard error, if it is a terminal.
    pub fn on_terminal() -> Self {
        Self {
            on: io::stderr().is_terminal(),
            shown: false,
        }
    }

    /// Shows nothing.
    pub const fn silent() -> Self {
        Self {
            on: false,
            shown: false,
        }
    }

    /// Replaces the line.
    pub(crate) fn show(&mut self, id: &str, what: &str) {
        if self.on {
            let line: String = format!("{id}: {what} …").chars().take(WIDTH).collect();
            // Standard error may be closed; the checks go on.
            let _ = write!(io::stderr(), "\r\u{1b}[K{line}");
            let _ = io::stderr().flush();
            self.shown = true;
        }
    }

    /// Removes the line.
    pub(crate) fn clear(&mut self) {
        if std::mem::take(&mut self.shown) {
            let _ = write!(io::stderr(), "\r\u{1b}[K");
            let _ = io::stderr().flush();
        }
    }
}
