//! V08 to V11: the private DNS name.

use super::key_stores::listed;
use super::service::{CONFIGURATIONS, Service};
use super::subject::Subject;
use super::{Told, Untold, add, need};
use crate::aws::AwsFiles;
use crate::catalogue::{V08, V09, V10, V11};
use crate::finding::Finding;
use crate::findings::Findings;

pub(super) fn judge(
    files: &AwsFiles,
    subject: &Subject<'_>,
    service: Service<'_>,
    findings: &mut Findings,
) {
    let label = subject.label;
    let Some(name) = service.private_dns_name() else {
        let fix = V08.fix.replace("ID", service.id().unwrap_or("ID"));
        let missing = Finding::failure(&V08, label, "PrivateDnsName is not set");
        findings.add(missing.fix(&with_name(&fix, subject)));
        for check in [&V09, &V10, &V11] {
            findings.add(Finding::skipped(
                check,
                "there is no private DNS name (V08)",
            ));
        }
        return;
    };
    findings.add(Finding::ok(&V08, label, name));
    add(findings, &V09, label, verified(subject, service));
    add(findings, &V10, label, is_endpoint(subject, service, name));
    add(findings, &V11, label, own_name(files, subject, name));
}

/// The endpoint's host as the name to set.
fn with_name(fix: &str, subject: &Subject<'_>) -> String {
    let host = subject
        .endpoint
        .and_then(|endpoint| endpoint.strip_prefix("https://"));
    fix.replace("NAME", host.unwrap_or("NAME"))
}

/// V09
fn verified(subject: &Subject<'_>, service: Service<'_>) -> Told<Finding> {
    let state = service.private_dns_name_state()?;
    let seen = format!("the private DNS name is {state}");
    if state == "verified" {
        return Ok(Finding::ok(&V09, subject.label, &seen));
    }
    let id = service.id().unwrap_or("ID");
    let record = match service {
        Service::Own(own) => own.private_dns_name_configuration.as_ref(),
        Service::Seen(_) => None,
    };
    let record = record.and_then(|record| {
        let kind = record.record_type.as_deref()?;
        let (name, value) = (record.name.as_deref()?, record.value.as_deref()?);
        Some(format!(
            "publish {kind} {name} \"{value}\" in the public zone"
        ))
    });
    let record = record.unwrap_or_else(|| "publish the service's record in the public zone".into());
    let fix = format!(
        "{record}, then: aws ec2 start-vpc-endpoint-service-private-dns-verification \
         --service-id {id}"
    );
    Ok(Finding::failure(&V09, subject.label, &seen).fix(&fix))
}

/// V10
fn is_endpoint(subject: &Subject<'_>, service: Service<'_>, name: &str) -> Told<Finding> {
    if name.contains('*') {
        let seen = format!("{name} is a wildcard");
        return Ok(Finding::failure(&V10, subject.label, &seen).fix(&with_name(
            &V08.fix.replace("ID", service.id().unwrap_or("ID")),
            subject,
        )));
    }
    let endpoint = need(subject.endpoint, "UriEndpoint")?;
    let wanted = format!("https://{name}");
    let seen = format!("the private DNS name is {name}, the endpoint {endpoint}");
    Ok(if wanted.eq_ignore_ascii_case(endpoint) {
        Finding::ok(&V10, subject.label, &seen)
    } else {
        let id = subject.id.unwrap_or("ID");
        Finding::failure(&V10, subject.label, &seen).fix(&format!(
            "once the key store is disconnected: aws kms update-custom-key-store \
             --custom-key-store-id {id} --cli-input-json \
             '{{\"XksProxyUriEndpoint\":\"{wanted}\"}}'"
        ))
    })
}

/// V11
fn own_name(files: &AwsFiles, subject: &Subject<'_>, name: &str) -> Told<Finding> {
    let mut others = Vec::new();
    let services = files.service_configurations.as_ref();
    let list = services.and_then(|services| services.service_configurations.as_deref());
    for one in list.unwrap_or_default() {
        let same = one
            .private_dns_name
            .as_deref()
            .is_some_and(|other| other.eq_ignore_ascii_case(name));
        if same && one.service_name.as_deref() != subject.service_name {
            others.push(one.service_name.as_deref().unwrap_or("another service"));
        }
    }
    let endpoint = format!("https://{name}");
    let mut unknown = false;
    let key_stores = listed(files)
        .map(super::super::aws::key_stores::KeyStores::list)
        .unwrap_or_default();
    for key_store in key_stores {
        let proxy = key_store.xks_proxy_configuration.as_ref();
        let theirs = proxy.and_then(|proxy| proxy.uri_endpoint.as_deref());
        unknown = unknown || (key_store.is_external() && theirs.is_none());
        let same = theirs.is_some_and(|other| other.eq_ignore_ascii_case(&endpoint));
        let itself = subject.id.is_some() && key_store.custom_key_store_id.as_deref() == subject.id;
        if same && !itself {
            others.push(key_store.label());
        }
    }
    if !others.is_empty() {
        let seen = format!("{name} is also that of {}", others.join(", "));
        return Ok(Finding::failure(&V11, subject.label, &seen));
    }
    if list.is_none() || services.is_some_and(|services| services.next_token.is_some()) {
        return Err(Untold(format!(
            "{CONFIGURATIONS}.json is missing or incomplete"
        )));
    }
    if !listed(files)?.is_complete() || unknown {
        let why = "not all key stores, or not the endpoints of all, are in the file";
        return Err(Untold(why.to_owned()));
    }
    Ok(Finding::ok(
        &V11,
        subject.label,
        "no other service or key store has it",
    ))
}
