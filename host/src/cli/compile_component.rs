//! `claviger compile-component`, which the program runs for itself.

use std::io;
use std::time::Duration;

use clap::Args;
use claviger_config::CompileLimits;

use super::CommandFailure;
use crate::resources::{Layout, compile_here};

/// Compile the component on standard input to standard output
#[derive(Args)]
pub(super) struct CompileComponent {
    /// How long it may take
    #[arg(long)]
    seconds: u64,
    /// How much memory it may take
    #[arg(long)]
    memory_mib: u64,
    /// The address space of a linear memory in bytes, where it is less than 4 GiB
    #[arg(long)]
    narrow: Option<usize>,
}

impl CompileComponent {
    pub(super) fn run(self) -> Result<(), CommandFailure> {
        let limits = CompileLimits {
            time: Duration::from_secs(self.seconds),
            memory_bytes: self.memory_mib.saturating_mul(1 << 20),
        };
        Ok(compile_here(
            self.narrow.map_or(Layout::Wide, Layout::Narrow),
            limits,
            io::stdin().lock(),
            io::stdout().lock(),
        )?)
    }
}
