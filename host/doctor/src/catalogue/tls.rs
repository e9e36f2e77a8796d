//! T: TLS as AWS KMS uses it.

use super::{Check, Severity};
use crate::becomes::Becomes;
use claviger_xks_client::outcome::Outcome;

const NO_TLS: &[Becomes] = &[Becomes::Call(Outcome::NoTls)];

/// Versions and suites.
pub static T01: Check = Check {
    id: "T01",
    title: "TLS 1.2 or 1.3 works with one of AWS KMS's cipher suites",
    severity: Severity::Failure,
    looks_at: "handshakes with TLS 1.2 and TLS 1.3 that offer nothing but AWS KMS's suites",
    becomes: &[
        Becomes::Call(Outcome::NoTls),
        Becomes::Call(Outcome::TimedOut),
        Becomes::Call(Outcome::Malformed),
    ],
    fix: "enable TLS_AES_256_GCM_SHA384 or ECDHE-RSA/ECDSA-AES256-GCM-SHA384",
    more: "\
The suites are TLS_AES_256_GCM_SHA384 and TLS_CHACHA20_POLY1305_SHA256 in TLS 1.3, \
TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384 and TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384 in TLS \
1.2. One of them is enough. When a load balancer ends TLS, its security policy decides: \
see [V16](#v16).

A proxy that takes the connection and does not answer the handshake is hung or overloaded, \
and AWS KMS says XKS_PROXY_TIMED_OUT. One that answers in plain HTTP gives \
XKS_PROXY_INVALID_RESPONSE.",
};

/// The chain.
pub static T02: Check = Check {
    id: "T02",
    title: "The proxy sends its certificate with all intermediates, in order",
    severity: Severity::Failure,
    looks_at: "the certificates that the proxy sends; none is fetched from elsewhere",
    becomes: NO_TLS,
    fix: "send the proxy's own certificate first, then each one's issuer, without the root",
    more: "\
Browsers hide this fault, because they remember intermediates or fetch them. A client that \
only has roots needs every certificate between the proxy's own and a root to be sent, each \
followed by the one that signed it.",
};

/// The root.
pub static T03: Check = Check {
    id: "T03",
    title: "The chain ends in a root of the list that AWS publishes",
    severity: Severity::Failure,
    looks_at: "the root of the chain, against AWS's list of certificate authorities",
    becomes: NO_TLS,
    fix: "take a certificate, or another chain of it, from an authority on AWS's list",
    more: "\
AWS publishes which certificate authorities AWS KMS trusts for external key store proxies: \
130 roots, by name and fingerprint, unchanged since November 2022. A private authority is \
never among them; neither are roots that came later, however widely browsers trust them. \
Where the name is listed and the certificate is another one, as with reissued roots, it is a \
warning: nobody outside AWS knows which of the two AWS KMS has.

Many authorities sign with a new root that an old one has cross-signed: sending the \
cross-signed certificate too makes the chain end in the old one.",
};

/// Names.
pub static T04: Check = Check {
    id: "T04",
    title: "The certificate's common name is the endpoint's host name",
    severity: Severity::Failure,
    looks_at: "subject common name and subject alternative names of the proxy's certificate",
    becomes: NO_TLS,
    fix: "have the certificate issued again with the host name as common name and as DNS name",
    more: "\
AWS's guide asks for the host name, or a wildcard of one level such as \
`*.xks.example.com`, as the *common name* of the subject. A certificate whose alternative \
names match and which has no such common name is a warning here: the specification does not \
ask for it, and nobody outside AWS knows. Authorities leave the common name out in some of \
their profiles, and it cannot be longer than 64 characters.",
};

/// Validity.
pub static T05: Check = Check {
    id: "T05",
    title: "The certificate is valid for at least ten more days",
    severity: Severity::Failure,
    looks_at: "the dates of every certificate of the chain",
    becomes: NO_TLS,
    fix: "renew the certificate, and set an alarm on XksProxyCertificateDaysToExpire",
    more: "\
An expired certificate, or one that is not valid yet, ends every connection. Fewer than ten \
days left are a warning, as in the alarm that AWS recommends. CloudWatch has no value of \
XksProxyCertificateDaysToExpire for a certificate with a wildcard as its common name, which \
is a warning too: nothing will tell you in time.",
};

/// Mutual TLS.
pub static T06: Check = Check {
    id: "T06",
    title: "The proxy does not insist on a client certificate",
    severity: Severity::Warning,
    looks_at: "whether the proxy asks for a client certificate, and ends the handshake \
               without one",
    becomes: NO_TLS,
    fix: "switch mutual TLS off, or make the client certificate optional",
    more: "\
AWS has deprecated mutual TLS for external key store proxies. Public authorities stop \
issuing client certificates, so a proxy that demands one will stop working on a day that \
others choose. SigV4 authenticates AWS KMS in any case.",
};

/// Key exchange.
pub static T07: Check = Check {
    id: "T07",
    title: "Which key exchange groups the proxy chooses",
    severity: Severity::Warning,
    looks_at: "the group chosen when X25519MLKEM768 is offered, and when it is not",
    becomes: NO_TLS,
    fix: "enable X25519 or P-256 beside the hybrid group",
    more: "\
For information. X25519MLKEM768 resists an attacker who records connections now and has a \
quantum computer later. No source says whether AWS KMS offers it to external key store \
proxies; a proxy that takes it when it is offered is ready. One that takes nothing else is \
a warning, because AWS KMS may not be able to connect.",
};
