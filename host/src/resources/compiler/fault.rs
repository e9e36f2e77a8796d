//! Why a component was not compiled.

use std::io;
use std::time::Duration;

use thiserror::Error;

use crate::words::printable;

/// Longest text of the compiler that is shown, in bytes.
const TEXT: usize = 512;

/// Why a component was not compiled.
#[derive(Debug, Error)]
pub(crate) enum CompileFault {
    /// It took too long.
    #[error("it is not compiled within {} s", .0.as_secs())]
    Time(Duration),
    /// It took too much memory.
    #[error("its compilation takes more than {} MiB", .0 >> 20)]
    Memory(u64),
    /// The compiler says that it is no component that this host can run.
    #[error("it cannot be compiled: {0}")]
    Refused(String),
    /// The system does not let this process have machine code that it made.
    #[error("this process may not make memory executable: {0}")]
    NotExecutable(String),
    /// The compiler did not survive it.
    #[error("the compiler crashed on it ({how}): {said}")]
    Crashed {
        /// Exit status or signal.
        how: String,
        /// What the compiler said.
        said: String,
    },
    /// The compiler's process did not start.
    #[error("the compiler does not start: {0}")]
    Start(io::Error),
}

/// What the system says to memory that would be executable: EPERM and EACCES.
const FORBIDDEN: [&str; 2] = ["(os error 1)", "(os error 13)"];

impl CompileFault {
    /// Machine code is not loaded for this reason, which the engine gives as text.
    pub(crate) fn not_loaded(reason: String) -> Self {
        if FORBIDDEN.iter().any(|error| reason.ends_with(error)) {
            Self::NotExecutable(reason)
        } else {
            Self::Refused(reason)
        }
    }

    /// What the operator can do about it.
    pub(crate) fn fix(&self) -> &'static str {
        match self {
            Self::Time(_) => {
                "if you trust this component, allow it more: compile = { seconds = … }"
            }
            Self::Memory(_) => {
                "if you trust this component, allow it more: compile = { memory_mib = … }"
            }
            Self::Refused(_) => "use a component built for this host",
            Self::NotExecutable(_) => {
                "plugins run as machine code: write MemoryDenyWriteExecute=no in the systemd \
                 unit, or permit execmem where SELinux forbids it"
            }
            Self::Crashed { .. } => "do not use this component, and report it to its vendor",
            Self::Start(_) => "let this user start processes, and see that the program can be read",
        }
    }
}

/// Whether the process said, when it ended, that it got no more memory.
pub(super) fn is_out_of_memory(complaint: &str) -> bool {
    [
        "memory allocation of",
        "Cannot allocate memory",
        "out of memory",
    ]
    .iter()
    .any(|words| complaint.contains(words))
}

/// What an operator can use of what a process said before it ended.
pub(super) fn essence(complaint: &str) -> String {
    let words = complaint.split_whitespace().collect::<Vec<_>>().join(" ");
    if words.is_empty() {
        return "it said nothing".to_owned();
    }
    printable(&words, TEXT)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_compiler_says_is_one_line_without_control_characters() {
        assert_eq!(essence("a\n  b\u{1b}[31m\n"), "a b\\u{1b}[31m");
        assert_eq!(essence("\n"), "it said nothing");
        assert!(essence(&"x ".repeat(9000)).len() <= TEXT);
    }
}
