//! V, first part: the VPC endpoint service.

use super::{Check, Severity};
use crate::becomes::{AwsFault, Becomes};
use claviger_xks_client::outcome::Outcome;

const NOT_FOUND: &[Becomes] = &[Becomes::Aws(AwsFault::SERVICE_NOT_FOUND)];
const INVALID: &[Becomes] = &[Becomes::Aws(AwsFault::SERVICE_INVALID)];
const EITHER: &[Becomes] = &[
    Becomes::Aws(AwsFault::SERVICE_NOT_FOUND),
    Becomes::Aws(AwsFault::SERVICE_INVALID),
];
const SERVICE: &str = "ec2 describe-vpc-endpoint-service-configurations (or, for another \
                       account's service, describe-vpc-endpoint-services)";

/// Existence.
pub static V01: Check = Check {
    id: "V01",
    title: "The endpoint service exists",
    severity: Severity::Failure,
    looks_at: SERVICE,
    becomes: NOT_FOUND,
    fix: "correct the service name, or run the commands in the account that owns it",
    more: "\
The name of the key store must be among the services of the account. \
describe-vpc-endpoint-service-configurations lists an account's own services only; a service \
of another account is seen with describe-vpc-endpoint-services, whose answer is empty when \
the service does not exist and when the caller's account is not allowed: AWS KMS sees the \
same. See [V13](#v13).",
};

/// Name and Region.
pub static V02: Check = Check {
    id: "V02",
    title: "The service name has AWS's form and names the key store's Region",
    severity: Severity::Failure,
    looks_at: "XksProxyVpcEndpointServiceName, and the Region in it",
    becomes: &[
        Becomes::Aws(AwsFault::VALIDATION),
        Becomes::Aws(AwsFault::SERVICE_NOT_FOUND),
    ],
    fix: "make the endpoint service in the Region of the key store",
    more: "\
The name has 20 to 64 characters and looks like \
`com.amazonaws.vpce.REGION.vpce-svc-0123456789abcdef0`. AWS KMS looks for it in its own \
Region only.",
};

/// Service state.
pub static V03: Check = Check {
    id: "V03",
    title: "The endpoint service is Available",
    severity: Severity::Failure,
    looks_at: "ServiceState in ec2 describe-vpc-endpoint-service-configurations",
    becomes: EITHER,
    fix: "wait until it is Available, or make it again when it is Failed: aws ec2 \
          describe-vpc-endpoint-service-configurations --service-ids ID",
    more: "Pending, Deleting, Deleted and Failed services take no connection.",
};

/// Load balancers.
pub static V04: Check = Check {
    id: "V04",
    title: "The endpoint service is an Interface service on a Network Load Balancer",
    severity: Severity::Failure,
    looks_at: "ServiceType, NetworkLoadBalancerArns, GatewayLoadBalancerArns; Type in elbv2 \
               describe-load-balancers",
    becomes: INVALID,
    fix: "make an endpoint service for a Network Load Balancer: aws ec2 \
          create-vpc-endpoint-service-configuration --network-load-balancer-arns ARN \
          --private-dns-name NAME --no-acceptance-required",
    more: "Gateway Load Balancers do not forward TLS to a proxy; Application Load Balancers \
           cannot be part of an endpoint service.",
};

/// Zones.
pub static V05: Check = Check {
    id: "V05",
    title: "The load balancer has subnets in two Availability Zones or more",
    severity: Severity::Failure,
    looks_at: "AvailabilityZones of the endpoint service and of the load balancer, and the \
               zones of its subnets",
    becomes: INVALID,
    fix: "aws elbv2 set-subnets --load-balancer-arn ARN --subnets SUBNET_1 SUBNET_2",
    more: "AWS KMS asks for at least two subnets, each in another Availability Zone.",
};

/// Private subnets.
pub static V06: Check = Check {
    id: "V06",
    title: "The load balancer's subnets are private",
    severity: Severity::Warning,
    looks_at: "routes to an internet gateway in ec2 describe-route-tables for the load \
               balancer's subnets",
    becomes: &[],
    fix: "use subnets whose route table has no route to an internet gateway",
    more: "\
AWS's guide asks for private subnets. A subnet is public when its route table has a route \
`0.0.0.0/0` to an internet gateway (igw-…); a subnet without a table of its own has the main \
table of its VPC.",
};

/// Acceptance.
pub static V07: Check = Check {
    id: "V07",
    title: "The endpoint service accepts connections without asking",
    severity: Severity::Failure,
    looks_at: "AcceptanceRequired of the endpoint service",
    becomes: INVALID,
    fix: "aws ec2 modify-vpc-endpoint-service-configuration --service-id ID \
           --no-acceptance-required",
    more: "\
AWS KMS makes its interface endpoint by itself and does not wait for anybody to accept it. \
Some pages of AWS name XksProxyInvalidConfigurationException for this fault.",
};

/// Private DNS name.
pub static V08: Check = Check {
    id: "V08",
    title: "The endpoint service has a private DNS name",
    severity: Severity::Failure,
    looks_at: "PrivateDnsName of the endpoint service",
    becomes: INVALID,
    fix: "aws ec2 modify-vpc-endpoint-service-configuration --service-id ID \
           --private-dns-name NAME",
    more: "AWS KMS connects to the private DNS name, and asks for it in TLS.",
};

/// Verification.
pub static V09: Check = Check {
    id: "V09",
    title: "The private DNS name is verified",
    severity: Severity::Failure,
    looks_at: "PrivateDnsNameConfiguration.State (PrivateDnsNameVerificationState of another \
               account's service)",
    becomes: INVALID,
    fix: "publish the record in the public zone, then: aws ec2 \
           start-vpc-endpoint-service-private-dns-verification --service-id ID",
    more: "\
AWS asks for a DNS record that shows that the domain is yours: Type, Name and Value are in \
PrivateDnsNameConfiguration. It must be published in the *public* zone of the domain, even \
though the name itself resolves in private only.",
};

/// The same name.
pub static V10: Check = Check {
    id: "V10",
    title: "The private DNS name is the endpoint of the key store",
    severity: Severity::Failure,
    looks_at: "PrivateDnsName, against UriEndpoint of the key store or the endpoint given",
    becomes: INVALID,
    fix: "once the key store is disconnected: aws kms update-custom-key-store \
          --custom-key-store-id ID --cli-input-json \
          '{\"XksProxyUriEndpoint\":\"https://PRIVATE_DNS_NAME\"}'",
    more: "\
XksProxyUriEndpoint is `https://` and the private DNS name, which may not be a wildcard. The \
key store must be disconnected to change its endpoint.",
};

/// A name of its own.
pub static V11: Check = Check {
    id: "V11",
    title: "No other endpoint service or key store has the private DNS name",
    severity: Severity::Failure,
    looks_at: "PrivateDnsName of all endpoint services, UriEndpoint of all key stores",
    becomes: &[
        Becomes::Aws(AwsFault::ENDPOINT_IN_USE),
        Becomes::Aws(AwsFault::SERVICE_INVALID),
    ],
    fix: "give each key store an endpoint service with a private DNS name of its own",
    more: "Services and key stores of other accounts cannot be seen here.",
};

/// Permission of AWS KMS.
pub static V12: Check = Check {
    id: "V12",
    title: "AWS KMS may connect to the endpoint service",
    severity: Severity::Failure,
    looks_at: "AllowedPrincipals of ec2 describe-vpc-endpoint-service-permissions",
    becomes: EITHER,
    fix: "aws ec2 modify-vpc-endpoint-service-permissions --service-id ID \
           --add-allowed-principals cks.kms.REGION.amazonaws.com",
    more: "\
The principal is `cks.kms.REGION.amazonaws.com`, with the Region of the key store, for \
`vpc-endpoint`. No source says whether `*` is enough, so that alone is a warning.",
};

/// Another owner.
pub static V13: Check = Check {
    id: "V13",
    title: "Another account's endpoint service names its owner and allows this one",
    severity: Severity::Failure,
    looks_at: "XksProxyVpcEndpointServiceOwner of the key store, and AllowedPrincipals",
    becomes: NOT_FOUND,
    fix: "aws ec2 modify-vpc-endpoint-service-permissions --service-id ID \
           --add-allowed-principals arn:aws:iam::KEY_STORE_ACCOUNT:root",
    more: "\
When the endpoint service belongs to another account, the key store needs \
XksProxyVpcEndpointServiceOwner, the service must allow AWS KMS ([V12](#v12)) and the key \
store's account (`arn:aws:iam::ACCOUNT:root`, or a role of it), and whoever creates the key \
store needs the permission ec2:DescribeVpcEndpointServices.",
};

/// IPv4.
pub static V14: Check = Check {
    id: "V14",
    title: "The endpoint service supports IPv4",
    severity: Severity::Failure,
    looks_at: "SupportedIpAddressTypes of the endpoint service",
    becomes: &[Becomes::Call(Outcome::NotReachable)],
    fix: "aws ec2 modify-vpc-endpoint-service-configuration --service-id ID \
           --add-supported-ip-address-types ipv4",
    more: "AWS KMS connects over IPv4 only.",
};
