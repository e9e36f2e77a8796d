//! `claviger version`

use std::fmt::Write as _;

use clap::Args;

use super::{CommandFailure, print};
use crate::plugin::supported;
use crate::resources::stock;

/// Show the version, the contracts spoken and the plugins inside
#[derive(Args)]
#[command(after_help = "Example:\n  claviger version")]
pub(super) struct Version {}

impl Version {
    pub(super) fn run() -> Result<(), CommandFailure> {
        let contracts = supported();
        let mut text = format!(
            "claviger {}\nplugin contract {contracts}\n",
            env!("CARGO_PKG_VERSION")
        );
        for (name, bytes) in stock::ALL {
            // Writing to a String cannot fail.
            let _ = writeln!(text, "builtin:{name} ({} bytes)", bytes.len());
        }
        print(&text)
    }
}
