//! Where the command reads from and writes to.

use std::io::{self, IsTerminal as _, Read, Write};

use crate::progress::Progress;

/// Standard input, output and error, or what a test has in their place.
pub struct Streams<'s> {
    /// Where `explain -` reads.
    pub input: &'s mut dyn Read,
    /// Where findings go.
    pub output: &'s mut dyn Write,
    /// Where it is said why nothing could be done.
    pub errors: &'s mut dyn Write,
    /// Whether findings are coloured.
    pub colour: bool,
    /// Whether to show what is being done.
    pub progress: Progress,
}

impl std::fmt::Debug for Streams<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Streams")
            .field("colour", &self.colour)
            .finish_non_exhaustive()
    }
}

/// Runs `work` with the streams of this process: colour on a terminal, unless `NO_COLOR`
/// is set (<https://no-color.org>).
pub fn of_process<T>(work: impl FnOnce(&mut Streams<'_>) -> T) -> T {
    let no_colour = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    // Not locked: the line of progress is written beside them.
    work(&mut Streams {
        input: &mut io::stdin(),
        colour: io::stdout().is_terminal() && !no_colour,
        output: &mut io::stdout(),
        errors: &mut io::stderr(),
        progress: Progress::on_terminal(),
    })
}
