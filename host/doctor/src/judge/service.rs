//! An endpoint service as the files show it: with its configuration when it belongs to
//! the account, with less when it belongs to another one.

use super::subject::Subject;
use super::{Told, Untold, need};
use crate::aws::AwsFiles;
use crate::aws::ec2::{ServiceConfiguration, ServiceDetail};

pub(super) const CONFIGURATIONS: &str = "ec2-vpc-endpoint-service-configurations";
const SERVICES: &str = "ec2-vpc-endpoint-services";

/// An endpoint service.
#[derive(Debug, Clone, Copy)]
pub(super) enum Service<'a> {
    /// The account's own.
    Own(&'a ServiceConfiguration),
    /// Another account's, or one of which only this is known.
    Seen(&'a ServiceDetail),
}

/// What became of the search for a service.
pub(super) enum Search<'a> {
    Found(Service<'a>),
    /// It is in none of the lists, which are complete: why that tells.
    Absent(String),
}

/// Looks for the service of a key store.
pub(super) fn search<'a>(files: &'a AwsFiles, subject: &Subject<'_>) -> Told<Search<'a>> {
    let name = need(subject.service_name, "VpcEndpointServiceName")?;
    let own = files.service_configurations.as_ref();
    let own_list = own.and_then(|own| own.service_configurations.as_deref());
    let seen = files.services.as_ref();
    let seen_list = seen.and_then(|seen| seen.service_details.as_deref());

    let is_own = |one: &&ServiceConfiguration| one.service_name.as_deref() == Some(name);
    if let Some(own) = own_list.unwrap_or_default().iter().find(is_own) {
        return Ok(Search::Found(Service::Own(own)));
    }
    let is_seen = |one: &&ServiceDetail| one.service_name.as_deref() == Some(name);
    if let Some(seen) = seen_list.unwrap_or_default().iter().find(is_seen) {
        return Ok(Search::Found(Service::Seen(seen)));
    }

    let own_complete = own_list.is_some() && own.is_some_and(|own| own.next_token.is_none());
    let seen_complete = seen_list.is_some() && seen.is_some_and(|seen| seen.next_token.is_none());
    if seen_complete {
        return Ok(Search::Absent(format!(
            "{name} is not among the services that the account may see"
        )));
    }
    if own_complete && subject.owner.is_none() {
        return Ok(Search::Absent(format!(
            "{name} is not among the account's own services, and the key store names no owner"
        )));
    }
    if own_complete {
        return Err(Untold(format!(
            "{name} belongs to another account, and {SERVICES}.json is missing or incomplete"
        )));
    }
    Err(Untold(format!(
        "{CONFIGURATIONS}.json is missing or incomplete"
    )))
}

impl<'a> Service<'a> {
    /// `vpce-svc-…`
    pub(super) fn id(self) -> Option<&'a str> {
        match self {
            Self::Own(own) => own.service_id.as_deref(),
            Self::Seen(seen) => seen.service_id.as_deref(),
        }
    }

    pub(super) fn types(self) -> Told<Vec<&'a str>> {
        let types = match self {
            Self::Own(own) => own.service_type.as_deref(),
            Self::Seen(seen) => seen.service_type.as_deref(),
        };
        let types = need(types, "ServiceType")?.iter();
        types
            .map(|one| need(one.service_type.as_deref(), "ServiceType"))
            .collect()
    }

    pub(super) fn state(self) -> Told<&'a str> {
        need(
            self.own("ServiceState")?.service_state.as_deref(),
            "ServiceState",
        )
    }

    /// The ARNs of its Network Load Balancers.
    pub(super) fn load_balancers(self) -> Told<&'a [String]> {
        const MEMBER: &str = "NetworkLoadBalancerArns";
        need(
            self.own(MEMBER)?.network_load_balancer_arns.as_deref(),
            MEMBER,
        )
    }

    /// The ARNs of its Gateway Load Balancers, which AWS leaves out when there are none.
    pub(super) fn gateway_load_balancers(self) -> &'a [String] {
        match self {
            Self::Own(own) => own
                .gateway_load_balancer_arns
                .as_deref()
                .unwrap_or_default(),
            Self::Seen(_) => &[],
        }
    }

    pub(super) fn zones(self) -> Told<&'a [String]> {
        let zones = match self {
            Self::Own(own) => own
                .availability_zones
                .as_deref()
                .or(own.availability_zone_ids.as_deref()),
            Self::Seen(seen) => seen.availability_zones.as_deref(),
        };
        need(zones, "AvailabilityZones")
    }

    pub(super) fn acceptance_required(self) -> Told<bool> {
        let required = match self {
            Self::Own(own) => own.acceptance_required,
            Self::Seen(seen) => seen.acceptance_required,
        };
        need(required, "AcceptanceRequired")
    }

    pub(super) fn ip_address_types(self) -> Told<&'a [String]> {
        let types = match self {
            Self::Own(own) => own.supported_ip_address_types.as_deref(),
            Self::Seen(seen) => seen.supported_ip_address_types.as_deref(),
        };
        need(types, "SupportedIpAddressTypes")
    }

    /// Its private DNS name; AWS leaves it out when there is none.
    pub(super) fn private_dns_name(self) -> Option<&'a str> {
        let name = match self {
            Self::Own(own) => own.private_dns_name.as_deref(),
            Self::Seen(seen) => seen.private_dns_name.as_deref(),
        };
        name.filter(|name| !name.is_empty())
    }

    /// pendingVerification, verified or failed.
    pub(super) fn private_dns_name_state(self) -> Told<&'a str> {
        match self {
            Self::Own(own) => {
                let member = "PrivateDnsNameConfiguration";
                let configuration = need(own.private_dns_name_configuration.as_ref(), member)?;
                need(
                    configuration.state.as_deref(),
                    "PrivateDnsNameConfiguration.State",
                )
            }
            Self::Seen(seen) => need(
                seen.private_dns_name_verification_state.as_deref(),
                "PrivateDnsNameVerificationState",
            ),
        }
    }

    /// The account that it belongs to, where the answer says so.
    pub(super) fn owner(self) -> Option<&'a str> {
        match self {
            Self::Own(_) => None,
            Self::Seen(seen) => seen.owner.as_deref(),
        }
    }

    fn own(self, member: &str) -> Told<&'a ServiceConfiguration> {
        match self {
            Self::Own(own) => Ok(own),
            Self::Seen(_) => Err(Untold(format!(
                "{member} is seen in the account that owns the service: run the commands there"
            ))),
        }
    }
}
