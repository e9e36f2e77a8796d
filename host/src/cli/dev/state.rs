//! The state folder of `claviger dev`.

use std::fs;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use claviger_config::Configuration;
use claviger_xks::credential::{Credential, NoRandomness};
use claviger_xks::proxy_configuration::proxy_configuration;
use zeroize::Zeroizing;

use super::{CONSOLE_FILE, FILE, certificates};
use crate::assembly::assemble_backend;
use crate::cli::{CommandFailure, block_on, compiler, key, private_file};
use crate::plugin::backend::{KeyCommand, ManagementFault};
use crate::resources::MissingStorage;

/// The URI path prefix of the demo key store.
pub(in crate::cli) const PREFIX: &str = "/demo";
const LISTEN: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 8443);
/// The credential's secret, and the key of the storage.
pub(in crate::cli) const SECRET: &str = "credentials/demo.secret";
pub(in crate::cli) const KEK: &str = "keys.kek";
/// Without the two values that differ from folder to folder.
const TEMPLATE: &str = include_str!("claviger.toml");

/// An external key that `claviger dev` makes.
pub(super) struct DemoKey {
    pub(super) id: &'static str,
    usage: &'static [&'static str],
    enabled: bool,
}

/// One for each thing that a client may want to see.
pub(super) const DEMO_KEYS: &[DemoKey] = &[
    DemoKey {
        id: "demo",
        usage: &["ENCRYPT", "DECRYPT"],
        enabled: true,
    },
    DemoKey {
        id: "demo-encrypt-only",
        usage: &["ENCRYPT"],
        enabled: true,
    },
    DemoKey {
        id: "demo-decrypt-only",
        usage: &["DECRYPT"],
        enabled: true,
    },
    DemoKey {
        id: "demo-no-usage",
        usage: &[],
        enabled: true,
    },
    DemoKey {
        id: "demo-disabled",
        usage: &["ENCRYPT", "DECRYPT"],
        enabled: false,
    },
];

/// Makes the folder. `claviger.toml` comes last: a folder that has it is whole.
pub(super) fn make(dir: &Path, listen: Option<SocketAddr>) -> Result<(), CommandFailure> {
    private_file::directory(dir)?;
    let io = |source| CommandFailure::File {
        path: dir.to_owned(),
        source,
    };
    if fs::read_dir(dir).map_err(io)?.next().is_some() {
        return Err(CommandFailure::NotAStateFolder {
            path: dir.to_owned(),
        });
    }
    let credential = furnish(dir)?;
    let text = TEMPLATE
        .replace("@LISTEN@", &listen.unwrap_or(LISTEN).to_string())
        .replace("@ACCESS_KEY_ID@", credential.access_key_id.as_str());
    let configuration = Configuration::parse(&text, dir)?;
    for key_store in &configuration.key_stores {
        let file = proxy_configuration(&key_store.uri_path_prefix, &credential);
        private_file::create(&dir.join(CONSOLE_FILE), file.as_bytes())?;
        block_on(async {
            let (missing, compiler) = (MissingStorage::IsMade, compiler()?);
            let backend = assemble_backend(&configuration, key_store, missing, compiler).await?;
            for command in DEMO_KEYS.iter().flat_map(commands) {
                key::manage(&backend, Some(command?)).await?;
            }
            Ok::<_, CommandFailure>(())
        })??;
    }
    private_file::create_public(&dir.join(FILE), text.as_bytes())
}

/// Puts into a folder what every host needs: certificates, a credential, and a key for its
/// storage.
pub(in crate::cli) fn furnish(dir: &Path) -> Result<Credential, CommandFailure> {
    certificates::make(dir)?;
    let credential = Credential::generate()?;
    let secret = credential.secret_access_key.reveal();
    private_file::directory(&dir.join("credentials"))?;
    private_file::create(&dir.join(SECRET), secret.as_bytes())?;
    let curl = Zeroizing::new(format!(
        "user = \"{}:{secret}\"\n",
        credential.access_key_id
    ));
    private_file::create(&dir.join("curl.conf"), curl.as_bytes())?;
    private_file::create(&dir.join(KEK), key_encryption_key()?.as_bytes())?;
    Ok(credential)
}

/// What makes one demo key.
fn commands(key: &DemoKey) -> Vec<Result<KeyCommand, CommandFailure>> {
    // The ids of the table above are legal; an error says which is not.
    let id = || {
        key::parse_key_id(key.id)
            .map_err(|fault| ManagementFault::Invalid(format!("`{}` {fault}", key.id)))
    };
    let usage = key.usage.iter().map(|&usage| usage.to_owned()).collect();
    let mut commands = vec![id().map(|id| KeyCommand::Create(id, usage))];
    if !key.enabled {
        commands.push(id().map(|id| KeyCommand::SetEnabled(id, false)));
    }
    commands
        .into_iter()
        .map(|command| command.map_err(Into::into))
        .collect()
}

fn key_encryption_key() -> Result<Zeroizing<String>, NoRandomness> {
    let mut key = Zeroizing::new([0; 32]);
    aws_lc_rs::rand::fill(key.as_mut()).map_err(|_| NoRandomness)?;
    Ok(Zeroizing::new(STANDARD.encode(key.as_ref())))
}
