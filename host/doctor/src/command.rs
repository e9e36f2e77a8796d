//! The command line of `claviger doctor`.

mod credential;
mod input;
mod own;
mod roots;
mod run;

use std::path::PathBuf;

use clap::{Args, Subcommand};
use claviger_xks_client::resolve::Override;

use crate::explain::ExplainCommand;
use crate::streams::{self, Streams};

/// Ask an XKS proxy, and the AWS side of it, what AWS KMS will make of them
///
/// Plays AWS KMS against any XKS proxy, judges the values that AWS KMS is given, and
/// reads what the AWS CLI says of key stores, endpoint services and load balancers. It
/// needs no AWS credentials and changes nothing: to the proxy it sends health requests,
/// and with --key also GetKeyMetadata, Encrypt and Decrypt with that key.
///
/// All calls of the proxy together take at most a minute, three with --thorough; what was
/// found until then, or until it is interrupted, is written.
///
/// The exit status is 0 when nothing fails, 1 when something does, 2 when the checks
/// could not be made.
#[derive(Debug, Args)]
#[command(
    args_conflicts_with_subcommands = true,
    subcommand_negates_reqs = true,
    after_help = "Examples:\n  claviger doctor https://xks.example.com --uri-path /pay/kms/xks/v1 \\\n    --credential-file credential.json --key demo\n  claviger doctor --config claviger.toml --key-store pay --key demo --thorough\n  claviger doctor --aws-commands > read-aws.sh\n  claviger doctor --aws aws-side --region eu-central-1\n  claviger doctor explain XKS_PROXY_NOT_REACHABLE"
)]
pub struct DoctorCommand {
    #[command(subcommand)]
    explain: Option<DoctorSubcommand>,
    #[command(flatten)]
    options: Options,
}

#[derive(Debug, Subcommand)]
enum DoctorSubcommand {
    Explain(ExplainCommand),
}

/// What is examined, and how the findings are written.
#[derive(Debug, Default, Args)]
#[expect(clippy::doc_markdown, reason = "the text of --help has no marks")]
struct Options {
    /// XksProxyUriEndpoint, without a port: https://xks.example.com
    #[arg(value_name = "ENDPOINT")]
    endpoint: Option<String>,
    /// XksProxyUriPath: /PREFIX/kms/xks/v1
    #[arg(long, value_name = "PATH", conflicts_with_all = ["console_file", "config"])]
    uri_path: Option<String>,
    /// JSON with AccessKeyId and RawSecretAccessKey, as `claviger credential new` writes
    #[arg(long, value_name = "FILE", conflicts_with_all = ["console_file", "config"])]
    credential_file: Option<PathBuf>,
    /// The file that the AWS KMS console takes: path and credential
    #[arg(long, value_name = "FILE", conflicts_with = "config")]
    console_file: Option<PathBuf>,
    /// Claviger's own configuration: path, credential, and, unless ENDPOINT says
    /// otherwise, where it listens
    #[arg(long, value_name = "FILE", requires = "key_store")]
    config: Option<PathBuf>,
    /// The key store in --config
    #[arg(long, value_name = "NAME", requires = "config")]
    key_store: Option<String>,
    /// Which of its credentials, when it has several
    #[arg(long, value_name = "ID", requires = "config")]
    access_key_id: Option<String>,
    /// An external key that may be used for encrypting and decrypting; several times
    #[arg(long = "key", value_name = "ID")]
    keys: Vec<String>,
    /// Who calls AWS KMS, as far as the proxy is told, when its policy asks
    #[arg(long, value_name = "ARN")]
    principal: Option<String>,
    /// The KMS key, as far as the proxy is told, when its policy asks
    #[arg(long, value_name = "ARN")]
    kms_key_arn: Option<String>,
    /// The Region of the key store
    #[arg(long, value_name = "REGION")]
    region: Option<String>,
    /// Where the host of the endpoint really is, instead of what its name resolves to and
    /// port 443
    #[arg(long, value_name = "HOST=ADDRESS:PORT")]
    resolve: Vec<Override>,
    /// PEM: roots to believe beside the system's, for a private authority
    #[arg(long, value_name = "FILE")]
    ca_file: Option<PathBuf>,
    /// Another list of roots than the one that AWS publishes: a root a line, as SHA-256,
    /// two dates and name, separated by tabs
    #[arg(long, value_name = "FILE")]
    trusted_roots: Option<PathBuf>,
    /// Add load and tampering: some 400 requests more
    #[arg(long)]
    thorough: bool,
    /// XksProxyVpcEndpointServiceName of a key store that is not made yet
    #[arg(long, value_name = "NAME")]
    vpc_endpoint_service: Option<String>,
    /// XksProxyVpcEndpointServiceOwner of it
    #[arg(long, value_name = "ACCOUNT", requires = "vpc_endpoint_service")]
    vpc_endpoint_service_owner: Option<String>,
    /// The folder that the script of --aws-commands has written
    #[arg(long, value_name = "FOLDER")]
    aws: Option<PathBuf>,
    /// Print a script that reads the AWS side with the AWS CLI, and changes nothing
    #[arg(long, exclusive = true)]
    aws_commands: bool,
    /// Write the findings as JSON
    #[arg(long)]
    json: bool,
    /// Write the findings as JUnit XML too
    #[arg(long, value_name = "FILE")]
    junit: Option<PathBuf>,
}

/// How the command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// No check failed.
    Well,
    /// A check failed.
    WithFailures,
    /// The checks could not be made; standard error says why.
    CouldNotRun,
}

impl Ended {
    /// The exit status of the process.
    pub const fn status(self) -> u8 {
        match self {
            Self::Well => 0,
            Self::WithFailures => 1,
            Self::CouldNotRun => 2,
        }
    }
}

impl DoctorCommand {
    /// Runs the command with the streams of this process, on a runtime of its own.
    pub fn run(self) -> Ended {
        streams::of_process(|streams| self.run_with(streams))
    }

    /// Runs the command. What stops it is written to `streams.errors`.
    pub fn run_with(self, streams: &mut Streams<'_>) -> Ended {
        let done = match self.explain {
            Some(DoctorSubcommand::Explain(explain)) => explain
                .run(streams)
                .map(|()| Ended::Well)
                .map_err(|fault| fault.to_string()),
            None => run::run(self.options, streams).map_err(|fault| fault.to_string()),
        };
        done.unwrap_or_else(|problem| {
            // Standard error may be closed; the exit status still tells.
            let _ = writeln!(streams.errors, "{}", problem.trim_end());
            Ended::CouldNotRun
        })
    }
}
