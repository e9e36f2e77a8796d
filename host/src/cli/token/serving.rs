//! The process that calls the library: it is asked on its standard input, which is a
//! socket, and answers there.

use std::io::{self, BufRead as _, BufReader, Write as _};
use std::os::fd::AsFd as _;
use std::os::unix::net::UnixStream;

use clap::Args;
use claviger_config::TriedToken;
use claviger_token_test::wire::Request;

use crate::cli::{CommandFailure, ConfigOption};
use crate::pkcs11::Bench;

/// Do what `claviger token test` asks on standard input
#[derive(Args)]
pub(in crate::cli) struct TokenWorker {
    #[command(flatten)]
    config: ConfigOption,
    /// The token, by its name in the configuration
    #[arg(value_name = "NAME")]
    name: String,
}

impl TokenWorker {
    /// Ends, and removes its key, when nobody asks any more: also when whoever asked is
    /// gone.
    pub(in crate::cli) fn run(self) -> Result<(), CommandFailure> {
        let tried = TriedToken::of_file(&self.config.config, &self.name)?;
        let socket = io::stdin()
            .as_fd()
            .try_clone_to_owned()
            .map(UnixStream::from)
            .map_err(CommandFailure::Runtime)?;
        let mut bench = Bench::new(tried.token);
        let requests = BufReader::new(&socket);
        for line in requests.lines() {
            let Ok(line) = line else { break };
            let Ok(request) = serde_json::from_str::<Request>(&line) else {
                break;
            };
            let answer = bench.answer(request);
            let mut line = serde_json::to_vec(&answer).unwrap_or_default();
            line.push(b'\n');
            if (&socket).write_all(&line).is_err() {
                break;
            }
        }
        bench.end();
        Ok(())
    }
}
