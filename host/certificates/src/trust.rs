//! XKS-016: whether the chain ends in a root of the list that AWS publishes.

use x509_parser::extensions::{GeneralName, ParsedExtension};

use crate::certificate::Certificate;
use crate::chain::{Anchor, Completeness, is_self_issued};
use crate::report::Report;
use crate::roots::Roots;
use crate::sent::Sent;
use crate::words::line;

const TAKE_ANOTHER: &str =
    "take a certificate, or another chain of it, from an authority on AWS's list";

/// Judges the end of the chain. Nothing here keeps a server from serving: a load balancer
/// in front may have another certificate.
pub(crate) fn judge(sent: &Sent<'_>, list: &Roots, report: &mut Report<'_>) {
    let Some(top) = sent.on_path().last() else {
        return;
    };
    let anchor = sent.chain.anchor(&[], list);
    // That its name is listed is all that can be told when the root is not at hand.
    if let Some(Anchor::Listed(_) | Anchor::ListedByName(_)) = anchor {
        return;
    }
    if let Completeness::IssuerMissing(_) | Completeness::IssuerUnknown(_) =
        sent.chain.completeness(&[], list)
    {
        issuer_missing(top, report);
        return;
    }
    let name = top.name();
    match anchor {
        Some(Anchor::OtherCertificate(root)) => report.warn(
            &format!(
                "{name} leads to {}, which is on AWS's published list with another certificate: \
                 AWS KMS may refuse it",
                line(&root)
            ),
            TAKE_ANOTHER,
        ),
        _ if sent.path.len() == 1 && is_self_issued(&top.x509) => report.warn(
            &format!("{name} is self-signed: AWS KMS refuses it"),
            TAKE_ANOTHER,
        ),
        _ => report.warn(
            &format!("{name} is a root that is not on AWS's published list: AWS KMS refuses it"),
            TAKE_ANOTHER,
        ),
    }
}

fn issuer_missing(top: &Certificate<'_>, report: &mut Report<'_>) {
    let path = report.path();
    let append = match place_of_issuer(top) {
        Some(url) => {
            format!("curl -s '{url}' | openssl x509 -inform DER -outform PEM >> {path}")
        }
        None => format!("append the certificate of the issuer to {path}"),
    };
    report.warn(
        &format!(
            "the issuer of {} is {}: it is not in the file, and no root on AWS's published list, \
             so that AWS KMS refuses the chain",
            top.name(),
            top.issuer()
        ),
        format!("if it is an intermediate: {append}; otherwise {TAKE_ANOTHER}"),
    );
}

/// Where a certificate says its issuer's is, when that can stand in a command.
fn place_of_issuer<'c>(certificate: &'c Certificate<'_>) -> Option<&'c str> {
    const CA_ISSUERS: &str = "1.3.6.1.5.5.7.48.2";
    let harmless = |byte: u8| byte.is_ascii_alphanumeric() || b":/._-~%".contains(&byte);
    let extensions = certificate.x509.extensions().iter();
    let places = extensions.filter_map(|one| match one.parsed_extension() {
        ParsedExtension::AuthorityInfoAccess(access) => Some(&access.accessdescs),
        _ => None,
    });
    places
        .flatten()
        .find_map(|place| match place.access_location {
            GeneralName::URI(url)
                if place.access_method.to_id_string() == CA_ISSUERS
                    && url.starts_with("http")
                    && url.bytes().all(harmless) =>
            {
                Some(url)
            }
            _ => None,
        })
}
