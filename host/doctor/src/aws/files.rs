//! The folder of `--aws`: answers of AWS, one file for each command.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use claviger_config::Fault;
use claviger_config::regular_file::{self, FileFault};
use serde::de::DeserializeOwned;
use zeroize::Zeroizing;

use super::certificates::DescribedCertificate;
use super::cloud_hsm::Clusters;
use super::cloud_trail::Record;
use super::ec2::{
    EndpointConnections, Permissions, RouteTables, SecurityGroups, ServiceConfigurations, Services,
    Subnets,
};
use super::elastic_load_balancing::{
    Attributes, Listeners, LoadBalancers, SslPolicies, TargetGroups, TargetHealth,
};
use super::key_stores::{CallerIdentity, KeyStores};

/// The largest file, in bytes.
const FILE_LIMIT: usize = 32 << 20;

/// The most files of a folder.
const MOST_FILES: usize = 10_000;

/// The option that faults are about.
const OPTION: &str = "--aws";

/// The names of the files, without `.json`, and without what follows a dot in the names
/// of those of which there are several.
pub const KNOWN: [&str; 19] = [
    "sts-caller-identity",
    "kms-custom-key-stores",
    "cloudhsmv2-clusters",
    "cloudtrail-events",
    "ec2-vpc-endpoint-service-configurations",
    "ec2-vpc-endpoint-connections",
    "ec2-vpc-endpoint-services",
    "ec2-vpc-endpoint-service-permissions",
    "ec2-subnets",
    "ec2-route-tables",
    "ec2-security-groups",
    "elbv2-load-balancers",
    "elbv2-ssl-policies",
    "elbv2-listeners",
    "elbv2-target-groups",
    "elbv2-load-balancer-attributes",
    "elbv2-target-health",
    "elbv2-target-group-attributes",
    "acm-certificate",
];

/// What the folder has. A file that is not there is `None`, or not in the map.
#[derive(Debug, Clone, Default)]
#[expect(missing_docs, reason = "the fields are the names of the files")]
pub struct AwsFiles {
    pub caller_identity: Option<CallerIdentity>,
    pub key_stores: Option<KeyStores>,
    pub clusters: Option<Clusters>,
    pub events: Option<Vec<Record>>,
    pub service_configurations: Option<ServiceConfigurations>,
    pub endpoint_connections: Option<EndpointConnections>,
    pub services: Option<Services>,
    /// By the service's id.
    pub permissions: BTreeMap<String, Permissions>,
    pub subnets: Option<Subnets>,
    pub route_tables: Option<RouteTables>,
    pub security_groups: Option<SecurityGroups>,
    pub load_balancers: Option<LoadBalancers>,
    pub ssl_policies: Option<SslPolicies>,
    /// By [`super::names::file_key_of_arn`] of the load balancer.
    pub listeners: BTreeMap<String, Listeners>,
    /// Likewise.
    pub target_groups: BTreeMap<String, TargetGroups>,
    /// Likewise.
    pub load_balancer_attributes: BTreeMap<String, Attributes>,
    /// By [`super::names::file_key_of_arn`] of the target group.
    pub target_health: BTreeMap<String, TargetHealth>,
    /// Likewise.
    pub target_group_attributes: BTreeMap<String, Attributes>,
    /// By the id of the certificate.
    pub certificates: BTreeMap<String, DescribedCertificate>,
}

impl AwsFiles {
    /// Reads every file of a folder, or says what is wrong with each that cannot be read.
    pub fn read(folder: &Path) -> Result<Self, Vec<Fault>> {
        let mut files = Self::default();
        let mut faults = Vec::new();
        let names = names(folder).map_err(|fault| vec![fault])?;
        if names.is_empty() {
            return Err(vec![fault(
                format!("{} has no file that ends in .json", folder.display()),
                "claviger doctor --aws-commands > read-aws.sh; bash read-aws.sh FOLDER",
            )]);
        }
        for name in names {
            let path = folder.join(format!("{name}.json"));
            if let Err(fault) = files.take(&name, &path) {
                faults.push(fault);
            }
        }
        if faults.is_empty() {
            Ok(files)
        } else {
            Err(faults)
        }
    }

    fn take(&mut self, name: &str, path: &Path) -> Result<(), Fault> {
        let (kind, key) = name.split_once('.').unwrap_or((name, ""));
        let key = || key.to_owned();
        match kind {
            "sts-caller-identity" => self.caller_identity = Some(parsed(path)?),
            "kms-custom-key-stores" => self.key_stores = Some(parsed(path)?),
            "cloudhsmv2-clusters" => self.clusters = Some(parsed(path)?),
            "cloudtrail-events" => self.events = Some(records(path)?),
            "ec2-vpc-endpoint-service-configurations" => {
                self.service_configurations = Some(parsed(path)?);
            }
            "ec2-vpc-endpoint-connections" => self.endpoint_connections = Some(parsed(path)?),
            "ec2-vpc-endpoint-services" => self.services = Some(parsed(path)?),
            "ec2-vpc-endpoint-service-permissions" => {
                self.permissions.insert(key(), parsed(path)?);
            }
            "ec2-subnets" => self.subnets = Some(parsed(path)?),
            "ec2-route-tables" => self.route_tables = Some(parsed(path)?),
            "ec2-security-groups" => self.security_groups = Some(parsed(path)?),
            "elbv2-load-balancers" => self.load_balancers = Some(parsed(path)?),
            "elbv2-ssl-policies" => self.ssl_policies = Some(parsed(path)?),
            "elbv2-listeners" => drop(self.listeners.insert(key(), parsed(path)?)),
            "elbv2-target-groups" => drop(self.target_groups.insert(key(), parsed(path)?)),
            "elbv2-load-balancer-attributes" => {
                self.load_balancer_attributes.insert(key(), parsed(path)?);
            }
            "elbv2-target-health" => drop(self.target_health.insert(key(), parsed(path)?)),
            "elbv2-target-group-attributes" => {
                self.target_group_attributes.insert(key(), parsed(path)?);
            }
            "acm-certificate" => drop(self.certificates.insert(key(), parsed(path)?)),
            _ => {
                return Err(fault(
                    format!("{} is none of the files that are read", path.display()),
                    "give it the name that the script of --aws-commands gives, or take it away",
                ));
            }
        }
        Ok(())
    }
}

/// The names of the folder's files that end in `.json`, without that, in order.
fn names(folder: &Path) -> Result<Vec<String>, Fault> {
    let unreadable = |error: &std::io::Error| {
        fault(
            format!("cannot read {}: {error}", folder.display()),
            "name the folder that the script of --aws-commands has written",
        )
    };
    let mut names = Vec::new();
    for entry in fs::read_dir(folder).map_err(|error| unreadable(&error))? {
        let name = entry.map_err(|error| unreadable(&error))?.file_name();
        if let Some(name) = name.to_string_lossy().strip_suffix(".json") {
            names.push(name.to_owned());
        }
        if names.len() > MOST_FILES {
            return Err(fault(
                format!("{} has more than {MOST_FILES} files", folder.display()),
                "name the folder that the script of --aws-commands has written",
            ));
        }
    }
    names.sort();
    Ok(names)
}

fn parsed<T: DeserializeOwned>(path: &Path) -> Result<T, Fault> {
    serde_json::from_slice(&bytes(path)?).map_err(|error| malformed(path, &error.to_string()))
}

fn records(path: &Path) -> Result<Vec<Record>, Fault> {
    let bytes = bytes(path)?;
    // An account without any call has an empty list, which is no fault here.
    let events: super::cloud_trail::LookedUp =
        serde_json::from_slice(&bytes).map_err(|error| malformed(path, &error.to_string()))?;
    events
        .records()
        .map_err(|error| malformed(path, &error.to_string()))
}

fn bytes(path: &Path) -> Result<Zeroizing<Vec<u8>>, Fault> {
    let shown = path.display();
    let bytes = regular_file::read(path, FILE_LIMIT).map_err(|refused| match refused {
        FileFault::NotRegular => fault(format!("{shown} is not a regular file"), "take it away"),
        FileFault::TooLarge { limit } => fault(
            format!("{shown} is larger than {} MiB", limit >> 20),
            "ask the AWS CLI for less, with filters",
        ),
        unreadable => fault(
            format!("cannot read {shown}: {unreadable}"),
            "let the user that runs this program read it",
        ),
    })?;
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Err(fault(
            format!("{shown} is empty: the command that should have written it failed"),
            "run the command again, or take the file away",
        ));
    }
    Ok(bytes)
}

fn malformed(path: &Path, problem: &str) -> Fault {
    fault(
        format!("{} is not the answer of AWS: {problem}", path.display()),
        "run the command again with --output json",
    )
}

fn fault(problem: String, fix: &str) -> Fault {
    Fault::new(OPTION, problem, fix)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            fs::write(folder.path().join(name), text).unwrap();
        }
        folder
    }

    fn problems(files: &[(&str, &str)]) -> Vec<String> {
        let folder = folder(files);
        let faults = AwsFiles::read(folder.path()).unwrap_err();
        let base = format!("{}/", folder.path().display());
        let short = |fault: &Fault| fault.problem.replace(&base, "");
        faults.iter().map(short).collect()
    }

    #[test]
    fn every_name_is_known_to_the_reader() {
        for name in KNOWN {
            let files = folder(&[(&format!("{name}.json"), "{}")]);
            AwsFiles::read(files.path()).unwrap();
        }
    }

    #[test]
    fn all_faults_of_a_folder_are_in_one_report() {
        let found = problems(&[
            ("ec2-subnets.json", ""),
            ("ec2-route-tables.json", "{"),
            ("elbv2-load-balancers.json", r#"{"LoadBalancers": 1}"#),
            ("ec2-subnet.json", "{}"),
            ("notes.txt", "not read"),
        ]);
        assert_eq!(found.len(), 4, "{found:?}");
        assert!(found[0].starts_with("ec2-route-tables.json is not the answer of AWS"));
        assert_eq!(
            found[1],
            "ec2-subnet.json is none of the files that are read"
        );
        assert!(found[2].starts_with("ec2-subnets.json is empty"));
        assert!(found[3].contains("invalid type"));
    }

    #[test]
    fn a_folder_without_files_is_a_fault() {
        let empty = tempfile::tempdir().unwrap();
        let faults = AwsFiles::read(empty.path()).unwrap_err();
        assert!(
            faults[0]
                .problem
                .ends_with("has no file that ends in .json")
        );
    }

    #[test]
    fn absent_is_something_else_than_empty() {
        let files = folder(&[("ec2-subnets.json", r#"{"Subnets": []}"#)]);
        let read = AwsFiles::read(files.path()).unwrap();
        assert_eq!(
            read.subnets.unwrap().subnets.map(|list| list.len()),
            Some(0)
        );
        assert!(read.route_tables.is_none());
        let files = folder(&[("ec2-subnets.json", "{}")]);
        let read = AwsFiles::read(files.path()).unwrap();
        assert!(read.subnets.unwrap().subnets.is_none());
    }
}
