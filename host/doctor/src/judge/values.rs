//! C01: the form of the values.

use claviger_xks::credential::{AccessKeyId, SecretAccessKey};
use claviger_xks::uri::ExternalKeyId;
use claviger_xks_client::target::{Endpoint, UriPath};

use crate::aws::names::{EndpointServiceName, is_account};
use crate::catalogue::C01;
use crate::finding::Finding;
use crate::findings::Findings;
use crate::given::Given;

pub(super) fn judge(given: &Given, findings: &mut Findings) {
    let mut faults: Vec<(&str, String)> = Vec::new();
    let mut note = |name: &'static str, value: Option<&str>, fault: Option<String>| {
        if let Some(fault) = fault {
            let value = value.unwrap_or("the value").to_owned();
            faults.push((name, format!("{value} {fault}")));
        }
    };
    if let Some(endpoint) = given.endpoint.as_deref() {
        let fault = endpoint.parse::<Endpoint>().err();
        note(
            "XksProxyUriEndpoint",
            Some(endpoint),
            fault.map(|fault| fault.to_string()),
        );
    }
    if let Some(path) = given.uri_path.as_deref() {
        let fault = path.parse::<UriPath>().err();
        // It stands beside the secret in the console's file: what does not look like a path
        // is not shown, nor a character of it.
        if path.contains("/kms/xks/") {
            let fault = fault.map(|fault| fault.to_string());
            note("XksProxyUriPath", Some(path), fault);
        } else {
            let fault = fault.map(|_| "does not end with /kms/xks/v1".to_owned());
            note("XksProxyUriPath", None, fault);
        }
    }
    if let Some(id) = given.access_key_id.as_deref() {
        // Neither the value nor a character of it: it may be the secret, when the two are
        // swapped.
        let fault = id.parse::<AccessKeyId>().err();
        let swapped = id.parse::<SecretAccessKey>().is_ok();
        let question = if swapped {
            ", but that of a secret: are the two swapped?"
        } else {
            ""
        };
        note(
            "AccessKeyId",
            None,
            fault.map(|_| format!("is not of the form of 20 to 30 of A-Z and 2-7{question}")),
        );
    }
    if let Some(secret) = &given.secret_access_key {
        let fault = secret.parse::<SecretAccessKey>().err();
        note(
            "RawSecretAccessKey",
            None,
            fault.map(|_| "is not of the form of 43 to 64 of A-Z, a-z, 0-9, /, + and =".to_owned()),
        );
    }
    if let Some(name) = given.service_name.as_deref() {
        let fault = EndpointServiceName::parse(name).is_none();
        note(
            "XksProxyVpcEndpointServiceName",
            Some(name),
            fault.then(|| SERVICE_NAME.to_owned()),
        );
    }
    if let Some(owner) = given.service_owner.as_deref() {
        let fault = !is_account(owner);
        note(
            "XksProxyVpcEndpointServiceOwner",
            Some(owner),
            fault.then(|| OWNER.to_owned()),
        );
    }
    for key in &given.keys {
        let fault = key.parse::<ExternalKeyId>().err();
        note("XksKeyId", Some(key), fault.map(|fault| fault.to_string()));
    }

    if faults.is_empty() {
        let names = present(given);
        if !names.is_empty() {
            let seen = format!("{} are of the form that AWS KMS takes", names.join(", "));
            findings.add(Finding::ok(&C01, "", &seen));
        }
    }
    for (name, seen) in faults {
        let finding = Finding::failure(&C01, name, &seen);
        findings.add(finding.fix(fix_of(name)));
    }
}

/// How a value is to be given instead.
fn fix_of(name: &str) -> &'static str {
    match name {
        "XksProxyUriEndpoint" => {
            "give https:// and the host's name, without port, path or slash at the end"
        }
        "XksProxyUriPath" => "give the whole path, from its first slash to /kms/xks/v1",
        "AccessKeyId" | "RawSecretAccessKey" => {
            "copy the credential again from where the proxy keeps it; Claviger makes one with: \
             claviger credential new --output credential.json"
        }
        "XksProxyVpcEndpointServiceName" => {
            "copy ServiceName: aws ec2 describe-vpc-endpoint-service-configurations"
        }
        "XksProxyVpcEndpointServiceOwner" => "give the account's id of twelve digits",
        _ => "give the id that the proxy has for the key",
    }
}

const SERVICE_NAME: &str = "is not of the form com.amazonaws.vpce.REGION.vpce-svc-0123456789abcdef0, \
                            with 20 to 64 characters";
const OWNER: &str = "is not the twelve digits of an account";

/// The names of the values that were given.
fn present(given: &Given) -> Vec<&'static str> {
    [
        ("endpoint", given.endpoint.is_some()),
        ("path", given.uri_path.is_some()),
        ("credential", given.access_key_id.is_some()),
        ("service name", given.service_name.is_some()),
        ("service owner", given.service_owner.is_some()),
        ("key id", !given.keys.is_empty()),
    ]
    .into_iter()
    .filter_map(|(name, there)| there.then_some(name))
    .collect()
}
