//! What is not there and can come.

use std::path::{Path, PathBuf};

use claviger_settings::Fault;

/// Something that a key store needs and that is not there. It can come while the host
/// serves others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Absence {
    /// What the operator is told.
    pub(crate) fault: Fault,
    /// The file that has to be there; `None` for what only an attempt can tell.
    pub(crate) file: Option<PathBuf>,
}

impl Absence {
    /// This fault, because of a file that does not exist.
    pub(crate) fn of_file(fault: Fault, file: &Path) -> Self {
        Self {
            fault,
            file: Some(file.to_owned()),
        }
    }

    /// Whether another attempt is worth making.
    pub(crate) fn may_be_over(&self) -> bool {
        self.file.as_ref().is_none_or(|file| file.exists())
    }
}

/// Why something cannot be opened.
pub(super) enum Unopened {
    /// The operator has to change something, and is told so here.
    Fault(Fault),
    /// Of the token that it needs has been reported why.
    Reported,
    /// It is not there.
    Absent(Absence),
}

impl From<Fault> for Unopened {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}
