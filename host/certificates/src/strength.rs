//! Keys, signatures and purposes that clients do not take.

use x509_parser::certificate::X509Certificate;
use x509_parser::public_key::PublicKey;

use crate::certificate::Certificate;
use crate::chain::is_self_issued;
use crate::report::Report;
use crate::sent::Sent;
use crate::words::bits;

const RSA: &str = "1.2.840.113549.1.1.1";
const RSA_PSS: &str = "1.2.840.113549.1.1.10";
const ELLIPTIC_CURVE: &str = "1.2.840.10045.2.1";
const ED25519: &str = "1.3.101.112";

/// The shortest RSA key that is served, and that clients take, in bits.
const LEAST_RSA: usize = 2048;

const NEW_KEY: &str = "make a new key, of ECDSA on P-256 or RSA of 2,048 bits or more, and have a \
                       certificate issued for it";
const NEW_CHAIN: &str = "take the chain that its authority has now";

/// Judges every certificate of the path.
pub(crate) fn judge(sent: &Sent<'_>, report: &mut Report<'_>) {
    for (at, certificate) in sent.on_path().enumerate() {
        if at == 0 {
            own_key(certificate, report);
            own_purpose(certificate, sent.path.len(), report);
        } else {
            issuer(certificate, report);
        }
        // A root's signature of itself means nothing.
        if !is_self_issued(&certificate.x509)
            && let Some(hash) = weak_hash(&certificate.x509)
        {
            let fix = if at == 0 {
                "have it issued again"
            } else {
                NEW_CHAIN
            };
            let name = certificate.name();
            report.warn(
                &format!("{name} is signed with {hash}, which clients refuse"),
                fix,
            );
        }
    }
}

fn own_key(own: &Certificate<'_>, report: &mut Report<'_>) {
    let name = own.name();
    match kind(&own.x509) {
        Kind::Rsa(length) if length < LEAST_RSA => report.fault(
            &format!(
                "{name} has an RSA key of {}, which cannot be served",
                bits(length)
            ),
            NEW_KEY,
        ),
        Kind::RsaPss => report.fault(
            &format!("{name} has a key for RSA-PSS only, which cannot be served"),
            NEW_KEY,
        ),
        Kind::Other => report.fault(
            &format!("{name} has a key of a kind that cannot be served"),
            NEW_KEY,
        ),
        Kind::Ed25519 => report.warn(
            &format!("{name} has an Ed25519 key: AWS KMS's cipher suites are for ECDSA and RSA"),
            NEW_KEY,
        ),
        Kind::Rsa(_) | Kind::EllipticCurve => {}
    }
}

fn own_purpose(own: &Certificate<'_>, length: usize, report: &mut Report<'_>) {
    let name = own.name();
    let certificate = &own.x509;
    let usage = certificate.key_usage().ok().flatten();
    if usage.is_some_and(|usage| !usage.value.digital_signature()) {
        report.warn(
            &format!("{name} is not for signatures (key usage), without which there is no TLS 1.3"),
            "have it issued again with the key usage digitalSignature",
        );
    }
    let extended = certificate.extended_key_usage().ok().flatten();
    if extended.is_some_and(|usage| !usage.value.server_auth && !usage.value.any) {
        report.warn(
            &format!("{name} is not for servers (extended key usage)"),
            "have it issued again with the extended key usage serverAuth",
        );
    }
    // That a self-signed one is its own authority is said of its root.
    let own_root = length == 1 && is_self_issued(certificate);
    if certificate.is_ca() && !own_root {
        report.warn(
            &format!("{name} is the server's own and has the flag of a certificate authority"),
            "have it issued again as a server's certificate, without CA:TRUE",
        );
    }
}

fn issuer(certificate: &Certificate<'_>, report: &mut Report<'_>) {
    let name = certificate.name();
    let x509 = &certificate.x509;
    let usage = x509.key_usage().ok().flatten();
    if !x509.is_ca() || usage.is_some_and(|usage| !usage.value.key_cert_sign()) {
        report.warn(
            &format!("{name} signed another one and is no certificate authority's"),
            NEW_CHAIN,
        );
    }
    if let Kind::Rsa(length) = kind(x509)
        && length < LEAST_RSA
    {
        report.warn(
            &format!("{name} has an RSA key of {}", bits(length)),
            NEW_CHAIN,
        );
    }
}

enum Kind {
    Rsa(usize),
    RsaPss,
    EllipticCurve,
    Ed25519,
    Other,
}

fn kind(certificate: &X509Certificate<'_>) -> Kind {
    let key = certificate.public_key();
    match (&*key.algorithm.algorithm.to_id_string(), key.parsed()) {
        (RSA, Ok(PublicKey::RSA(rsa))) => Kind::Rsa(length(rsa.modulus)),
        (RSA_PSS, _) => Kind::RsaPss,
        (ELLIPTIC_CURVE, _) => Kind::EllipticCurve,
        (ED25519, _) => Kind::Ed25519,
        _ => Kind::Other,
    }
}

/// The length of a number in bits.
fn length(mut number: &[u8]) -> usize {
    while let Some((0, rest)) = number.split_first() {
        number = rest;
    }
    let unused = number.first().map_or(0, |first| first.leading_zeros());
    8 * number.len() - usize::try_from(unused).unwrap_or_default()
}

fn weak_hash(certificate: &X509Certificate<'_>) -> Option<&'static str> {
    match &*certificate.signature_algorithm.algorithm.to_id_string() {
        "1.2.840.113549.1.1.4" => Some("MD5"),
        "1.2.840.113549.1.1.5" | "1.3.14.3.2.29" | "1.2.840.10045.4.1" => Some("SHA-1"),
        _ => None,
    }
}
