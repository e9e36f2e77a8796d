//! The command line of `claviger local-kms`.

mod fault;
mod listen;
mod running;

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Args;
use claviger_xks_client::resolve::Override;

use crate::names::{AccountId, Region};

pub use fault::StartFault;
pub use running::LocalKms;

/// Serve the AWS KMS API on this machine, for keys of a real XKS proxy
///
/// For development. This is not AWS KMS: it authenticates nobody, and enforces no
/// key policies. Point an SDK at it with `AWS_ENDPOINT_URL_KMS`.
#[derive(Args, Debug, Clone)]
#[command(
    after_help = "Example: a key store whose proxy listens on another port of this machine:\n  \
                  claviger local-kms --dir kms --resolve xks.example.com=127.0.0.1:8443 --ca-file ca.pem"
)]
pub struct LocalKmsCommand {
    /// Where to listen
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:4566")]
    pub listen: SocketAddr,
    /// Keep the state in this folder; without it, in memory
    #[arg(long, value_name = "FOLDER")]
    pub dir: Option<PathBuf>,
    /// Key stores, KMS keys, aliases and callers that are to be there: TOML, or JSON
    /// where the name ends in .json
    #[arg(long, value_name = "FILE")]
    pub seed: Option<PathBuf>,
    /// The account of all ARNs
    #[arg(long, value_name = "ACCOUNT", default_value = AccountId::DEFAULT)]
    pub account: AccountId,
    /// The Region of requests that are not signed, and of what a seed does not say
    #[arg(long, value_name = "REGION", default_value = "us-east-1")]
    pub region: Region,
    /// Connect to a proxy here, though its endpoint says port 443 of a host
    #[arg(long, value_name = "HOST=ADDRESS:PORT")]
    pub resolve: Vec<Override>,
    /// Believe certificates of proxies that are under these CA certificates, in PEM
    /// form, instead of the operating system's
    #[arg(long, value_name = "FILE")]
    pub ca_file: Option<PathBuf>,
    /// How long key stores take to connect and to disconnect; minutes in AWS KMS
    #[arg(long, value_name = "DURATION", default_value = "200ms")]
    pub connect_delay: humantime::Duration,
    /// How often the proxies of connected key stores are asked how they are
    #[arg(long, value_name = "DURATION", default_value = "3m")]
    pub health_check_interval: humantime::Duration,
    /// Connect key stores when they are made and disconnect them when they are
    /// deleted, which Terraform does not
    #[arg(long)]
    pub auto_connect: bool,
    /// A name that requests may call it by, beside IP addresses, localhost and the names
    /// of the certificate; several times
    #[arg(long, value_name = "NAME")]
    pub allow_host: Vec<String>,
    /// Serve TLS with this certificate chain, in PEM form
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    pub tls_cert: Option<PathBuf>,
    /// The private key of the certificate, in PEM form
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    pub tls_key: Option<PathBuf>,
    /// Listen on an address that others can reach; needs --authenticate-nobody, too
    #[arg(long)]
    pub not_only_loopback: bool,
    /// Accept that whoever reaches the address may use, change and delete every key
    #[arg(long)]
    pub authenticate_nobody: bool,
}
