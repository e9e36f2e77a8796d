//! FLT-80: whether the right certificates are there, and in order.

use crate::chain::is_self_issued;
use crate::report::Report;
use crate::sent::Sent;
use crate::words::ordinal;

/// Judges which certificates there are, and where.
pub(crate) fn judge(sent: &Sent<'_>, report: &mut Report<'_>) {
    own_first(sent, report);
    for (again, first) in &sent.repeated {
        report.warn(
            &format!("{} is the {} again", again.name(), ordinal(*first)),
            "remove one of the two",
        );
    }
    strangers(sent, report);
    if !sent.path.is_sorted() {
        let order: Vec<String> = sent.on_path().map(|one| ordinal(one.number)).collect();
        report.warn(
            "a certificate is not followed by the one that signed it",
            format!("put them into this order: {}", order.join(", ")),
        );
    }
    if let Some(root) = sent.on_path().skip(1).last()
        && is_self_issued(&root.x509)
    {
        report.warn(
            &format!(
                "{} is a root, which clients have: it is sent with every handshake, in vain",
                root.name()
            ),
            "remove it",
        );
    }
}

/// rustls serves the first certificate as the server's own.
fn own_first(sent: &Sent<'_>, report: &mut Report<'_>) {
    let Some(own) = sent.own().filter(|own| own.number != 1) else {
        return;
    };
    let Some(first) = sent.certificates.iter().find(|one| one.number == 1) else {
        return;
    };
    let is = if first.x509.is_ca() {
        " is a certificate authority's"
    } else {
        " is not the server's own"
    };
    let own_is = if sent.key_fits == Some(true) {
        "the private key is that of"
    } else {
        "the server's own seems to be"
    };
    report.fault(
        &format!("{}{is}; {own_is} {}", first.name(), own.name()),
        format!(
            "put the {} certificate first, then the one that signed it, and so on",
            ordinal(own.number)
        ),
    );
}

/// Certificates that lead from nothing to nothing.
fn strangers(sent: &Sent<'_>, report: &mut Report<'_>) {
    for (at, stranger) in sent.certificates.iter().enumerate() {
        if sent.path.contains(&at) {
            continue;
        }
        let impostor = sent.on_path().find(|signed| {
            stranger.x509.subject().as_raw() == signed.x509.issuer().as_raw()
                && !is_self_issued(&signed.x509)
        });
        match impostor {
            Some(signed) => report.warn(
                &format!(
                    "{} has the name of the issuer of {}, and did not sign it",
                    stranger.name(),
                    signed.name()
                ),
                "put the certificate of the issuer's present key in its place",
            ),
            None => report.warn(
                &format!("{} does not belong to the chain", stranger.name()),
                "remove it",
            ),
        }
    }
}
