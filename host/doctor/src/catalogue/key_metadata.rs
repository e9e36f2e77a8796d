//! M: GetKeyMetadata, which `CreateKey` calls.

use super::{Check, Severity};
use crate::becomes::Becomes;
use claviger_xks_client::outcome::Outcome;

/// The call.
pub static M01: Check = Check {
    id: "M01",
    title: "GetKeyMetadata is answered for each key, in time",
    severity: Severity::Failure,
    looks_at: "POST …/keys/KEY/metadata with kmsOperation CreateKey and without kmsKeyArn",
    becomes: &[
        Becomes::Call(Outcome::KeyNotFound),
        Becomes::Call(Outcome::AccessDenied),
        Becomes::Call(Outcome::TimedOut),
    ],
    fix: "see the proxy's log of the request",
    more: "\
CreateKey is the one operation for which AWS KMS has no kmsKeyArn yet: a policy that asks for \
one denies every new key. The policy is asked for a caller who does not exist, unless \
`--principal` names one. The id of the external key cannot be changed afterwards. 404 \
KeyNotFoundException: the id is mistyped, or the key is not made yet; Claviger makes it with \
`claviger key create`, other key managers with their own tools. An answer that is late is \
judged as in [H01](#h01).",
};

/// The key.
pub static M02: Check = Check {
    id: "M02",
    title: "The key is AES_256, ENABLED, and may ENCRYPT and DECRYPT",
    severity: Severity::Failure,
    looks_at: "keySpec, keyStatus and keyUsage of the answer",
    becomes: &[
        Becomes::Call(Outcome::KeySpec),
        Becomes::Call(Outcome::KeyStatus),
        Becomes::Call(Outcome::KeyUsage),
    ],
    fix: "use an AES key of 256 bits, enable it, and give it both uses, in the key manager",
    more: "\
CreateKey refuses any other key. keyUsage is a list of one to ten entries; AWS KMS needs \
ENCRYPT and DECRYPT among them.",
};

/// A key that is not there.
pub static M03: Check = Check {
    id: "M03",
    title: "A key that does not exist is answered 404 KeyNotFoundException",
    severity: Severity::Failure,
    looks_at: "GetKeyMetadata of a random key id",
    becomes: &[Becomes::Call(Outcome::Malformed)],
    fix: "report it to the vendor of the proxy",
    more: "\
With another answer CreateKey does not say XksKeyNotFoundException, and whoever mistypes a \
key id looks for the fault in the wrong place.",
};
