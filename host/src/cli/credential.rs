//! `claviger credential`

use std::path::PathBuf;

use clap::{Args, Subcommand};
use claviger_xks::credential::Credential as Generated;
use zeroize::Zeroizing;

use super::{CommandFailure, print, private_file};

/// Make credentials for AWS KMS
#[derive(Subcommand)]
pub(super) enum Credential {
    New(New),
}

/// Make a new access key id and secret access key (XKS-036, XKS-037)
///
/// The two are independent random values. Give both to AWS KMS as the key
/// store's proxy authentication credential, and to Claviger as a credential of
/// that key store.
#[derive(Args)]
#[command(after_help = "Example:\n  claviger credential new --output new-credential.json")]
pub(super) struct New {
    /// Write to a new file of mode 0600 instead of standard output
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
}

impl Credential {
    pub(super) fn run(self) -> Result<(), CommandFailure> {
        let Self::New(New { output }) = self;
        let credential = Generated::generate()?;
        // No value needs an escape in JSON.
        let text = Zeroizing::new(format!(
            "{{\n    \"AccessKeyId\": \"{}\",\n    \"RawSecretAccessKey\": \"{}\"\n}}\n",
            credential.access_key_id,
            credential.secret_access_key.reveal()
        ));
        deliver(&text, output)
    }
}

/// To standard output, or to a file that nobody else can read (XKS-128).
pub(super) fn deliver(text: &str, output: Option<PathBuf>) -> Result<(), CommandFailure> {
    match output {
        Some(path) => private_file::create(&path, text.as_bytes()),
        None => print(text),
    }
}
