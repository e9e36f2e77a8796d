//! XKS-017: the names of the server's own certificate, as AWS KMS wants them.

use std::net::IpAddr;

use crate::certificate::Certificate;
use crate::host_name::covers;
use crate::names::Names;
use crate::report::Report;
use crate::words::line;

const ISSUE_AGAIN: &str =
    "have it issued again with the endpoint's host as common name and as DNS name";

/// Judges the names. Which host AWS KMS connects to is not known here, so that only
/// their form can be judged, and whether they agree.
pub(crate) fn judge(own: &Certificate<'_>, report: &mut Report<'_>) {
    let names = Names::of(&own.x509);
    let name = own.name();
    if names.alternative.is_empty() {
        report.warn(
            &format!("{name} has no DNS name among its alternative names"),
            ISSUE_AGAIN,
        );
    }
    let [common] = names.common.as_slice() else {
        let problem = if names.common.is_empty() {
            "has no common name: AWS KMS compares its endpoint with it"
        } else {
            "has several common names: AWS KMS compares its endpoint with one of them"
        };
        report.warn(&format!("{name} {problem}"), ISSUE_AGAIN);
        return;
    };
    let shown = line(common);
    if let Some(why) = refused(common) {
        report.warn(
            &format!("{name} has the common name {shown}, {why}: AWS KMS refuses it"),
            ISSUE_AGAIN,
        );
        return;
    }
    if common.starts_with("*.") {
        report.warn(
            &format!(
                "{name} has the wildcard {shown} as its common name: CloudWatch's metric \
                 XksProxyCertificateDaysToExpire stays empty"
            ),
            "have it issued for the host itself, or watch the days that are left yourself",
        );
    }
    // One level below a wildcard stands for whatever host it is.
    let host = common.replacen('*', "x", 1);
    if !names.alternative.is_empty() && !names.alternative.iter().any(|one| covers(one, &host)) {
        report.warn(
            &format!("{name} has the common name {shown}, which is none of its DNS names"),
            ISSUE_AGAIN,
        );
    }
}

/// Why a common name can be that of no endpoint.
fn refused(common: &str) -> Option<&'static str> {
    let host = common.strip_prefix("*.").unwrap_or(common);
    if common.parse::<IpAddr>().is_ok() {
        return Some("an address and no host name");
    }
    if host.contains('*') {
        return Some("in which a wildcard stands for something else than the first label");
    }
    let of_label = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(of_label)
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    if !host.split('.').all(is_label) {
        return Some("which is no host name");
    }
    (!host.contains('.')).then_some("a name without a domain")
}
