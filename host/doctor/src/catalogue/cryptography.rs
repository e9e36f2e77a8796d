//! E: Encrypt and Decrypt.

use super::{Check, Severity};
use crate::becomes::Becomes;
use claviger_xks_client::outcome::Outcome;

const INVALID_RESPONSE: &[Becomes] = &[Becomes::Call(Outcome::Malformed)];

/// There and back.
pub static E01: Check = Check {
    id: "E01",
    title: "What was encrypted decrypts to the same bytes, in time",
    severity: Severity::Failure,
    looks_at: "Encrypt and Decrypt of 1, 32 and 4300 bytes with AAD of 0 to 8192 bytes",
    becomes: &[
        Becomes::Call(Outcome::InnerLayer),
        Becomes::Call(Outcome::TimedOut),
    ],
    fix: "stop using the proxy for new data, and report it to its vendor",
    more: "\
AWS KMS encrypts twice: what the proxy is given is a ciphertext already, of up to 4300 bytes, \
and the AAD has up to 8192. A proxy that gives other bytes back, or refuses these sizes, \
loses data. One in ten of the answers may be later than 250 ms; more are a failure, and more \
than 200 ms a warning.

A ciphertext that was made with an empty AAD should decrypt without one, and is a warning \
when it does not: the specification does not tell the two apart, and no source says which of \
them AWS KMS sends.",
};

/// Lengths.
pub static E02: Check = Check {
    id: "E02",
    title: "Ciphertext, IV, tag and metadata have the lengths of AES-GCM",
    severity: Severity::Failure,
    looks_at: "the members of Encrypt's answer: ciphertext as long as the plaintext, IV of 12 \
               or 16 bytes, tag of 16, metadata of at most 20",
    becomes: INVALID_RESPONSE,
    fix: "report it to the vendor of the proxy",
    more: "AWS KMS keeps the parts in its own ciphertext, which has no room for other lengths.",
};

/// The integrity value.
pub static E03: Check = Check {
    id: "E03",
    title: "The ciphertext data integrity value is right",
    severity: Severity::Failure,
    looks_at: "Encrypt with ciphertextDataIntegrityValueAlgorithm SHA_256, kmsOperation \
               GenerateDataKey; the value is computed again here",
    becomes: &[Becomes::Call(Outcome::IntegrityValue)],
    fix: "stop making data keys with the key, and report it to the proxy's vendor",
    more: "\
AWS KMS asks for the value when it makes data keys: SHA-256 over AAD, metadata, IV, \
ciphertext and tag, one after the other without their lengths; the AAD is that of the \
request, not what the key manager is handed. A wrong value makes GenerateDataKey fail; it \
is what protects against a data key that nobody can decrypt later.",
};

/// Tampering.
pub static E04: Check = Check {
    id: "E04",
    title: "A changed ciphertext, tag, IV, metadata or AAD does not decrypt",
    severity: Severity::Failure,
    looks_at: "Decrypt with one part changed at a time, and with metadata moved into the AAD \
               (with --thorough)",
    becomes: &[Becomes::Call(Outcome::InvalidCiphertext)],
    fix: "stop using the proxy, and report it to its vendor",
    more: "\
A change that is accepted is a hole: whoever can write ciphertexts decides what they decrypt \
to. A change that is refused with another name than InvalidCiphertextException gives callers \
the wrong text. Metadata that can be moved into the AAD shows that the two are joined \
without their lengths.",
};

/// IVs.
pub static E05: Check = Check {
    id: "E05",
    title: "No IV is used twice",
    severity: Severity::Failure,
    looks_at: "the IVs of 200 encryptions (with --thorough)",
    becomes: &[],
    fix: "stop using the key at once: aws kms disable-key --key-id KEY_ID",
    more: "\
Two AES-GCM ciphertexts under one key and one IV reveal the difference of their plaintexts \
and the key of the authentication. Neither AWS KMS nor anybody else notices.",
};

/// Load.
pub static E06: Check = Check {
    id: "E06",
    title: "32 requests at once are answered",
    severity: Severity::Warning,
    looks_at: "32 Encrypt requests in parallel (with --thorough)",
    becomes: &[
        Becomes::Call(Outcome::Throttling),
        Becomes::Call(Outcome::TimedOut),
    ],
    fix: "give the proxy and its key manager more capacity",
    more: "\
AWS KMS sends up to 1800 requests a second to a key store unless its quota is lowered. One \
proxy that refuses some of 32 at a time, or has one in ten wait for more than 250 ms, cannot \
serve that. The connections are open before the requests are counted.",
};

/// Policies.
pub static E07: Check = Check {
    id: "E07",
    title: "What the proxy's policies answer to several callers",
    severity: Severity::Warning,
    looks_at: "Encrypt with other values of awsPrincipalArn, awsSourceVpc, awsSourceVpce and \
               kmsViaService (with --thorough)",
    becomes: &[Becomes::Call(Outcome::AccessDenied)],
    fix: "amend the proxy's policy where it answers a caller wrongly",
    more: "\
For information: who is allowed is the operator's decision. AWS KMS sends awsSourceVpc and \
awsSourceVpce only when the caller came through a VPC endpoint, and kmsViaService only when \
an AWS service called on somebody's behalf. An answer that neither allows nor denies is a \
warning: such a caller meets an error that has nothing to do with a policy.",
};
