//! Who else can change what a configuration names.
//!
//! Secrets are judged where they are read, by the descriptor that is read. Here is
//! what others must not write, and the folders: whoever can put a file into one can
//! put it in the place of another.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _};
use std::path::Path;

use claviger_config::access::{self, Use};
use claviger_config::secrets::{Pin, SecretSource};
use claviger_config::{AuditSink, Configuration, KeyEncryptionKeySource};
use claviger_settings::Fault;

/// A file that the configuration names, with the key path of the setting.
struct Named<'c> {
    setting: String,
    path: &'c Path,
    secret: bool,
}

/// Faults, and what is worth a warning. Files that are not there are somebody else's
/// fault, or not made yet.
pub(super) fn examine(configuration: &Configuration, warnings: &mut Vec<Fault>) -> Vec<Fault> {
    let mut faults = Vec::new();
    let mut folders = BTreeSet::new();
    for named in named(configuration) {
        let setting = &*named.setting;
        if let Ok(metadata) = fs::metadata(named.path) {
            // Secrets have been judged.
            if !named.secret
                && !metadata.file_type().is_char_device()
                && let Err(fault) = access::judge(&metadata, named.path, Use::Trusted)
            {
                faults.push(fault.at(setting));
            }
            warnings.extend(of_another_user(setting, named.path, metadata.uid()));
        }
        let folder = access::folder_of(named.path);
        if folders.insert(folder.to_owned())
            && let Ok(metadata) = fs::metadata(folder)
            && let Err(fault) = access::judge(&metadata, folder, Use::Folder)
        {
            faults.push(fault.at(setting));
        }
    }
    faults
}

fn named(configuration: &Configuration) -> Vec<Named<'_>> {
    let mut all = Vec::new();
    let mut add = |setting: String, path, secret| {
        all.push(Named {
            setting,
            path,
            secret,
        });
    };
    let tls = &configuration.server.tls;
    add(
        "server.tls.certificate".to_owned(),
        &*tls.certificate,
        false,
    );
    add("server.tls.private_key".to_owned(), &tls.private_key, true);
    if let Some(client) = &tls.client {
        add("server.tls.client.roots".to_owned(), &client.roots, false);
    }
    if let AuditSink::File(path) = &configuration.log.audit {
        add("log.audit".to_owned(), path, false);
    }
    for storage in configuration.storage.values() {
        add(format!("{}.path", storage.table_path), &storage.path, false);
        if let KeyEncryptionKeySource::File(path) = &storage.key_encryption_key {
            add(storage.key_setting(), path, true);
        }
    }
    for token in configuration.tokens.values() {
        add(format!("{}.module", token.table_path), &token.module, false);
        if let SecretSource::File(path) = &token.pin {
            add(Pin::setting(token), path, true);
        }
    }
    let stores = configuration.key_stores.iter();
    for credential in stores.flat_map(|store| &store.credentials) {
        if let SecretSource::File(path) = &credential.secret {
            add(credential.setting(), path, true);
        }
    }
    all
}

/// Root reads the files of others, for example of the service that it acts for.
fn of_another_user(setting: &str, path: &Path, owner: u32) -> Option<Fault> {
    let root = rustix::process::geteuid().is_root();
    (root && owner != 0).then(|| {
        Fault::new(
            setting,
            format!(
                "{} belongs to user {owner}, who can change what root goes by",
                path.display()
            ),
            "run claviger as that user, or chown the file to root",
        )
    })
}
