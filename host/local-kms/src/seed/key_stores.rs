use std::path::Path;

use claviger_settings::Table;
use claviger_xks::credential::{AccessKeyId, Credential, SecretAccessKey};
use claviger_xks_client::target::{Endpoint, UriPath};

use super::files::{read_proxy_configuration, read_secret};
use super::{parsed, region_of};
use crate::names::{KeyStoreId, Region};
use crate::state::Connectivity;

/// A key store that is to be there.
#[derive(Debug)]
pub struct SeedKeyStore {
    /// Its Region.
    pub region: Region,
    /// Its id.
    pub id: KeyStoreId,
    /// Its name.
    pub name: String,
    /// How its proxy would be reached.
    pub connectivity: Connectivity,
    /// Where its proxy is.
    pub endpoint: Endpoint,
    /// The path of the proxy's API.
    pub path: UriPath,
    /// What requests are signed with.
    pub credential: Credential,
    /// Whether it is to be connected.
    pub connect: bool,
}

impl SeedKeyStore {
    pub(super) fn read(table: &Table<'_>, base: &Path, region: &Region) -> Option<Self> {
        let id_fix = "write cks- and letters, digits or dashes, such as cks-1234567890abcdef0";
        table.require("id", id_fix);
        let id = parsed(table, "id", id_fix);
        let name = table.required_text("name", "write a name of 1 to 256 characters");
        let name = name.filter(|name| {
            let fits = (1..=256).contains(&name.chars().count());
            if !fits {
                table.fault("name", "too short or too long", "write 1 to 256 characters");
            }
            fits
        });
        let endpoint_fix = "write https:// and a host name, without a port";
        table.require("endpoint", endpoint_fix);
        let endpoint = parsed(table, "endpoint", endpoint_fix);
        let connectivity = connectivity(table);
        let proxy = proxy(table, base);
        let connect = table.flag("connect").unwrap_or(true);
        let region = region_of(table, region);
        let (path, credential) = proxy?;
        Some(Self {
            region: region?,
            id: id?,
            name: name?.to_owned(),
            connectivity,
            endpoint: endpoint?,
            path,
            credential,
            connect,
        })
    }
}

fn connectivity(table: &Table<'_>) -> Connectivity {
    let owner = table.text("vpc_endpoint_service_owner").map(str::to_owned);
    if let Some(name) = table.text("vpc_endpoint_service_name") {
        return Connectivity::VpcEndpointService {
            name: name.to_owned(),
            owner,
        };
    }
    table.forbid(
        "vpc_endpoint_service_owner",
        "there is no vpc_endpoint_service_name",
        "write that too, or leave this out",
    );
    Connectivity::PublicEndpoint
}

/// Path and credential, from the file that is made for the console of AWS KMS or
/// from settings.
fn proxy(table: &Table<'_>, base: &Path) -> Option<(UriPath, Credential)> {
    if let Some(name) = table.text("proxy_configuration_file") {
        for key in [
            "path",
            "access_key_id",
            "secret_access_key",
            "secret_access_key_file",
        ] {
            let problem = "the proxy configuration file says this, too";
            table.forbid(key, problem, "leave one of the two out");
        }
        return match read_proxy_configuration(&base.join(name)) {
            Ok(read) => Some(read),
            Err(fault) => {
                let fix = "name a proxy configuration file, as `claviger console-file` makes one";
                table.fault("proxy_configuration_file", fault.to_string(), fix);
                None
            }
        };
    }
    let path_fix = "write a path that ends with /kms/xks/v1";
    table.require("path", path_fix);
    let path = parsed(table, "path", path_fix);
    let id_fix = "write 20 to 30 of A-Z and 2-7";
    table.require("access_key_id", id_fix);
    let access_key_id: Option<AccessKeyId> = parsed(table, "access_key_id", id_fix);
    let secret = secret(table, base);
    let credential = Credential {
        access_key_id: access_key_id?,
        secret_access_key: secret?,
    };
    Some((path?, credential))
}

fn secret(table: &Table<'_>, base: &Path) -> Option<SecretAccessKey> {
    let fix = "write 43 to 64 of A-Z, a-z, 0-9, slash, plus and equals";
    let Some(name) = table.text("secret_access_key_file") else {
        table.require("secret_access_key", "write it, or secret_access_key_file");
        return parsed(table, "secret_access_key", fix);
    };
    let problem = "secret_access_key_file says this, too";
    table.forbid("secret_access_key", problem, "leave one of the two out");
    match read_secret(&base.join(name)) {
        Ok(secret) => Some(secret),
        Err(fault) => {
            let fix = "name the file of the secret";
            table.fault("secret_access_key_file", fault.to_string(), fix);
            None
        }
    }
}
