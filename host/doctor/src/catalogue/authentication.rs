//! A: who is let in.

use super::{Check, Severity};
use crate::becomes::Becomes;
use claviger_xks_client::outcome::Outcome;

/// Wrong signatures.
pub static A01: Check = Check {
    id: "A01",
    title: "Requests without AWS KMS's signature are refused with 401",
    severity: Severity::Failure,
    looks_at: "health requests with a wrong secret, a wrong access key id, a wrong service in \
               the scope, without a signature, and with one that leaves out Host or X-Amz-Date",
    becomes: &[],
    fix: "take the proxy off the network, and report it to its vendor",
    more: "\
A proxy that answers any of these lets anybody who reaches it use the keys: SigV4 is what \
authenticates AWS KMS. The right answer is 401 AuthenticationFailedException. Another \
refusal is a warning: it is no hole, but AWS KMS would not tell the operator that the \
credential is wrong. So is a right signature that is taken although it does not cover Host, \
with which a request for one proxy can be sent to another, or X-Amz-Date: the \
specification asks for both.",
};

/// Clocks.
pub static A02: Check = Check {
    id: "A02",
    title: "Time stamps up to five minutes off are taken, and others refused",
    severity: Severity::Failure,
    looks_at: "health requests dated 4 and 6 minutes before and after now",
    becomes: &[Becomes::Call(Outcome::AuthenticationFailed)],
    fix: "set the clock that is wrong by NTP, the proxy's or this machine's: chronyc tracking",
    more: "\
When 4 minutes are refused on one side, the proxy's clock, or this machine's, is wrong, and \
AWS KMS will meet INVALID_CREDENTIALS with the right credential. When 6 minutes are taken, \
who has recorded a request can send it again for longer than he should: a warning.",
};

/// The body.
pub static A03: Check = Check {
    id: "A03",
    title: "A changed body is refused",
    severity: Severity::Failure,
    looks_at: "a signed request whose body was changed after it was signed",
    becomes: &[],
    fix: "take the proxy off the network, and report it to its vendor",
    more: "\
The signature covers the SHA-256 of the body. A proxy that does not compare it lets whoever \
can change a request in transit have other plaintexts encrypted, and other ciphertexts \
decrypted.",
};

/// Another prefix.
pub static A04: Check = Check {
    id: "A04",
    title: "Another path prefix is answered 404 InvalidUriPathException",
    severity: Severity::Failure,
    looks_at: "a health request, rightly signed, under a prefix that does not exist",
    becomes: &[Becomes::Call(Outcome::Malformed)],
    fix: "report it to the vendor of the proxy",
    more: "\
The prefix tells key stores apart. A proxy that answers under any prefix does not tell them \
apart; one that answers with another error hides a mistyped path behind \
XKS_PROXY_INVALID_RESPONSE.",
};

/// GET.
pub static A05: Check = Check {
    id: "A05",
    title: "Another method than POST is answered 405",
    severity: Severity::Warning,
    looks_at: "GET …/health",
    becomes: &[],
    fix: "report it to the vendor of the proxy",
    more: "AWS KMS never sends GET. The specification asks for 405 all the same.",
};
