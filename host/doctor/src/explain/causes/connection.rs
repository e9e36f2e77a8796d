//! Causes between AWS KMS and the proxy: network, TLS, time.

use super::Cause;
use crate::catalogue::{
    E06, H05, K02, N01, N02, N03, T01, T02, T03, T04, T05, T06, V15, V16, V17, V18, V19,
};

pub(crate) static NOBODY_ON_443: Cause = Cause {
    what: "Nobody answers on port 443 of the endpoint",
    tell: "a connection is refused at once: nothing listens; it is not answered at all: a \
           firewall, a security group, or a load balancer without healthy targets",
    fix: "refused: start the proxy; not answered: open port 443, the only one that AWS KMS uses",
    checks: &[&N02, &V15],
};

pub(crate) static NO_HEALTHY_TARGET: Cause = Cause {
    what: "The load balancer has no healthy target",
    tell: "aws elbv2 describe-target-health --target-group-arn ARN: State and Reason",
    fix: "correct the health check's port, path or protocol, or the targets' security group",
    checks: &[&V17],
};

pub(crate) static NO_ADDRESS: Cause = Cause {
    what: "The endpoint's name has no IPv4 address",
    tell: "dig +short A HOST prints nothing (public endpoint only)",
    fix: "publish an A record; AWS KMS does not use AAAA records",
    checks: &[&N01],
};

pub(crate) static OTHER_ENDPOINT: Cause = Cause {
    what: "AWS KMS has another endpoint than the proxy's",
    tell: "aws kms describe-custom-key-stores: UriEndpoint",
    fix: "disconnect it, give it the right endpoint, connect it: aws kms update-custom-key-store \
          --custom-key-store-id ID --cli-input-json '{\"XksProxyUriEndpoint\":\"https://HOST\"}'",
    checks: &[&K02],
};

pub(crate) static ENDPOINT_NOT_ACCEPTED: Cause = Cause {
    what: "AWS KMS's interface endpoint at the endpoint service is not Available",
    tell: "aws ec2 describe-vpc-endpoint-connections: PendingAcceptance, Rejected or Failed",
    fix: "switch acceptance off, then disconnect and connect the key store: aws ec2 \
          modify-vpc-endpoint-service-configuration --service-id ID --no-acceptance-required",
    checks: &[&V19],
};

pub(crate) static SECURITY_GROUP: Cause = Cause {
    what: "A security group of the load balancer keeps AWS KMS out",
    tell: "EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic is on, and no rule allows \
           0.0.0.0/0 on 443",
    fix: "switch the enforcement off, because rules by address cannot name AWS KMS: aws elbv2 \
          set-security-groups --load-balancer-arn ARN --security-groups SG \
          --enforce-security-group-inbound-rules-on-private-link-traffic off",
    checks: &[&V18],
};

pub(crate) static CHAIN_INCOMPLETE: Cause = Cause {
    what: "The proxy does not send its intermediate certificates",
    tell: "browsers accept it, openssl s_client -connect HOST:443 -servername HOST does not: \
           «unable to get local issuer certificate»",
    fix: "send the proxy's own certificate, then each one's issuer",
    checks: &[&T02],
};

pub(crate) static CERTIFICATE_EXPIRED: Cause = Cause {
    what: "The certificate has expired, or is not valid yet",
    tell: "it worked until a certain day; openssl x509 -noout -dates",
    fix: "renew it, let the proxy and every load balancer take the new one up, and set an alarm",
    checks: &[&T05],
};

pub(crate) static NAME_DIFFERS: Cause = Cause {
    what: "The certificate is for another name",
    tell: "its common name is neither the endpoint's host, nor a wildcard of one level for it",
    fix: "have it issued for the endpoint's host; for a VPC endpoint service that is the private \
          DNS name",
    checks: &[&T04, &V16],
};

pub(crate) static ROOT_NOT_LISTED: Cause = Cause {
    what: "The certificate is of an authority that AWS KMS does not trust",
    tell: "a private authority, or one that is newer than AWS's list of November 2022",
    fix: "take a certificate of a listed public authority, or send its cross-signed chain",
    checks: &[&T03],
};

pub(crate) static NO_COMMON_SUITE: Cause = Cause {
    what: "Proxy or load balancer and AWS KMS have no TLS version or cipher suite in common",
    tell: "handshakes fail with an alert before any certificate is sent",
    fix: "allow TLS 1.2 or 1.3 with an AES-256-GCM suite; for a TLS listener, another SslPolicy",
    checks: &[&T01, &V16],
};

pub(crate) static CLIENT_CERTIFICATE_WANTED: Cause = Cause {
    what: "The proxy insists on a client certificate",
    tell: "the handshake ends after the proxy's certificate; its log says that the client had \
           none, or one that it does not accept",
    fix: "make client certificates optional: AWS has deprecated mutual TLS here",
    checks: &[&T06],
};

pub(crate) static PROXY_SLOW: Cause = Cause {
    what: "The proxy takes longer than 250 ms",
    tell: "CloudWatch XksProxyLatency near 250; the proxy's own log shows long durations",
    fix: "give the proxy more capacity; keep connections open",
    checks: &[&H05, &E06],
};

pub(crate) static TOO_FAR: Cause = Cause {
    what: "The proxy is too far from the Region of the key store",
    tell: "the proxy's own log shows short durations; first requests on a connection are the \
           slow ones; a round trip takes more than 35 ms",
    fix: "run the proxy in, or near, the Region",
    checks: &[&N03, &H05],
};

pub(crate) static ZONE_WITHOUT_TARGET: Cause = Cause {
    what: "A zone of the load balancer has no healthy target, and cross-zone is off",
    tell: "some requests are answered, and a fixed share of new connections is not",
    fix: "add targets in every zone, or switch cross-zone load balancing on: aws elbv2 \
          modify-load-balancer-attributes --load-balancer-arn ARN --attributes \
          Key=load_balancing.cross_zone.enabled,Value=true",
    checks: &[&V17],
};
