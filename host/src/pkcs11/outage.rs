//! What the log says of a token. Of an outage it says each thing once, and nothing
//! before the start has reported what it found.

use std::mem::{Discriminant, discriminant};

use thiserror::Error;
use tracing::{error, info, warn};

use super::return_value::ReturnValue;
use super::slot::OpenFault;

/// A line of the log.
#[derive(Debug, Error, PartialEq, Eq)]
pub(super) enum Line {
    #[error("a session was lost: {0}")]
    Lost(ReturnValue),
    /// A session is left in a state that serves no other job.
    #[error("a session was spent: {0}")]
    Spent(ReturnValue),
    /// A session may be lost, and has been for a while.
    #[error("a session was given up: {0}")]
    GivenUp(ReturnValue),
    /// A search found nothing, and the session could not prove that it sees the token.
    #[error("a key is missing, perhaps with the token: the library is to be started again")]
    Distrusted,
    #[error("a thread is stuck in the library: another takes its place")]
    Stuck,
    #[error("no session works: requests are refused")]
    Out,
    #[error("no session can be opened: {0}")]
    NotOpened(OpenFault),
    #[error("{0}: no more attempts, because they would lock the token's user")]
    PinRefused(OpenFault),
    #[error("the library was started again")]
    Restarted,
    #[error("the token is back")]
    Back,
}

/// What has been said of the present outage and is not to be said again. Before the
/// start is over nothing is said.
#[derive(Default)]
pub(super) struct Outage(Option<Vec<Discriminant<Line>>>);

impl Outage {
    /// The start is over. `out` when it has warned of an outage.
    pub(super) fn begin_service(&mut self, out: bool) {
        let said = out.then_some(discriminant(&Line::Out));
        self.0 = Some(said.into_iter().collect());
    }

    /// The line, unless it has been said.
    pub(super) fn once(&mut self, line: Line) -> Option<Line> {
        let said = self.0.as_mut()?;
        if matches!(line, Line::Out | Line::NotOpened(_) | Line::Restarted) {
            if said.contains(&discriminant(&line)) {
                return None;
            }
            said.push(discriminant(&line));
        }
        Some(line)
    }

    /// A session works.
    pub(super) fn ends(&mut self) -> Option<Line> {
        let said = std::mem::take(self.0.as_mut()?);
        said.contains(&discriminant(&Line::Out))
            .then_some(Line::Back)
    }
}

impl Line {
    /// Writes it, of the token that the operator calls so.
    pub(super) fn write(&self, token: &str) {
        match self {
            Self::Out | Self::PinRefused(_) => error!(token, "{self}"),
            Self::Lost(_) | Self::Distrusted | Self::Stuck | Self::NotOpened(_) => {
                warn!(token, "{self}");
            }
            Self::Spent(_) | Self::GivenUp(_) | Self::Restarted | Self::Back => {
                info!(token, "{self}");
            }
        }
    }
}
