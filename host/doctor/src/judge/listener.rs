//! V15 to V17: the listener on 443, what it does with TLS, and where it forwards to.

use super::load_balancer::find;
use super::service::Service;
use super::{Told, Untold, file, need};
use crate::aws::AwsFiles;
use crate::aws::certificates::Certificate;
use crate::aws::elastic_load_balancing::{Listener, TargetGroup, TargetHealthDescription};
use crate::aws::names::file_key_of_arn;
use crate::becomes::Becomes;
use crate::catalogue::{V15, V16, V17};
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

const CROSS_ZONE: &str = "load_balancing.cross_zone.enabled";

/// V15
pub(super) fn forwards(files: &AwsFiles, label: &str, arn: &str) -> Told<Finding> {
    let load_balancer = find(files, arn)?;
    let state = need(load_balancer.state.as_ref(), "State")?;
    let state = need(state.code.as_deref(), "State.Code")?;
    if !matches!(state, "active" | "active_impaired") {
        let seen = format!("the load balancer is {state}");
        let fix = format!(
            "wait until it is active, or repair what State.Reason says: aws elbv2 \
             describe-load-balancers --load-balancer-arns {arn}"
        );
        return Ok(Finding::failure(&V15, label, &seen).fix(&fix));
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
        }
        if port != 443 {
            warnings.push(format!(
                "targets are reached on port {port}: the proxy must listen there"
            ));
            becomes.push(Becomes::Call(Outcome::NotReachable));
        }
    }
    if state == "active_impaired" {
        warnings.push("the load balancer is active_impaired".to_owned());
    }
    if warnings.is_empty() {
        let seen = format!("{state}, {protocol} on 443 to targets on 443");
        return Ok(Finding::ok(&V15, label, &seen));
    }
    Ok(Finding::warning(&V15, label, &warnings.join("; "))
        .becomes(becomes)
        .fix("see that listener, target group and proxy agree: TCP on 443 to TCP on 443"))
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
    let fix = V16.fix.replacen("ARN", own_arn, 1);
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
        return failure(&format!("{policy} has none of AWS KMS's suites"));
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
        return Ok(Finding::warning(&V16, label, seen).fix(&format!(
            "aws elbv2 modify-listener --listener-arn {own_arn} --mutual-authentication Mode=off"
        )));
    }
    let seen = format!("{policy}, certificate for {common_name}");
    Ok(Finding::ok(&V16, label, &seen))
}

/// V17
pub(super) fn targets(files: &AwsFiles, label: &str, arn: &str) -> Told<Finding> {
    let Some(listener) = on_443(files, arn)? else {
        return Ok(Finding::skipped(&V17, "there is no listener on 443 (V15)"));
    };
    let mut all = Vec::new();
    for group in listener.target_groups() {
        let key = file_key_of_arn(group).unwrap_or_default();
        let health = file(
            files.target_health.get(&key),
            &format!("elbv2-target-health.{key}"),
        )?;
        let descriptions = health.target_health_descriptions.as_deref();
        let descriptions = need(descriptions, "TargetHealthDescriptions")?;
        for one in descriptions {
            all.push((group, one, need(state(one), "TargetHealth.State")?));
        }
    }
    let healthy: Vec<_> = all
        .iter()
        .filter(|(_, _, state)| *state == "healthy")
        .collect();
    let group = all.first().map_or("ARN", |(group, ..)| *group);
    let fix = V17.fix.replace("ARN", group);
    let unhealthy: Vec<_> = all
        .iter()
        .filter(|(_, _, state)| *state != "healthy")
        .map(|(_, one, state)| described(one, state))
        .collect();
    let counted = format!("{} of {} targets healthy", healthy.len(), all.len());
    let seen = [vec![counted], unhealthy].concat().join("; ");
    if healthy.is_empty() {
        return Ok(Finding::failure(&V17, label, &seen).fix(&fix));
    }
    if healthy.len() < 2 {
        return Ok(Finding::warning(&V17, label, &seen).fix(&fix));
    }
    if !is_cross_zone(files, arn, group)? {
        let zones = need(
            find(files, arn)?.availability_zones.as_deref(),
            "AvailabilityZones",
        )?;
        for zone in zones {
            let zone = need(zone.zone_name.as_deref(), "ZoneName")?;
            let mut served = false;
            for (_, one, _) in &healthy {
                let of_target = one.target.as_ref();
                let of_target = of_target.and_then(|target| target.availability_zone.as_deref());
                let of_target = need(of_target, "Target.AvailabilityZone")?;
                served |= of_target == zone || of_target == "all";
            }
            if !served {
                let seen = format!("no healthy target in {zone}, and cross-zone is off; {seen}");
                return Ok(Finding::warning(&V17, label, &seen).fix(&format!(
                    "aws elbv2 modify-load-balancer-attributes --load-balancer-arn {arn} \
                     --attributes Key={CROSS_ZONE},Value=true"
                )));
            }
        }
    }
    Ok(Finding::ok(&V17, label, &seen))
}

/// Whether targets are used from every zone: as the target group says, or else the load
/// balancer.
fn is_cross_zone(files: &AwsFiles, arn: &str, group: &str) -> Told<bool> {
    let key = file_key_of_arn(group).unwrap_or_default();
    let name = format!("elbv2-target-group-attributes.{key}");
    let of_group = file(files.target_group_attributes.get(&key), &name)?;
    match of_group.value(CROSS_ZONE) {
        Some("true") => return Ok(true),
        Some("false") => return Ok(false),
        Some("use_load_balancer_configuration") | None => {}
        Some(other) => return Err(Untold::value(CROSS_ZONE, other)),
    }
    let key = file_key_of_arn(arn).unwrap_or_default();
    let name = format!("elbv2-load-balancer-attributes.{key}");
    let of_load_balancer = file(files.load_balancer_attributes.get(&key), &name)?;
    match need(of_load_balancer.value(CROSS_ZONE), CROSS_ZONE)? {
        "true" => Ok(true),
        "false" => Ok(false),
        other => Err(Untold::value(CROSS_ZONE, other)),
    }
}

fn state(one: &TargetHealthDescription) -> Option<&str> {
    one.target_health.as_ref()?.state.as_deref()
}

/// A target that is not healthy, with the reason.
fn described(one: &TargetHealthDescription, state: &str) -> String {
    let target = one.target.as_ref();
    let id = target
        .and_then(|target| target.id.as_deref())
        .unwrap_or("a target");
    let reason = one
        .target_health
        .as_ref()
        .and_then(|health| health.reason.as_deref());
    match reason {
        Some(reason) => format!("{id} {state} ({reason})"),
        None => format!("{id} {state}"),
    }
}

/// The listener on 443 of a load balancer.
fn on_443<'a>(files: &'a AwsFiles, arn: &str) -> Told<Option<&'a Listener>> {
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
