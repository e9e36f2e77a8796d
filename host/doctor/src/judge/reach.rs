//! V12, V13, V19: who may connect to the endpoint service, and who has.

use super::service::Service;
use super::subject::Subject;
use super::{Told, Untold, add, file, need};
use crate::aws::AwsFiles;
use crate::aws::ec2::{AllowedPrincipal, Permissions};
use crate::aws::names::account_of_arn;
use crate::catalogue::{V12, V13, V19};
use crate::finding::Finding;
use crate::findings::Findings;

const PERMISSIONS: &str = "ec2-vpc-endpoint-service-permissions";
const CONNECTIONS: &str = "ec2-vpc-endpoint-connections";

/// V12 and V13.
pub(super) fn permissions(
    files: &AwsFiles,
    subject: &Subject<'_>,
    service: Service<'_>,
    findings: &mut Findings,
) {
    add(
        findings,
        &V12,
        subject.label,
        aws_kms_allowed(files, subject, service),
    );
    add(
        findings,
        &V13,
        subject.label,
        other_owner(files, subject, service),
    );
}

/// V12
fn aws_kms_allowed(files: &AwsFiles, subject: &Subject<'_>, service: Service<'_>) -> Told<Finding> {
    let region = subject
        .region()
        .ok_or_else(|| Untold("the key store's Region is not known: say --region".to_owned()))?;
    let (permissions, allowed) = allowed(files, service)?;
    let wanted = format!("cks.kms.{region}.amazonaws.com");
    let fix = |finding: Finding| {
        let id = service.id().unwrap_or("ID");
        finding.fix(&V12.fix.replace("ID", id).replace("REGION", region))
    };
    let mut to_endpoints = allowed.iter().filter(|one| is_for_endpoints(one));
    if to_endpoints
        .clone()
        .any(|one| one.principal.as_deref() == Some(&wanted))
    {
        return Ok(Finding::ok(
            &V12,
            subject.label,
            &format!("{wanted} is allowed"),
        ));
    }
    if permissions.next_token.is_some() {
        return Err(Untold(format!(
            "{PERMISSIONS} does not have all principals"
        )));
    }
    if to_endpoints.any(|one| one.principal.as_deref() == Some("*")) {
        let seen = format!("everybody (*) is allowed, {wanted} is not named");
        return Ok(fix(Finding::warning(&V12, subject.label, &seen)));
    }
    if subject
        .service_name
        .is_some_and(|name| name.starts_with("eu."))
    {
        let why = "no source says what AWS KMS's principal is called in this partition";
        return Err(Untold(why.to_owned()));
    }
    let elsewhere = allowed
        .iter()
        .any(|one| one.principal.as_deref() == Some(&wanted));
    let seen = if elsewhere {
        format!("{wanted} is allowed, but not for vpc-endpoint")
    } else {
        format!(
            "{wanted} is not among the {} allowed principals",
            allowed.len()
        )
    };
    Ok(fix(Finding::failure(&V12, subject.label, &seen)))
}

/// V13
fn other_owner(files: &AwsFiles, subject: &Subject<'_>, service: Service<'_>) -> Told<Finding> {
    let label = subject.label;
    let account = files
        .caller_identity
        .as_ref()
        .and_then(|caller| caller.account.as_deref());
    match (service, subject.owner, service.owner()) {
        (Service::Own(_), None, _) => Ok(Finding::ok(
            &V13,
            label,
            "the endpoint service is the account's own",
        )),
        (Service::Own(_), Some(owner), _) => owner_allows(files, subject, service, owner, account),
        (Service::Seen(_), None, Some(owner)) if account == Some(owner) => Ok(Finding::ok(
            &V13,
            label,
            "the endpoint service is the account's own",
        )),
        (Service::Seen(_), None, Some(owner)) => {
            need(
                account,
                "the account of the commands (sts-caller-identity.json)",
            )?;
            let seen = format!("the service belongs to {owner}, and the key store names no owner");
            Ok(Finding::failure(&V13, label, &seen).fix(&update(subject, owner)))
        }
        (Service::Seen(_), Some(named), Some(owner)) if named != owner => {
            let seen = format!("the service belongs to {owner}, the key store names {named}");
            Ok(Finding::failure(&V13, label, &seen).fix(&update(subject, owner)))
        }
        (Service::Seen(_), Some(owner), Some(_)) => {
            let seen = format!("it belongs to {owner}, as the key store says, and is visible here");
            Ok(Finding::ok(&V13, label, &seen))
        }
        (Service::Seen(_), _, None) => Err(Untold::member("Owner")),
    }
}

/// The files are those of the service's owner, and perhaps not of the key store's
/// account.
fn owner_allows(
    files: &AwsFiles,
    subject: &Subject<'_>,
    service: Service<'_>,
    owner: &str,
    account: Option<&str>,
) -> Told<Finding> {
    let account = need(
        account,
        "the account of the commands (sts-caller-identity.json)",
    )?;
    if account == owner {
        let seen = "the endpoint service is the account's own, and named as such";
        return Ok(Finding::ok(&V13, subject.label, seen));
    }
    // Files of both accounts: the caller's is the key store's.
    let (permissions, allowed) = allowed(files, service)?;
    let named = |one: &AllowedPrincipal| {
        let principal = one.principal.as_deref().unwrap_or_default();
        principal == "*" || principal == account || account_of_arn(principal) == Some(account)
    };
    let found = allowed
        .iter()
        .filter(|one| is_for_endpoints(one))
        .any(named);
    if !found && permissions.next_token.is_some() {
        return Err(Untold(format!(
            "{PERMISSIONS} does not have all principals"
        )));
    }
    Ok(if found {
        Finding::ok(
            &V13,
            subject.label,
            &format!("the service allows {account}"),
        )
    } else {
        let id = service.id().unwrap_or("ID");
        let fix = V13
            .fix
            .replace("KEY_STORE_ACCOUNT", account)
            .replace("ID", id);
        let seen = format!("the service of {owner} does not allow {account}");
        Finding::failure(&V13, subject.label, &seen).fix(&fix)
    })
}

fn update(subject: &Subject<'_>, owner: &str) -> String {
    let id = subject.id.unwrap_or("ID");
    format!(
        "once the key store is disconnected: aws kms update-custom-key-store \
         --custom-key-store-id {id} --xks-proxy-vpc-endpoint-service-owner {owner}"
    )
}

/// V19
pub(super) fn endpoints(
    files: &AwsFiles,
    subject: &Subject<'_>,
    service: Service<'_>,
) -> Told<Finding> {
    let connections = file(files.endpoint_connections.as_ref(), CONNECTIONS)?;
    let list = need(
        connections.vpc_endpoint_connections.as_deref(),
        "VpcEndpointConnections",
    )?;
    let id = need(service.id(), "ServiceId")?;
    if let Service::Seen(_) = service {
        return Err(Untold(
            "connections are seen in the account that owns the service".into(),
        ));
    }
    if list.iter().any(|one| one.service_id.is_none()) {
        return Err(Untold::member("ServiceId"));
    }
    if connections.next_token.is_some() {
        return Err(Untold(format!("{CONNECTIONS} does not have all endpoints")));
    }
    let mut states = Vec::new();
    let mut bad = None;
    for one in list
        .iter()
        .filter(|one| one.service_id.as_deref() == Some(id))
    {
        let state = need(one.vpc_endpoint_state.as_deref(), "VpcEndpointState")?;
        let endpoint = one.vpc_endpoint_id.as_deref().unwrap_or("an endpoint");
        states.push(format!("{endpoint} is {state}"));
        if !matches!(
            state,
            "Available" | "available" | "Deleted" | "deleted" | "Deleting" | "deleting"
        ) {
            bad = Some((state, endpoint));
        }
    }
    let label = subject.label;
    let Some((state, endpoint)) = bad else {
        return Ok(if states.is_empty() {
            Finding::ok(&V19, label, "none: as before the first connect")
        } else {
            Finding::ok(&V19, label, &states.join(", "))
        });
    };
    let finding = Finding::warning(&V19, label, &states.join(", "));
    Ok(if state.eq_ignore_ascii_case("PendingAcceptance") {
        finding.fix(&V19.fix.replace("ID", id).replace("VPCE", endpoint))
    } else {
        finding.fix("disconnect and connect the key store, so that AWS KMS makes a new endpoint")
    })
}

/// Who may connect to a service.
fn allowed<'a>(
    files: &'a AwsFiles,
    service: Service<'_>,
) -> Told<(&'a Permissions, &'a [AllowedPrincipal])> {
    let id = need(service.id(), "ServiceId")?;
    let permissions = file(files.permissions.get(id), &format!("{PERMISSIONS}.{id}"))?;
    let list = need(
        permissions.allowed_principals.as_deref(),
        "AllowedPrincipals",
    )?;
    Ok((permissions, list))
}

fn is_for_endpoints(one: &AllowedPrincipal) -> bool {
    // Older answers do not say what a permission is for.
    one.permission_type
        .as_deref()
        .is_none_or(|kind| kind == "vpc-endpoint")
}
