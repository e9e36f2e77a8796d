//! V17: the health of the targets that the listener on 443 forwards to.

use super::listener::on_443;
use super::load_balancer::find;
use super::{Told, Untold, file, need};
use crate::aws::AwsFiles;
use crate::aws::elastic_load_balancing::TargetHealthDescription;
use crate::aws::names::file_key_of_arn;
use crate::catalogue::V17;
use crate::finding::Finding;

const CROSS_ZONE: &str = "load_balancing.cross_zone.enabled";

pub(super) fn judge(files: &AwsFiles, label: &str, arn: &str) -> Told<Finding> {
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
