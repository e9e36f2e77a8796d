//! `claviger version`

use std::fmt::Write as _;

use clap::Args;
use claviger_config::Digest;

use super::{CommandFailure, print};
use crate::plugin::supported;
use crate::resources::{sha256, stock};
use crate::words::{COMMIT, VERSION};

/// Show the version, the contracts spoken and the plugins inside
#[derive(Args)]
#[command(after_help = "Example:\n  claviger version")]
pub(super) struct Version {}

impl Version {
    pub(super) fn run() -> Result<(), CommandFailure> {
        let contracts = supported();
        let commit = COMMIT.map_or_else(String::new, |commit| format!(" ({commit})"));
        let mut text = format!("claviger {VERSION}{commit}\nplugin contract {contracts}\n");
        for (name, bytes) in stock::ALL {
            // Writing to a String cannot fail.
            let digest = Digest::digits(&sha256(bytes));
            let _ = writeln!(
                text,
                "builtin:{name} sha256:{digest} ({} bytes)",
                bytes.len()
            );
        }
        print(&text)
    }
}
