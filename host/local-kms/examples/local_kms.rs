//! `claviger local-kms` alone, without the rest of the program: quick to build while
//! one works on this crate.

use std::io::Write as _;

use clap::Parser;
use claviger_local_kms::LocalKmsCommand;

#[derive(Parser)]
struct CommandLine {
    #[command(flatten)]
    local_kms: LocalKmsCommand,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let local_kms = CommandLine::parse().local_kms.start().await?;
    std::io::stdout().write_all(local_kms.welcome().as_bytes())?;
    local_kms.run(std::future::pending()).await;
    Ok(())
}
