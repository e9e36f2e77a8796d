//! `claviger dev`: a working proxy from nothing.

mod certificates;
mod state;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use clap::Args;
use claviger_config::Configuration;

use super::serve::serve;
use super::{CommandFailure, print};
use crate::server::Listening;
use state::DEMO_KEYS;
pub(super) use state::{KEK, PREFIX, SECRET, furnish};

/// The state folder, unless another is named.
pub(super) const FOLDER: &str = "claviger-dev";
/// The configuration in it.
const FILE: &str = "claviger.toml";
/// The certificate in it that clients have to believe.
pub(super) const CA_FILE: &str = "ca.pem";
/// What the AWS KMS console takes, in it.
pub(super) const CONSOLE_FILE: &str = "xks-proxy-configuration.json";
/// The host of the server's certificate.
pub(super) const HOST: &str = "localhost";

/// Serve a demo key store, for development and trials
///
/// Makes a state folder with a CA and server certificate for localhost, a
/// credential, a commented claviger.toml, the KMS console's proxy configuration
/// file, and demo keys; or serves the folder that is there.
#[derive(Args)]
#[command(after_help = "Example:\n  claviger dev --dir claviger-dev --listen 127.0.0.1:8443")]
pub(super) struct Dev {
    /// The state folder
    #[arg(long, value_name = "FOLDER", default_value = FOLDER)]
    dir: PathBuf,
    /// Where to listen; without it, as the folder's claviger.toml says
    #[arg(long, value_name = "ADDRESS:PORT")]
    listen: Option<SocketAddr>,
    /// Make the folder and stop
    #[arg(long)]
    no_serve: bool,
}

impl Dev {
    pub(super) fn run(self) -> Result<(), CommandFailure> {
        let mut configuration = load_or_make(&self.dir, self.listen)?;
        if self.no_serve {
            return print(&format!("{}\n", self.dir.join(FILE).display()));
        }
        if let Some(listen) = self.listen {
            configuration.server.listen = listen;
        }
        serve(&configuration, &self.dir.join(FILE), |listening| {
            print(&welcome(&self.dir, listening))
        })
    }
}

/// What a state folder says, which is made where there is none.
pub(super) fn load_or_make(
    dir: &Path,
    listen: Option<SocketAddr>,
) -> Result<Configuration, CommandFailure> {
    let file = dir.join(FILE);
    if !file.exists() {
        state::make(dir, listen)?;
    }
    Ok(Configuration::load(&file)?)
}

/// What it prints. The line of curl names the host without its port, because curl before
/// 7.86 signs it so, whatever it sends.
fn welcome(dir: &Path, listening: Listening) -> String {
    let port = listening.api.port();
    let page = listening
        .page
        .map_or_else(String::new, |page| format!("Look at it: http://{page}/\n"));
    let folder = dir.display();
    let url = format!("https://localhost:{port}{PREFIX}/kms/xks/v1");
    let keys: Vec<_> = DEMO_KEYS.iter().map(|key| key.id).collect();
    format!(
        "Claviger serves the key store `demo` at {url}\n\
         External keys: {keys}\n\
         Configuration: {folder}/{FILE}   Audit records: {folder}/audit.jsonl\n\
         {page}\
         Encrypt \"hello\" as AWS KMS would:\n\n\
         curl --cacert {folder}/{CA_FILE} -K {folder}/curl.conf \
         --aws-sigv4 aws:amz:us-east-1:kms-xks-proxy -H 'Content-Type: application/json' \
         -H 'Host: localhost' -d '{BODY}' {url}/keys/demo/encrypt\n\n",
        keys = keys.join(", "),
    )
}

/// "hello" in Base64.
const BODY: &str = concat!(
    r#"{"requestMetadata":{"awsPrincipalArn":"arn:aws:iam::111122223333:user/you","#,
    r#""kmsOperation":"Encrypt","kmsRequestId":"1","#,
    r#""kmsKeyArn":"arn:aws:kms:us-east-1:111122223333:key/demo"},"#,
    r#""plaintext":"aGVsbG8=","encryptionAlgorithm":"AES_GCM"}"#
);
