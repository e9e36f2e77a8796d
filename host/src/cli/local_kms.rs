//! `claviger local-kms`: the AWS KMS API on this machine, for keys of a real proxy.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

use clap::Args;
use claviger_config::Log;
use claviger_local_kms::demo::Demo;
use claviger_local_kms::seed::read_proxy_configuration;
use claviger_local_kms::{LocalKms, LocalKmsCommand};
use tokio::sync::mpsc;

use super::dev::{self, CA_FILE, CONSOLE_FILE, HOST};
use super::serve::stop_signal;
use super::{CommandFailure, block_on, compiler, logging, print};
use crate::server::{Server, raise_open_files};

/// The external key of the demo, and the alias of its KMS key.
const KEY: &str = "demo";
const ALIAS: &str = "alias/demo";

/// Serve the AWS KMS API on this machine, for keys of a real XKS proxy
///
/// For development. This is not AWS KMS: it authenticates nobody, and stores key
/// policies without enforcing them. Point an SDK at it with `AWS_ENDPOINT_URL_KMS`.
/// docs/local-kms.md says what differs from AWS.
#[derive(Args)]
#[command(
    after_help = "Examples: a KMS, a proxy and a key, from nothing:\n  claviger local-kms --with-dev\n\
                  for the key store of another proxy on this machine:\n  claviger local-kms --dir kms \
                  --resolve xks.example.com=127.0.0.1:8443 --ca-file ca.pem"
)]
pub(super) struct LocalKmsAndDev {
    #[command(flatten)]
    local_kms: LocalKmsCommand,
    /// Serve what `claviger dev` does, too, on a port of its own; with a key store of
    /// it that is connected, and a KMS key alias/demo
    #[arg(long, conflicts_with = "ca_file")]
    with_dev: bool,
    /// The state folder of `claviger dev`
    #[arg(long, value_name = "FOLDER", default_value = dev::FOLDER, requires = "with_dev")]
    dev_dir: PathBuf,
}

impl LocalKmsAndDev {
    pub(super) fn run(self) -> Result<(), CommandFailure> {
        if self.with_dev {
            return self.run_with_dev();
        }
        logging::start(&Log::default()).map_err(CommandFailure::Runtime)?;
        raise_open_files();
        block_on(async {
            let stop = stop_signal().map_err(CommandFailure::Runtime)?;
            let kms = self.local_kms.start().await?;
            tracing::info!("listening on {}", kms.address());
            print(&kms.welcome())?;
            kms.run(stop).await;
            Ok(())
        })?
    }

    fn run_with_dev(self) -> Result<(), CommandFailure> {
        let mut configuration = dev::load_or_make(&self.dev_dir, None)?;
        configuration.server.listen = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        logging::start(&configuration.log).map_err(CommandFailure::Runtime)?;
        raise_open_files();
        block_on(async {
            let stop = stop_signal().map_err(CommandFailure::Runtime)?;
            let proxy = Server::start(&configuration, compiler()?).await?;
            let address = proxy.listening().api;
            tracing::info!("the proxy is at {address}");
            let kms = with_proxy(self.local_kms, &self.dev_dir, address)
                .start()
                .await?;
            tracing::info!("listening on {}", kms.address());
            // Ends when this side is dropped, however this function ends.
            let (serving, orders) = mpsc::channel(1);
            let proxy = tokio::spawn(proxy.run(orders));
            let shown = show(&kms, &self.dev_dir).await;
            if shown.is_ok() {
                kms.run(stop).await;
            }
            drop(serving);
            let _ = proxy.await;
            shown
        })?
    }
}

/// Looks for the host of the proxy's certificate where the proxy listens.
fn with_proxy(
    mut local_kms: LocalKmsCommand,
    dev_dir: &Path,
    address: SocketAddr,
) -> LocalKmsCommand {
    local_kms.resolve.push(claviger_local_kms::Override {
        host: HOST.to_owned(),
        address,
    });
    local_kms.ca_file = Some(dev_dir.join(CA_FILE));
    local_kms
}

/// Makes the key store and the key, and says how to use them.
async fn show(kms: &LocalKms, dev_dir: &Path) -> Result<(), CommandFailure> {
    let file = dev_dir.join(CONSOLE_FILE);
    let (path, credential) = read_proxy_configuration(&file)?;
    let demo = Demo {
        endpoint: format!("https://{HOST}"),
        path: path.to_string(),
        credential,
        external_key: KEY.to_owned(),
        alias: ALIAS.to_owned(),
    };
    let arn = demo.set_up(kms).await?;
    let (url, region) = (kms.url(), kms.region());
    print(&format!(
        "{welcome}\
         The KMS key {ALIAS} is the external key {KEY} of the proxy in {folder}, which writes \
         {folder}/audit.jsonl:\n  {arn}\n\
         To paste: an environment for SDKs, aws-cli, boto3.\n\n\
         export AWS_ENDPOINT_URL_KMS={url} AWS_REGION={region} AWS_DEFAULT_REGION={region} \
         AWS_ACCESS_KEY_ID=local AWS_SECRET_ACCESS_KEY=local\n\
         aws kms encrypt --key-id {ALIAS} --plaintext aGVsbG8= --query CiphertextBlob --output text\n\
         python3 -c 'import boto3; kms = boto3.client(\"kms\"); \
         blob = kms.encrypt(KeyId=\"{ALIAS}\", Plaintext=b\"hello\")[\"CiphertextBlob\"]; \
         print(kms.decrypt(CiphertextBlob=blob)[\"Plaintext\"])'\n\n",
        welcome = kms.welcome(),
        folder = dev_dir.display(),
    ))
}
