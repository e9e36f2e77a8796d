//! Whether certificates are valid now, and for how long.

use std::time::{Duration, SystemTime};

use x509_parser::certificate::X509Certificate;

use crate::catalogue::T05;
use crate::finding::Finding;

/// AWS recommends an alarm when fewer days are left.
const FEW_DAYS: u64 = 10;

/// T05, for a chain whose first certificate is the proxy's own.
pub(super) fn judge<'c, 'd: 'c>(
    chain: impl Iterator<Item = &'c X509Certificate<'d>>,
    wildcard: bool,
    now: SystemTime,
) -> Finding {
    let now = seconds(now);
    let mut shortest: Option<i64> = None;
    for certificate in chain {
        let validity = certificate.validity();
        let (from, until) = (validity.not_before, validity.not_after);
        let subject = certificate.subject();
        if now < from.timestamp() {
            let seen = format!("{subject} is valid from {from} on");
            return Finding::failure(&T05, "", &seen)
                .fix("use a certificate that is valid already, or set this machine's clock");
        }
        if now > until.timestamp() {
            let seen = format!("{subject} expired on {until}");
            return Finding::failure(&T05, "", &seen);
        }
        let left = until.timestamp() - now;
        shortest = Some(shortest.map_or(left, |shortest| shortest.min(left)));
    }
    let left = Duration::from_secs(shortest.unwrap_or_default().try_into().unwrap_or_default());
    let days = left.as_secs() / 86_400;
    let seen = format!("{days} days are left");
    if days < FEW_DAYS {
        Finding::warning(&T05, "", &seen)
    } else if wildcard {
        let seen =
            format!("{seen}; the common name is a wildcard, which CloudWatch does not count");
        Finding::warning(&T05, "", &seen).fix(
            "have it issued with the host's name as common name, or watch its end with a tool of \
             your own",
        )
    } else {
        Finding::ok(&T05, "", &seen)
    }
}

fn seconds(time: SystemTime) -> i64 {
    time.duration_since(SystemTime::UNIX_EPOCH)
        .ok()
        .and_then(|since| since.as_secs().try_into().ok())
        .unwrap_or_default()
}
