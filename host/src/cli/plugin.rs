//! `claviger plugin …`: for the authors of plugins, and for those who are to run one.

mod bench;
mod build;
mod inspect;
mod new;
mod test;
mod workbench;

use std::path::PathBuf;

use clap::Subcommand;
use claviger_config::{ComponentSource, Digest, Name};

use super::{Ended, ended};

/// Write, build, test and measure plugins, and look at them
#[derive(Subcommand)]
pub(super) enum Plugin {
    New(new::New),
    Build(build::Build),
    Test(Box<test::Test>),
    Bench(Box<bench::Bench>),
    Inspect(inspect::Inspect),
}

impl Plugin {
    pub(super) fn run(self) -> Ended {
        match self {
            Self::New(command) => ended(command.run().map(|()| Ended::Well)),
            Self::Build(command) => ended(command.run().map(|()| Ended::Well)),
            Self::Bench(command) => ended(command.run().map(|()| Ended::Well)),
            Self::Inspect(command) => ended(command.run().map(|()| Ended::Well)),
            Self::Test(command) => match command.run() {
                Ok(tested) => ended(Ok(tested)),
                Err(failure) => {
                    ended(Err(failure));
                    Ended::WithoutTrying
                }
            },
        }
    }
}

/// What stands on a command line for a component: a file, or `builtin:NAME`.
fn source(file: PathBuf) -> ComponentSource {
    let shown = file.display().to_string();
    let builtin = shown.strip_prefix("builtin:").map(str::parse::<Name>);
    match builtin {
        Some(Ok(name)) => ComponentSource::Builtin(name),
        _ => ComponentSource::File {
            path: file,
            digest: Digest::Unchecked,
        },
    }
}
