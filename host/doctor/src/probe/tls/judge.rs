//! What handshakes and certificates come to.

use claviger_certificates::chain::{Anchor, Chain, Completeness};
use claviger_certificates::names::{Fit, Names};
use claviger_xks_client::answer::Failure;
use claviger_xks_client::connection::{TlsFault, TransportFault};
use claviger_xks_client::outcome::Outcome;
use rustls::{AlertDescription, Error, NamedGroup};

use super::handshake::{HYBRID, Witness};
use crate::becomes::Becomes;
use crate::catalogue::{T01, T02, T03, T04, T06, T07};
use crate::finding::Finding;

/// T06, once a request was sent: with TLS 1.3 a refusal shows only then.
pub(in crate::probe) fn client_certificate(
    witness: &Witness,
    request: Result<(), &TransportFault>,
) -> Finding {
    match (witness.client_certificate_asked(), request) {
        (false, _) => Finding::ok(&T06, "", "no client certificate is asked for"),
        (true, Ok(())) => Finding::ok(&T06, "", "a client certificate is asked for, and optional"),
        (true, Err(fault)) => Finding::warning(
            &T06,
            "",
            &format!("a client certificate is demanded: without one, {fault}"),
        ),
    }
}

/// T01.
pub(super) fn versions_and_suites(working: &[&str], fault: Option<&TransportFault>) -> Finding {
    if !working.is_empty() {
        return Finding::ok(&T01, "", &working.join(", "));
    }
    let Some(fault) = fault else {
        return Finding::failure(&T01, "", "no handshake works");
    };
    let outcome = Failure::Transport(fault.clone()).outcome();
    let more = match outcome {
        Outcome::TimedOut => ": the proxy is hung or overloaded",
        _ => "",
    };
    Finding::failure(&T01, "", &format!("no handshake works: {fault}{more}"))
        .becomes([Becomes::Call(outcome)])
        .fix(without_handshake(fault))
}

/// What to do when no handshake gets to a certificate. Only a proxy that has no suite in
/// common is helped by another suite, and it says so in an alert.
const fn without_handshake(fault: &TransportFault) -> &'static str {
    match fault {
        TransportFault::TimedOut(_) => "see the proxy's log and its load, and start it again",
        TransportFault::Connect(_) => "see why the proxy no longer takes connections: its log",
        TransportFault::Tls(TlsFault::NotTls) => {
            "have the proxy, or the load balancer's listener, speak TLS on this port"
        }
        TransportFault::Tls(TlsFault::Ended(_)) => {
            "find what ends the connection, in the log of the proxy and of what is in front of it: \
             a load balancer without healthy targets, a firewall, a listener that wants PROXY \
             protocol"
        }
        TransportFault::Tls(TlsFault::Refused(Error::AlertReceived(alert))) => match alert {
            AlertDescription::UnrecognisedName => {
                "have the proxy serve the endpoint's host name: it refuses it as a server name"
            }
            AlertDescription::InternalError => "see the proxy's log: its TLS is not set up",
            _ => T01.fix,
        },
        _ => T01.fix,
    }
}

/// T02.
pub(super) fn order(completeness: &Completeness, sent: usize) -> Finding {
    match completeness {
        Completeness::InOrder => Finding::ok(&T02, "", &format!("{sent} sent, in order")),
        Completeness::WrongOrder => Finding::failure(
            &T02,
            "",
            &format!("{sent} sent, but a certificate is not followed by the one that signed it"),
        ),
        Completeness::Superfluous => Finding::warning(
            &T02,
            "",
            &format!("{sent} sent, and some of them do not belong to the chain"),
        ),
        Completeness::IssuerMissing(name) => Finding::failure(
            &T02,
            "",
            &format!("{sent} sent, and not the one that signed the last: {name}"),
        ),
        Completeness::IssuerUnknown(name) => Finding::cannot_tell(
            &T02,
            "",
            &format!(
                "{sent} sent; the last one's issuer is no root that is known here: {name}. If it \
                 is one of your own, name its certificate with --ca-file"
            ),
        ),
    }
}

/// T03.
pub(super) fn root(anchor: Option<&Anchor>, chain: &Chain<'_>) -> Finding {
    match anchor {
        Some(Anchor::Listed(name)) => Finding::ok(&T03, "", name),
        Some(Anchor::ListedByName(name)) => Finding::cannot_tell(
            &T03,
            "",
            &format!(
                "{name} is on the list of roots that AWS KMS trusts, but its certificate is not on this machine \
                 to be compared"
            ),
        ),
        Some(Anchor::OtherCertificate(name)) => Finding::warning(
            &T03,
            "",
            &format!("{name} is on the list of roots that AWS KMS trusts with another certificate"),
        ),
        Some(Anchor::Unlisted(name)) => Finding::failure(
            &T03,
            "",
            &format!("{name} is not on the list of roots that AWS KMS trusts"),
        ),
        None => {
            let issuer = chain.iter().last().map(|last| last.issuer().to_string());
            let issuer = issuer.unwrap_or_default();
            Finding::failure(
                &T03,
                "",
                &format!("{issuer} is not on the list of roots that AWS KMS trusts"),
            )
        }
    }
}

/// T04.
pub(super) fn names_fit(names: &Names, host: &str) -> Finding {
    let list = |names: &[String]| match names {
        [] => "none".to_owned(),
        names => names.join(", "),
    };
    let seen = format!(
        "common name {}; DNS names {}",
        list(&names.common),
        list(&names.alternative)
    );
    match names.fit(host) {
        Fit::Both => Finding::ok(&T04, "", &seen),
        Fit::OnlyCommon | Fit::OnlyAlternative => Finding::warning(&T04, "", &seen),
        Fit::Neither => Finding::failure(&T04, "", &seen),
    }
}

/// T07.
pub(super) fn key_exchange(
    hybrid_offered: Option<NamedGroup>,
    classical: Option<NamedGroup>,
) -> Finding {
    let shown = |group: Option<NamedGroup>| {
        group.map_or_else(|| "no handshake".to_owned(), |group| format!("{group:?}"))
    };
    let seen = format!(
        "with {HYBRID:?} offered first: {}; without it: {}",
        shown(hybrid_offered),
        shown(classical)
    );
    if classical.is_none() && hybrid_offered.is_some() {
        Finding::warning(&T07, "", &seen)
    } else {
        Finding::ok(&T07, "", &seen)
    }
}
