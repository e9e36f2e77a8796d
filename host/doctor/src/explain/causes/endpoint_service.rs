//! Causes in the VPC endpoint service.

use super::Cause;
use crate::catalogue::{K03, V01, V02, V03, V04, V05, V06, V07, V08, V09, V10, V11, V12, V13, V14};

pub(crate) static AWS_KMS_NOT_ALLOWED: Cause = Cause {
    what: "AWS KMS is not among the allowed principals of the endpoint service",
    tell: "aws ec2 describe-vpc-endpoint-service-permissions --service-id ID: no \
           cks.kms.REGION.amazonaws.com",
    fix: "aws ec2 modify-vpc-endpoint-service-permissions --service-id ID \
          --add-allowed-principals cks.kms.REGION.amazonaws.com",
    checks: &[&V12],
};

pub(crate) static SERVICE_NAME_WRONG: Cause = Cause {
    what: "There is no endpoint service of this name in the account",
    tell: "aws ec2 describe-vpc-endpoint-service-configurations: ServiceName",
    fix: "correct the name",
    checks: &[&V01, &V02],
};

pub(crate) static OTHER_REGION: Cause = Cause {
    what: "The endpoint service is in another Region than the key store",
    tell: "the Region is in the service's name",
    fix: "make the endpoint service in the Region of the key store",
    checks: &[&V02],
};

pub(crate) static OTHER_ACCOUNT: Cause = Cause {
    what: "The endpoint service belongs to another account",
    tell: "XksProxyVpcEndpointServiceOwner is not set, or the service does not allow the key \
           store's account, or the caller may not call ec2:DescribeVpcEndpointServices",
    fix: "set the owner, allow arn:aws:iam::ACCOUNT:root at the service, grant the permission",
    checks: &[&V13],
};

pub(crate) static SERVICE_NOT_AVAILABLE: Cause = Cause {
    what: "The endpoint service is not Available",
    tell: "ServiceState is Pending, Deleting, Deleted or Failed",
    fix: "wait until it is, or make it again when it is Failed",
    checks: &[&V03],
};

pub(crate) static ACCEPTANCE_REQUIRED: Cause = Cause {
    what: "The endpoint service wants each connection to be accepted by hand",
    tell: "AcceptanceRequired is true",
    fix: "aws ec2 modify-vpc-endpoint-service-configuration --service-id ID \
          --no-acceptance-required",
    checks: &[&V07],
};

pub(crate) static DNS_NAME_NOT_VERIFIED: Cause = Cause {
    what: "The private DNS name is not verified",
    tell: "PrivateDnsNameConfiguration.State is pendingVerification or failed",
    fix: "publish its TXT record in the public zone, then: aws ec2 \
          start-vpc-endpoint-service-private-dns-verification --service-id ID",
    checks: &[&V09],
};

pub(crate) static DNS_NAME_DIFFERS: Cause = Cause {
    what: "The private DNS name is missing, a wildcard, or not the endpoint's host",
    tell: "https:// and PrivateDnsName is not XksProxyUriEndpoint",
    fix: "set the private DNS name, or else the endpoint of the key store as V10 says: aws ec2 \
          modify-vpc-endpoint-service-configuration --service-id ID --private-dns-name NAME",
    checks: &[&V08, &V10],
};

pub(crate) static DNS_NAME_SHARED: Cause = Cause {
    what: "The private DNS name is used twice",
    tell: "another endpoint service or key store in the Region has it",
    fix: "give each key store a name of its own",
    checks: &[&V11, &K03],
};

pub(crate) static WRONG_LOAD_BALANCER: Cause = Cause {
    what: "The endpoint service is not an Interface service on a Network Load Balancer",
    tell: "ServiceType, NetworkLoadBalancerArns, GatewayLoadBalancerArns",
    fix: "make an endpoint service for a Network Load Balancer",
    checks: &[&V04],
};

pub(crate) static ONE_ZONE: Cause = Cause {
    what: "The load balancer has fewer than two private subnets in different zones",
    tell: "AvailabilityZones of the service and of the load balancer; their route tables",
    fix: "add a private subnet in another Availability Zone",
    checks: &[&V05, &V06],
};

pub(crate) static NO_IPV4: Cause = Cause {
    what: "The endpoint service does not support IPv4",
    tell: "SupportedIpAddressTypes lacks ipv4",
    fix: "aws ec2 modify-vpc-endpoint-service-configuration --service-id ID \
          --add-supported-ip-address-types ipv4",
    checks: &[&V14],
};
