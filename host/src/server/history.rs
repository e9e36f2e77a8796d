//! What became of configurations.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use claviger_config::Configuration;
use claviger_settings::Fault;

/// What became of the configurations so far.
#[derive(Clone, Debug)]
pub(super) struct History {
    /// When the one in force was taken up.
    pub(super) taken_up: SystemTime,
    /// The files that it names, and those of one that was refused: what was wrong with
    /// them may be put right.
    pub(super) files: BTreeSet<PathBuf>,
    /// When one was refused, if that was later, and what was wrong with it.
    pub(super) refused: Option<(SystemTime, Vec<Fault>)>,
    /// How many were refused so far.
    pub(super) refusals: u64,
}

impl History {
    /// With this one in force.
    pub(super) fn of(configuration: &Configuration) -> Self {
        let files = configuration.files();
        Self {
            taken_up: SystemTime::now(),
            files: files.into_iter().map(Path::to_owned).collect(),
            refused: None,
            refusals: 0,
        }
    }
}
