//! `claviger token`

mod process;
mod serving;

use std::path::PathBuf;
use std::time::Duration;

use aws_lc_rs::rand;
use clap::{Args, Subcommand};
use claviger_config::TriedToken;
use claviger_token_test::wire::{Bytes, KeptKey};
use claviger_token_test::{self as token_test, Options};
use claviger_xks::credential::NoRandomness;

use super::{CommandFailure, ConfigOption, Ended, print};
use process::{Interruption, Process};
pub(super) use serving::TokenWorker;

/// The command that calls the library: `claviger COMMAND --config FILE NAME`.
pub(super) const WORKER_COMMAND: &str = "token-worker";

/// Look at a PKCS#11 token
#[derive(Subcommand)]
#[command(
    after_help = "Example:\n  claviger token test --config /etc/claviger/claviger.toml primary"
)]
pub(super) enum Token {
    Test(Test),
}

/// Find out by trial how a token does what Claviger needs, and propose its settings
///
/// Reads `[tokens.NAME]` of the configuration; the other tables do not matter, and
/// `profile` may be missing. Logs in once, and tries everything with a session key of its
/// own: no key on the token is used. The library runs in a process of its own, so that
/// what crashes or hangs there is reported. A host that serves is not disturbed, except
/// that the token has more to do.
///
/// The status is 0 when Claviger can work with the token as it is configured, 1 when it
/// cannot, 2 when not everything could be tried.
#[derive(Args)]
#[command(
    after_help = "Example:\n  claviger token test --config /etc/claviger/claviger.toml primary"
)]
pub(super) struct Test {
    #[command(flatten)]
    config: ConfigOption,
    /// The token, by its name in the configuration
    #[arg(value_name = "NAME")]
    name: String,
    /// If the token makes no session keys, make one on the token, and remove it at the end
    #[arg(long)]
    make_key: bool,
    /// How long to measure encryptions, in all
    #[arg(long, value_name = "SECONDS", default_value_t = 5,
          value_parser = clap::value_parser!(u64).range(1..=600))]
    seconds: u64,
    /// How long the library may take for one trial before it counts as hanging
    #[arg(long, value_name = "SECONDS", default_value_t = 10,
          value_parser = clap::value_parser!(u64).range(1..=600))]
    timeout: u64,
    /// Say it as JSON
    #[arg(long)]
    json: bool,
}

/// What the process that calls the library is told.
pub(super) struct WhichToken {
    config: PathBuf,
    name: String,
}

impl Token {
    pub(super) fn run(self) -> Result<Ended, CommandFailure> {
        let Self::Test(test) = self;
        test.run()
    }
}

impl Test {
    fn run(self) -> Result<Ended, CommandFailure> {
        let tried = TriedToken::of_file(&self.config.config, &self.name)?;
        let options = Options {
            token: self.name.clone(),
            configured: tried.profile,
            sessions: tried.token.sessions,
            make_key: self.make_key,
            key: new_key()?,
            limit: Duration::from_secs(self.timeout),
            seconds: Duration::from_secs(self.seconds),
        };
        let which = WhichToken {
            config: self.config.config,
            name: self.name,
        };
        let interruption = Interruption::begin().map_err(CommandFailure::Runtime)?;
        let mut process = Process::new(which, interruption).map_err(CommandFailure::Runtime)?;
        let report = token_test::test(&mut process, &options);
        if self.json {
            let text = serde_json::to_string_pretty(&report).unwrap_or_default();
            print(&format!("{text}\n"))?;
        } else {
            print(&report.to_string())?;
        }
        Ok(match report.ended {
            token_test::Ended::Well => Ended::Well,
            token_test::Ended::Badly => Ended::Badly,
            token_test::Ended::Incomplete => Ended::WithoutTrying,
        })
    }
}

/// Names that no other key has.
fn new_key() -> Result<KeptKey, CommandFailure> {
    let mut id = vec![0; 16];
    rand::fill(&mut id).map_err(|_| NoRandomness)?;
    let id = Bytes(id);
    let label = format!("claviger-token-test-{}", String::from(id.clone()));
    Ok(KeptKey { label, id })
}
