//! V, second part: what stands behind the endpoint service.

use super::{Check, Severity};
use crate::becomes::Becomes;
use claviger_xks_client::outcome::Outcome;

/// Listener and target group.
pub static V15: Check = Check {
    id: "V15",
    title: "The load balancer is active and forwards port 443 to the proxy",
    severity: Severity::Failure,
    looks_at: "State in elbv2 describe-load-balancers, Port and Protocol in describe-listeners \
               and describe-target-groups",
    becomes: &[
        Becomes::Call(Outcome::NotReachable),
        Becomes::Call(Outcome::Malformed),
    ],
    fix: "aws elbv2 create-listener --load-balancer-arn ARN --protocol TCP --port 443 \
           --default-actions Type=forward,TargetGroupArn=TARGET_GROUP",
    more: "\
AWS's guide shows a TCP listener on 443 and a TCP target group on 443, with targets by IP \
address: the proxy ends TLS itself. A TLS listener ends TLS at the load balancer, and then \
the target group says how it goes on: with TCP in plain HTTP, with TLS encrypted again. \
Either must be what the proxy speaks: that cannot be seen here, so plain HTTP behind the load \
balancer is a warning, and so is another port than 443 behind it. A TCP listener in front of a \
proxy that speaks plain HTTP never works.",
};

/// TLS at the load balancer.
pub static V16: Check = Check {
    id: "V16",
    title: "A TLS listener has a certificate and a security policy for AWS KMS",
    severity: Severity::Failure,
    looks_at: "Certificates, SslPolicy and MutualAuthentication in elbv2 describe-listeners, \
               Ciphers in describe-ssl-policies, names in acm describe-certificate",
    becomes: &[Becomes::Call(Outcome::NoTls)],
    fix: "aws elbv2 modify-listener --listener-arn ARN --certificates CertificateArn=ARN \
           --ssl-policy ELBSecurityPolicy-TLS13-1-2-2021-06",
    more: "\
The certificate's common name must be the private DNS name ([T04](#t04)), and the security \
policy must have one of AWS KMS's suites ([T01](#t01)). A certificate that is not in ACM is \
not in these files: `--resolve` with the load balancer's address lets T01 to T06 look.",
};

/// Health of targets.
pub static V17: Check = Check {
    id: "V17",
    title: "Healthy targets in every zone, two or more",
    severity: Severity::Failure,
    looks_at: "elbv2 describe-target-health, and load_balancing.cross_zone.enabled",
    becomes: &[
        Becomes::Call(Outcome::NotReachable),
        Becomes::Call(Outcome::TimedOut),
    ],
    fix: "repair what it says of each target: aws elbv2 describe-target-health \
          --target-group-arn ARN",
    more: "\
Without any healthy target, no connection is answered: a failure. One healthy target, or a \
zone without one while cross-zone load balancing is off (which it is unless switched on), is \
a warning.",
};

/// Security groups.
pub static V18: Check = Check {
    id: "V18",
    title: "Security groups of the load balancer let AWS KMS in",
    severity: Severity::Failure,
    looks_at: "SecurityGroups and EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic of the \
               load balancer, rules in ec2 describe-security-groups",
    becomes: &[
        Becomes::Call(Outcome::NotReachable),
        Becomes::Call(Outcome::TimedOut),
    ],
    fix: "aws elbv2 set-security-groups --load-balancer-arn ARN --security-groups SG \
           --enforce-security-group-inbound-rules-on-private-link-traffic off",
    more: "\
A Network Load Balancer with security groups applies their inbound rules to PrivateLink \
connections unless that is switched off. The source that the rules see is the private \
address of the client, which AWS KMS does not publish: the rule would have to allow \
0.0.0.0/0 on 443. Rules by security group or address range do not let it in.",
};

/// AWS KMS's endpoint.
pub static V19: Check = Check {
    id: "V19",
    title: "The endpoint that AWS KMS has made at the service",
    severity: Severity::Warning,
    looks_at: "VpcEndpointState in ec2 describe-vpc-endpoint-connections",
    becomes: &[Becomes::Call(Outcome::NotReachable)],
    fix: "accept it, then disconnect and connect the key store: aws ec2 \
          accept-vpc-endpoint-connections --service-id ID --vpc-endpoint-ids VPCE",
    more: "\
While a key store is connected AWS KMS has an interface endpoint at the service. One that is \
PendingAcceptance, Rejected or Failed explains XKS_PROXY_NOT_REACHABLE. None at all is as it \
should be before the first connect and after a disconnect. An endpoint service cannot be \
deleted while connections are Available or PendingAcceptance: disconnect the key store \
first.",
};

/// The Region.
pub static V20: Check = Check {
    id: "V20",
    title: "The Region has external key stores",
    severity: Severity::Warning,
    looks_at: "the Region",
    becomes: &[],
    fix: "use another Region",
    more: "Every Region of AWS KMS has external key stores but those in China (cn-…).",
};
