//! V15 and V16: the listener on 443, where it forwards to, and what it does with TLS.

use super::load_balancer::find;
use super::service::Service;
use super::{Told, Untold, file, need};
use crate::aws::AwsFiles;
use crate::aws::certificates::Certificate;
use crate::aws::elastic_load_balancing::{Listener, TargetGroup};
use crate::aws::names::file_key_of_arn;
use crate::becomes::Becomes;
use crate::catalogue::{V15, V16};
use crate::finding::Finding;
use claviger_certificates::host_name::covers;
use claviger_xks_client::outcome::Outcome;

/// AWS KMS's suites by the names of load balancers' security policies.
const SUITES: [&str; 4] = [
    "TLS_AES_256_GCM_SHA384",
    "TLS_CHACHA20_POLY1305_SHA256",
    "ECDHE-RSA-AES256-GCM-SHA384",
    "ECDHE-ECDSA-AES256-GCM-SHA384",
];

/// V15
pub(super) fn forwards(files: &AwsFiles, label: &str, arn: &str) -> Told<Finding> {
    let load_balancer = find(files, arn)?;
    let state = need(load_balancer.state.as_ref(), "State")?;
    let state = need(state.code.as_deref(), "State.Code")?;
    let repair = format!(
        "wait until it is active, or repair what State.Reason says: aws elbv2 \
         describe-load-balancers --load-balancer-arns {arn}"
    );
    if !matches!(state, "active" | "active_impaired") {
        let seen = format!("the load balancer is {state}");
        return Ok(Finding::failure(&V15, label, &seen).fix(&repair));
    }
    let Some(listener) = on_443(files, arn)? else {
        let fix = V15.fix.replace("ARN", arn);
        return Ok(Finding::failure(&V15, label, "no listener on port 443").fix(&fix));
    };
    let modify = format!(
        "aws elbv2 modify-listener --listener-arn {}",
        listener.listener_arn.as_deref().unwrap_or("ARN")
    );
    let protocol = need(listener.protocol.as_deref(), "Protocol")?;
    if !matches!(protocol, "TCP" | "TLS") {
        let seen = format!("the listener on 443 is {protocol}");
        let fix = format!("{modify} --protocol TCP");
        return Ok(Finding::failure(&V15, label, &seen).fix(&fix));
    }
    let groups = listener.target_groups();
    if groups.is_empty() {
        let seen = "the listener on 443 forwards to nothing";
        let action = "Type=forward,TargetGroupArn=TARGET_GROUP";
        let fix = format!("{modify} --default-actions {action}");
        return Ok(Finding::failure(&V15, label, seen).fix(&fix));
    }
    let mut warnings = Vec::new();
    let mut becomes = Vec::new();
    let mut mends = Vec::new();
    for group in groups {
        let group = target_group(files, arn, group)?;
        let to = need(group.protocol.as_deref(), "Protocol")?;
        let port = need(group.port, "Port")?;
        if !matches!(to, "TCP" | "TLS") {
            return Err(Untold::value("Protocol of the target group", to));
        }
        if protocol == "TLS" && to == "TCP" {
            warnings.push(
                "TLS ends at the load balancer, and the proxy is sent plain HTTP: it must speak it"
                    .to_owned(),
            );
            becomes.push(Becomes::Call(Outcome::Malformed));
            mends.push(format!(
                "have the proxy speak plain HTTP, or leave TLS to it: {modify} --protocol TCP"
            ));
        }
        if port != 443 {
            warnings.push(format!(
                "targets are reached on port {port}: the proxy must listen there"
            ));
            becomes.push(Becomes::Call(Outcome::NotReachable));
            mends.push(format!(
                "have the proxy listen on port {port}, or make a target group on 443"
            ));
        }
    }
    if state == "active_impaired" {
        warnings.push("the load balancer is active_impaired".to_owned());
        mends.push(repair);
    }
    if warnings.is_empty() {
        let seen = format!("{state}, {protocol} on 443 to targets on 443");
        return Ok(Finding::ok(&V15, label, &seen));
    }
    Ok(Finding::warning(&V15, label, &warnings.join("; "))
        .becomes(becomes)
        .fix(&mends.join("; ")))
}

/// V16
pub(super) fn ends_tls(
    files: &AwsFiles,
    label: &str,
    arn: &str,
    service: Service<'_>,
) -> Told<Finding> {
    let Some(listener) = on_443(files, arn)? else {
        return Ok(Finding::skipped(&V16, "there is no listener on 443 (V15)"));
    };
    if need(listener.protocol.as_deref(), "Protocol")? != "TLS" {
        return Ok(Finding::ok(
            &V16,
            label,
            "no TLS listener: the proxy ends TLS itself",
        ));
    }
    let own_arn = listener.listener_arn.as_deref().unwrap_or("ARN");
    let modify = format!("aws elbv2 modify-listener --listener-arn {own_arn}");
    let fix = format!("{modify} --certificates CertificateArn=ARN");
    let failure = |seen: &str| Ok(Finding::failure(&V16, label, seen).fix(&fix));

    let policy = need(listener.ssl_policy.as_deref(), "SslPolicy")?;
    let policies = file(files.ssl_policies.as_ref(), "elbv2-ssl-policies")?;
    let policies = need(policies.ssl_policies.as_deref(), "SslPolicies")?;
    let known = policies
        .iter()
        .find(|one| one.name.as_deref() == Some(policy));
    let known =
        known.ok_or_else(|| Untold(format!("{policy} is not in elbv2-ssl-policies.json")))?;
    let ciphers = need(known.ciphers.as_deref(), "Ciphers")?;
    if !ciphers.iter().any(|one| {
        one.name
            .as_deref()
            .is_some_and(|name| SUITES.contains(&name))
    }) {
        let seen = format!("{policy} has none of AWS KMS's suites");
        let fix = format!("{modify} --ssl-policy ELBSecurityPolicy-TLS13-1-2-2021-06");
        return Ok(Finding::failure(&V16, label, &seen).fix(&fix));
    }

    let certificates = need(listener.certificates.as_deref(), "Certificates")?;
    let Some(certificate) = certificates.first() else {
        return failure("the TLS listener has no certificate");
    };
    let certificate = need(certificate.certificate_arn.as_deref(), "CertificateArn")?;
    let id = certificate.rsplit('/').next().unwrap_or_default();
    let described = file(files.certificates.get(id), &format!("acm-certificate.{id}"))?;
    let described = need(described.certificate.as_ref(), "Certificate")?;
    let name = service.private_dns_name();
    let name = name.ok_or_else(|| Untold("there is no private DNS name (V08)".to_owned()))?;
    let common_name = need(described.domain_name.as_deref(), "DomainName")?;
    match need(described.kind.as_deref(), "Type")? {
        "PRIVATE" => {
            return failure(
                "the certificate is of a private authority, which AWS KMS does not trust",
            );
        }
        "AMAZON_ISSUED" | "IMPORTED" => {}
        other => return Err(Untold::value("Type of the certificate", other)),
    }
    let status = need(described.status.as_deref(), "Status")?;
    if status != "ISSUED" {
        return failure(&format!("the certificate is {status}"));
    }
    if !covers(common_name, name) {
        return if alternative_covers(described, name) {
            let seen = format!("the common name is {common_name}; {name} is an alternative name");
            Ok(Finding::warning(&V16, label, &seen).fix(&fix))
        } else {
            failure(&format!(
                "the certificate is for {common_name}, not for {name}"
            ))
        };
    }
    let mode = listener.mutual_authentication.as_ref();
    let mode = mode.and_then(|mutual| mutual.mode.as_deref());
    // AWS leaves it out where it is off.
    if let Some(other) = mode.filter(|mode| !matches!(*mode, "off" | "verify" | "passthrough")) {
        return Err(Untold::value("MutualAuthentication.Mode", other));
    }
    if mode == Some("verify") {
        let seen = "the listener demands a client certificate (see T06)";
        return Ok(Finding::warning(&V16, label, seen)
            .fix(&format!("{modify} --mutual-authentication Mode=off")));
    }
    let seen = format!("{policy}, certificate for {common_name}");
    Ok(Finding::ok(&V16, label, &seen))
}

/// The listener on 443 of a load balancer.
pub(super) fn on_443<'a>(files: &'a AwsFiles, arn: &str) -> Told<Option<&'a Listener>> {
    let key = file_key_of_arn(arn).unwrap_or_default();
    let listeners = file(files.listeners.get(&key), &format!("elbv2-listeners.{key}"))?;
    let listeners = need(listeners.listeners.as_deref(), "Listeners")?;
    for listener in listeners {
        if need(listener.port, "Port")? == 443 {
            return Ok(Some(listener));
        }
    }
    Ok(None)
}

fn target_group<'a>(files: &'a AwsFiles, arn: &str, group: &str) -> Told<&'a TargetGroup> {
    let key = file_key_of_arn(arn).unwrap_or_default();
    let name = format!("elbv2-target-groups.{key}");
    let groups = file(files.target_groups.get(&key), &name)?;
    let groups = need(groups.target_groups.as_deref(), "TargetGroups")?;
    groups
        .iter()
        .find(|one| one.target_group_arn.as_deref() == Some(group))
        .ok_or_else(|| Untold(format!("{group} is not in {name}.json")))
}

fn alternative_covers(certificate: &Certificate, name: &str) -> bool {
    let names = certificate.subject_alternative_names.as_deref();
    names
        .unwrap_or_default()
        .iter()
        .any(|one| covers(one, name))
}
