//! N: the way to the proxy.

use super::{Check, Severity};
use crate::becomes::Becomes;
use claviger_xks_client::outcome::Outcome;

/// Name resolution.
pub static N01: Check = Check {
    id: "N01",
    title: "The endpoint's name has an IPv4 address",
    severity: Severity::Failure,
    looks_at: "the A records of the endpoint's host name",
    becomes: &[Becomes::Call(Outcome::NotReachable)],
    fix: "publish an A record for it: dig +short A HOST",
    more: "\
AWS KMS connects to external key store proxies over IPv4. A name with AAAA records alone, \
or without any, cannot be reached.

For a key store with VPC endpoint service connectivity the name need not resolve in public: \
AWS KMS makes a private hosted zone for it. Say with `--resolve HOST=ADDRESS:PORT` where the \
load balancer is.",
};

/// The TCP connection.
pub static N02: Check = Check {
    id: "N02",
    title: "The proxy accepts TCP connections on port 443",
    severity: Severity::Failure,
    looks_at: "a TCP connection to port 443, or to the address and port of --resolve or --config",
    becomes: &[Becomes::Call(Outcome::NotReachable)],
    fix: "start the proxy; where it runs, open port 443 on the way to it",
    more: "\
The port cannot be chosen: XksProxyUriEndpoint takes none, and AWS KMS uses 443. A refused \
connection means that nothing listens there. One that is not answered usually means a \
firewall or a security group, or a load balancer without healthy targets. An unreachable \
host or network means a wrong address or a missing route. A connection that is reset was \
ended by something on the way, or by the proxy itself.",
};

/// The round trip.
pub static N03: Check = Check {
    id: "N03",
    title: "A round trip to the proxy takes at most 35 ms",
    severity: Severity::Warning,
    looks_at: "how long TCP connections take to be accepted",
    becomes: &[Becomes::Call(Outcome::TimedOut)],
    fix: "run the proxy in, or near, the Region of the key store",
    more: "\
AWS KMS waits 250 ms for an answer, and a new connection needs several round trips before \
the request is even sent: one for TCP, one or two for TLS. AWS asks for a round trip of at \
most 35 ms. What is measured here is the way from this machine, which is not that of AWS \
KMS: run this program in the Region of the key store to know more.",
};
