//! V05, V06, V18, and the load balancers for V15 to V17.

use super::service::Service;
use super::subject::Subject;
use super::{Told, Untold, add, file, listener, need, targets};
use crate::aws::AwsFiles;
use crate::aws::ec2::{IpPermission, RouteTable, SecurityGroup};
use crate::aws::elastic_load_balancing::LoadBalancer;
use crate::catalogue::{V05, V06, V15, V16, V17, V18};
use crate::finding::Finding;
use crate::findings::Findings;

const LOAD_BALANCERS: &str = "elbv2-load-balancers";

/// V15 to V18, for each load balancer of the service.
pub(super) fn judge(
    files: &AwsFiles,
    subject: &Subject<'_>,
    service: Service<'_>,
    findings: &mut Findings,
) {
    let arns = match service.load_balancers() {
        Ok(arns) => arns,
        Err(Untold(why)) => {
            for check in [&V15, &V16, &V17, &V18] {
                findings.add(Finding::cannot_tell(check, subject.label, &why));
            }
            return;
        }
    };
    if arns.is_empty() {
        for check in [&V15, &V16, &V17, &V18] {
            findings.add(Finding::skipped(
                check,
                "no load balancer is behind the service (V04)",
            ));
        }
    }
    for arn in arns {
        let label = format!("{}: {}", subject.label, name(arn));
        add(
            findings,
            &V15,
            &label,
            listener::forwards(files, &label, arn),
        );
        add(
            findings,
            &V16,
            &label,
            listener::ends_tls(files, &label, arn, service),
        );
        add(findings, &V17, &label, targets::judge(files, &label, arn));
        add(findings, &V18, &label, security_groups(files, &label, arn));
    }
}

/// A load balancer's name, from its ARN.
fn name(arn: &str) -> &str {
    arn.rsplit('/').nth(1).unwrap_or(arn)
}

/// A load balancer by its ARN.
pub(super) fn find<'a>(files: &'a AwsFiles, arn: &str) -> Told<&'a LoadBalancer> {
    let all = file(files.load_balancers.as_ref(), LOAD_BALANCERS)?;
    let list = need(all.load_balancers.as_deref(), "LoadBalancers")?;
    list.iter()
        .find(|one| one.load_balancer_arn.as_deref() == Some(arn))
        .ok_or_else(|| Untold(format!("{arn} is not in {LOAD_BALANCERS}.json")))
}

/// network, application or gateway: as its answer says, or else its ARN.
pub(super) fn kind<'a>(files: &'a AwsFiles, arn: &str) -> Told<&'a str> {
    match find(files, arn) {
        Ok(load_balancer) => need(load_balancer.kind.as_deref(), "Type"),
        Err(_) if arn.contains(":loadbalancer/net/") => Ok("network"),
        Err(untold) => Err(untold),
    }
}

/// V05
pub(super) fn zones(
    files: &AwsFiles,
    subject: &Subject<'_>,
    service: Service<'_>,
) -> Told<Finding> {
    let mut of_service: Vec<_> = service.zones()?.iter().map(String::as_str).collect();
    of_service.sort_unstable();
    of_service.dedup();
    if of_service.len() < 2 {
        let seen = format!(
            "the service is in one zone or none: {}",
            of_service.join(", ")
        );
        let arn = service.load_balancers().unwrap_or_default().first();
        let fix = V05.fix.replace("ARN", arn.map_or("ARN", String::as_str));
        return Ok(Finding::failure(&V05, subject.label, &seen).fix(&fix));
    }
    for arn in service.load_balancers()? {
        let zones = need(
            find(files, arn)?.availability_zones.as_deref(),
            "AvailabilityZones",
        )?;
        let mut of_subnets: Vec<_> = zones
            .iter()
            .filter(|zone| zone.subnet_id.is_some())
            .map(|zone| need(zone.zone_name.as_deref(), "ZoneName"))
            .collect::<Told<_>>()?;
        of_subnets.sort_unstable();
        of_subnets.dedup();
        if of_subnets.len() < 2 {
            let seen = format!("{} has subnets in {} zone(s)", name(arn), of_subnets.len());
            return Ok(
                Finding::failure(&V05, subject.label, &seen).fix(&V05.fix.replace("ARN", arn))
            );
        }
    }
    Ok(Finding::ok(&V05, subject.label, &of_service.join(", ")))
}

/// V06
pub(super) fn private_subnets(
    files: &AwsFiles,
    subject: &Subject<'_>,
    service: Service<'_>,
) -> Told<Finding> {
    let tables = file(files.route_tables.as_ref(), "ec2-route-tables")?;
    let tables = need(tables.route_tables.as_deref(), "RouteTables")?;
    let mut count = 0;
    for arn in service.load_balancers()? {
        let zones = need(
            find(files, arn)?.availability_zones.as_deref(),
            "AvailabilityZones",
        )?;
        for zone in zones {
            let subnet = need(zone.subnet_id.as_deref(), "SubnetId")?;
            let table = table_of(files, tables, subnet)?;
            if let Some(gateway) = internet_gateway(table)? {
                let seen = format!("{subnet} has a route to {gateway}: it is public");
                return Ok(Finding::warning(&V06, subject.label, &seen));
            }
            count += 1;
        }
    }
    if count == 0 {
        return Err(Untold("no subnet of a load balancer is known".to_owned()));
    }
    Ok(Finding::ok(
        &V06,
        subject.label,
        &format!("{count} private subnets"),
    ))
}

/// The route table of a subnet: its own, or else the main one of its VPC.
fn table_of<'a>(files: &AwsFiles, tables: &'a [RouteTable], subnet: &str) -> Told<&'a RouteTable> {
    let associated = |table: &&RouteTable, own: bool| {
        let list = table.associations.as_deref().unwrap_or_default();
        list.iter().any(|one| {
            if own {
                one.subnet_id.as_deref() == Some(subnet)
            } else {
                one.main == Some(true)
            }
        })
    };
    if let Some(own) = tables.iter().find(|table| associated(table, true)) {
        return Ok(own);
    }
    // A table that does not say which subnets it has may be the subnet's own.
    for table in tables {
        need(table.associations.as_ref(), "Associations")?;
    }
    let subnets = file(files.subnets.as_ref(), "ec2-subnets")?;
    let subnets = need(subnets.subnets.as_deref(), "Subnets")?;
    let vpc = subnets
        .iter()
        .find(|one| one.subnet_id.as_deref() == Some(subnet))
        .ok_or_else(|| Untold(format!("{subnet} is not in ec2-subnets.json")))?;
    let vpc = need(vpc.vpc_id.as_deref(), "VpcId")?;
    tables
        .iter()
        .find(|table| table.vpc_id.as_deref() == Some(vpc) && associated(table, false))
        .ok_or_else(|| Untold(format!("the main route table of {vpc} is not in the file")))
}

/// The internet gateway of a table's default route.
fn internet_gateway(table: &RouteTable) -> Told<Option<&str>> {
    let routes = need(table.routes.as_deref(), "Routes")?;
    Ok(routes
        .iter()
        .filter(|route| route.destination_cidr_block.as_deref() == Some("0.0.0.0/0"))
        .filter_map(|route| route.gateway_id.as_deref())
        .find(|gateway| gateway.starts_with("igw-")))
}

/// V18
fn security_groups(files: &AwsFiles, label: &str, arn: &str) -> Told<Finding> {
    let load_balancer = find(files, arn)?;
    let enforced = load_balancer
        .enforce_security_group_inbound_rules_on_private_link_traffic
        .as_deref();
    if enforced == Some("off") {
        let seen = "inbound rules are not enforced on PrivateLink traffic";
        return Ok(Finding::ok(&V18, label, seen));
    }
    let groups = need(load_balancer.security_groups.as_deref(), "SecurityGroups")?;
    if groups.is_empty() {
        return Ok(Finding::ok(
            &V18,
            label,
            "the load balancer has no security group",
        ));
    }
    let known = file(files.security_groups.as_ref(), "ec2-security-groups")?;
    let known = need(known.security_groups.as_deref(), "SecurityGroups")?;
    for group in groups {
        let found = known
            .iter()
            .find(|one| one.group_id.as_deref() == Some(group));
        let found =
            found.ok_or_else(|| Untold(format!("{group} is not in ec2-security-groups.json")))?;
        if lets_everybody_in(found)? {
            let seen = format!("{group} lets 0.0.0.0/0 in on 443");
            return Ok(Finding::ok(&V18, label, &seen));
        }
    }
    let setting = "EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic";
    match need(enforced, setting)? {
        "on" => {}
        other => return Err(Untold::value(setting, other)),
    }
    let groups = groups.join(", ");
    let seen = format!("{setting} is on, and {groups} does not let 0.0.0.0/0 in on 443");
    let fix = V18
        .fix
        .replace("ARN", arn)
        .replace("SG", &groups.replace(',', ""));
    Ok(Finding::failure(&V18, label, &seen).fix(&fix))
}

fn lets_everybody_in(group: &SecurityGroup) -> Told<bool> {
    let rules = need(group.ip_permissions.as_deref(), "IpPermissions")?;
    Ok(rules
        .iter()
        .any(|rule| covers_443(rule) && is_for_everybody(rule)))
}

fn covers_443(rule: &IpPermission) -> bool {
    match rule.ip_protocol.as_deref() {
        Some("-1") => true,
        Some("tcp" | "6") => {
            let from = rule.from_port.is_some_and(|port| port <= 443);
            from && rule.to_port.is_some_and(|port| port >= 443)
        }
        _ => false,
    }
}

fn is_for_everybody(rule: &IpPermission) -> bool {
    let ranges = rule.ip_ranges.as_deref().unwrap_or_default();
    ranges
        .iter()
        .any(|range| range.cidr_ip.as_deref() == Some("0.0.0.0/0"))
}
