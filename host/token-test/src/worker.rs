use std::fmt;
use std::time::Duration;

use crate::wire::{Answer, Request};

/// Does what it is asked in a process of its own.
pub trait Worker {
    /// Has a request done; a process is started when there is none. One that is lost
    /// is ended before this returns.
    ///
    /// # Errors
    /// When there is no answer within `limit`.
    fn ask(&mut self, request: &Request, limit: Duration) -> Result<Answer, Lost>;

    /// Ends the process, if there is one: the next request begins with another one.
    fn end(&mut self);

    /// After an interruption: from here on requests are done again, to clean up.
    fn resume(&mut self);
}

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Lost {
    /// The process ended: by a signal, or with a status.
    Ended(String),
    /// The library did not return within this time.
    Silent(Duration),
    /// The operator wants no more.
    Interrupted,
    /// The process cannot be started or be talked to.
    Broken(String),
}

impl fmt::Display for Lost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ended(how) => write!(f, "the library ended its process ({how})"),
            Self::Silent(limit) => {
                write!(
                    f,
                    "the library did not return within {} s",
                    limit.as_secs_f64()
                )
            }
            Self::Interrupted => f.write_str("interrupted"),
            Self::Broken(how) => write!(f, "the process of the test fails: {how}"),
        }
    }
}
