//! H: GetHealthStatus, which AWS KMS calls first.

use super::{Check, Severity};
use crate::becomes::Becomes;
use claviger_xks_client::outcome::Outcome;

/// The call.
pub static H01: Check = Check {
    id: "H01",
    title: "GetHealthStatus is answered 200, in time",
    severity: Severity::Failure,
    looks_at: "POST …/health with kmsOperation CreateCustomKeyStore, SignedHeaders \
               host;x-amz-date, over HTTP/1.1",
    becomes: &[
        Becomes::Call(Outcome::AuthenticationFailed),
        Becomes::Call(Outcome::InvalidUriPath),
        Becomes::Call(Outcome::AccessDenied),
        Becomes::Call(Outcome::Malformed),
        Becomes::Call(Outcome::TimedOut),
    ],
    fix: "curl --include --request POST https://HOST/PREFIX/kms/xks/v1/health",
    more: "\
This is the call with which CreateCustomKeyStore, UpdateCustomKeyStore and \
ConnectCustomKeyStore decide. A 200 that comes later than 250 ms is asked for once more, as \
AWS KMS does: when the second is in time it is a warning, otherwise a failure.

401: the proxy has another credential, its clock is more than five minutes off, or something \
on the way changes the Host header. `credential.json` has AccessKeyId and \
RawSecretAccessKey, as `claviger credential new` writes it. 404 InvalidUriPathException: the \
path differs; compare it byte for byte. With `--config` both are what the file says, and a \
host that refuses them has not taken the file up: `claviger reload --config FILE`.

403: a policy is asked, which the specification forbids for this API. 400, 405 or a page of \
HTML, with whatever status: something else than the proxy answers, or the proxy refuses what \
AWS KMS sends; curl shows which of them it is.",
};

/// The members.
pub static H02: Check = Check {
    id: "H02",
    title: "The health report has all members, with the right types",
    severity: Severity::Failure,
    looks_at: "xksProxyFleetSize, xksProxyVendor, xksProxyModel, ekmVendor, ekmFleetDetails",
    becomes: &[Becomes::Call(Outcome::Malformed)],
    fix: "report it to the vendor of the proxy",
    more: "\
xksProxyFleetSize is a whole number, the names are texts, ekmFleetDetails is a list of one to \
ten members, each with id, model and healthStatus (ACTIVE, DEGRADED or UNAVAILABLE).",
};

/// Nobody healthy.
pub static H03: Check = Check {
    id: "H03",
    title: "At least one external key manager is available",
    severity: Severity::Failure,
    looks_at: "healthStatus of every member of ekmFleetDetails",
    becomes: &[Becomes::Call(Outcome::AllUnavailable)],
    fix: "repair the external key manager, or the proxy's way to it",
    more: "\
When every key manager is UNAVAILABLE, AWS KMS treats the proxy as unreachable, although it \
answers well. The proxy's own log says what is wrong with the key managers.",
};

/// Nobody to spare.
pub static H04: Check = Check {
    id: "H04",
    title: "Two external key managers or more are ACTIVE, and none is DEGRADED",
    severity: Severity::Warning,
    looks_at: "healthStatus and number of the members of ekmFleetDetails",
    becomes: &[],
    fix: "repair the DEGRADED key manager, or add a second one",
    more: "\
The keys of a key store whose only key manager fails cannot be used until it is back. For a \
proxy that keeps its keys itself, one key manager is what there is.",
};

/// Time.
pub static H05: Check = Check {
    id: "H05",
    title: "The proxy answers within 200 ms, on a new connection too",
    severity: Severity::Failure,
    looks_at: "with --thorough 30 calls on new connections and 100 on one that is open; \
               otherwise a few",
    becomes: &[Becomes::Call(Outcome::TimedOut)],
    fix: "give the proxy more capacity, or move it nearer to the Region of the key store",
    more: "\
AWS KMS waits 250 ms, including the time for a new connection, and tries once more after a \
network timeout. More than 250 ms is a failure, more than 200 ms a warning: of calls on an \
open connection at the 99th percentile, of those on new ones, which are fewer, at the 90th. \
A call that is refused when it is repeated is a failure too. After ten seconds of calls no \
further ones are measured. As with [N03](#n03), this machine's way to the proxy is not that of AWS KMS.",
};
