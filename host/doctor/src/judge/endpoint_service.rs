//! V: the endpoint service of each key store. V01 to V05, V07 and V14 are here.

use super::service::{Search, Service, search};
use super::subject::{Subject, subjects, undecided};
use super::{Told, Untold, add, load_balancer, private_dns, reach};
use crate::aws::AwsFiles;
use crate::catalogue::{
    Check, V01, V02, V03, V04, V05, V06, V07, V08, V09, V10, V11, V12, V13, V14, V15, V16, V17,
    V18, V19, V20,
};
use crate::finding::Finding;
use crate::findings::Findings;
use crate::given::Given;

/// How many key stores are looked at; an account may have ten.
const MOST: usize = 50;

/// What cannot be looked at without a service.
const OF_SERVICE: [&Check; 17] = [
    &V03, &V04, &V05, &V06, &V07, &V08, &V09, &V10, &V11, &V12, &V13, &V14, &V15, &V16, &V17, &V18,
    &V19,
];

pub(super) fn judge_all(given: &Given, files: &AwsFiles, findings: &mut Findings) {
    let subjects = subjects(given, files);
    let undecided = undecided(files);
    for (label, why) in undecided.iter().take(MOST) {
        findings.add(Finding::cannot_tell(&V01, label, why));
    }
    if subjects.is_empty() {
        let why = "no key store has VPC endpoint service connectivity; for one that is not made \
                   yet, name its service with --vpc-endpoint-service";
        let unknown = "it is not known which key stores have VPC endpoint service connectivity";
        for check in [&V01, &V02].into_iter().chain(OF_SERVICE) {
            findings.add(if undecided.is_empty() {
                Finding::skipped(check, why)
            } else {
                Finding::cannot_tell(check, "", unknown)
            });
        }
    }
    for subject in subjects.iter().take(MOST) {
        judge(files, subject, findings);
    }
    if let Some(more) = subjects.len().checked_sub(MOST).filter(|more| *more > 0) {
        let why = format!("{more} further key stores are not looked at");
        findings.add(Finding::cannot_tell(&V01, "", &why));
    }
    let regions = subjects.iter().filter_map(Subject::region);
    let mut regions: Vec<_> = regions.chain(given.region.as_deref()).collect();
    regions.sort_unstable();
    regions.dedup();
    if regions.is_empty() {
        findings.add(Finding::cannot_tell(
            &V20,
            "",
            "no Region was given: --region",
        ));
    }
    for region in regions {
        findings.add(if region.starts_with("cn-") {
            Finding::warning(&V20, region, "AWS KMS has no external key stores in China")
        } else {
            Finding::ok(&V20, region, "has external key stores")
        });
    }
}

fn judge(files: &AwsFiles, subject: &Subject<'_>, findings: &mut Findings) {
    let label = subject.label;
    add(findings, &V02, label, name(subject));
    let service = match search(files, subject) {
        Ok(Search::Found(service)) => service,
        Ok(Search::Absent(why)) => {
            findings.add(Finding::failure(&V01, label, &why));
            return skip_rest("the endpoint service was not found (V01)", findings);
        }
        Err(Untold(why)) => {
            findings.add(Finding::cannot_tell(&V01, label, &why));
            return skip_rest("nothing is known of the endpoint service (V01)", findings);
        }
    };
    let seen = match service {
        Service::Own(_) => "one of the account's own services",
        Service::Seen(_) => "a service that the account may see",
    };
    findings.add(Finding::ok(&V01, label, seen));
    add(findings, &V03, label, state(subject, service));
    add(
        findings,
        &V04,
        label,
        load_balanced(files, subject, service),
    );
    add(
        findings,
        &V05,
        label,
        load_balancer::zones(files, subject, service),
    );
    add(
        findings,
        &V06,
        label,
        load_balancer::private_subnets(files, subject, service),
    );
    add(findings, &V07, label, acceptance(subject, service));
    private_dns::judge(files, subject, service, findings);
    reach::permissions(files, subject, service, findings);
    add(findings, &V14, label, ip_version(subject, service));
    load_balancer::judge(files, subject, service, findings);
    add(
        findings,
        &V19,
        label,
        reach::endpoints(files, subject, service),
    );
}

fn skip_rest(why: &str, findings: &mut Findings) {
    for check in OF_SERVICE {
        findings.add(Finding::skipped(check, why));
    }
}

/// V02
fn name(subject: &Subject<'_>) -> Told<Finding> {
    let label = subject.label;
    let name = super::need(subject.service_name, "VpcEndpointServiceName")?;
    let Some(parts) = subject.name() else {
        let seen = format!("{name} is not of the form com.amazonaws.vpce.REGION.vpce-svc-…");
        return Ok(Finding::failure(&V02, label, &seen)
            .fix("copy ServiceName: aws ec2 describe-vpc-endpoint-service-configurations"));
    };
    let Some(region) = subject.given_region else {
        let why = format!("{name} has the right form; say the key store's Region: --region");
        return Err(Untold(why));
    };
    if region != parts.region {
        let seen = format!(
            "the service is in {}, the key store in {region}",
            parts.region
        );
        return Ok(Finding::failure(&V02, label, &seen));
    }
    Ok(Finding::ok(&V02, label, name))
}

/// V03
fn state(subject: &Subject<'_>, service: Service<'_>) -> Told<Finding> {
    let seen = format!("ServiceState is {}", service.state()?);
    Ok(if service.state()? == "Available" {
        Finding::ok(&V03, subject.label, &seen)
    } else {
        Finding::failure(&V03, subject.label, &seen)
            .fix(&V03.fix.replace("ID", service.id().unwrap_or("ID")))
    })
}

/// V04
fn load_balanced(files: &AwsFiles, subject: &Subject<'_>, service: Service<'_>) -> Told<Finding> {
    let failure = |seen: &str| Ok(Finding::failure(&V04, subject.label, seen));
    let types = service.types()?;
    if !types.contains(&"Interface") {
        return failure(&format!("ServiceType is {}", types.join(", ")));
    }
    if let Some(arn) = service.gateway_load_balancers().first() {
        return failure(&format!("a Gateway Load Balancer is behind it: {arn}"));
    }
    let arns = service.load_balancers()?;
    if arns.is_empty() {
        return failure("no Network Load Balancer is behind it");
    }
    for arn in arns {
        let kind = load_balancer::kind(files, arn)?;
        if kind != "network" {
            return failure(&format!("{arn} is of the type {kind}"));
        }
    }
    let seen = format!("Interface, with {} Network Load Balancer(s)", arns.len());
    Ok(Finding::ok(&V04, subject.label, &seen))
}

/// V07
fn acceptance(subject: &Subject<'_>, service: Service<'_>) -> Told<Finding> {
    Ok(if service.acceptance_required()? {
        Finding::failure(&V07, subject.label, "AcceptanceRequired is true")
            .fix(&V07.fix.replace("ID", service.id().unwrap_or("ID")))
    } else {
        Finding::ok(&V07, subject.label, "AcceptanceRequired is false")
    })
}

/// V14
fn ip_version(subject: &Subject<'_>, service: Service<'_>) -> Told<Finding> {
    let types = service.ip_address_types()?;
    let seen = format!("SupportedIpAddressTypes: {}", types.join(", "));
    Ok(if types.iter().any(|one| one == "ipv4") {
        Finding::ok(&V14, subject.label, &seen)
    } else {
        Finding::failure(&V14, subject.label, &seen)
            .fix(&V14.fix.replace("ID", service.id().unwrap_or("ID")))
    })
}
