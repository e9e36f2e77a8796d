//! The certificates of a file, before anything is made of their order.

use claviger_settings::Fault;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;

use crate::chain;
use crate::pem::{self, Flaw, PemFile, Section};
use crate::private_key::is_private_key;
use crate::words::{self, ordinal};

const CERTIFICATE: &str = "CERTIFICATE";

/// What a file holds.
#[derive(Debug, Default)]
pub struct CertificateFile {
    /// Those that can be read, with their places in the file, counted from 1.
    pub certificates: Vec<(usize, CertificateDer<'static>)>,
    /// Why it cannot be used.
    pub faults: Vec<Fault>,
    /// What else is not as it should be.
    pub warnings: Vec<Fault>,
    /// Whether a block was lost, so that what is missing means nothing.
    pub(crate) incomplete: bool,
}

/// Reads all certificates of a PEM file: a server's chain, or roots.
pub fn read_certificates(file: &PemFile<'_>) -> CertificateFile {
    let mut read = CertificateFile::default();
    let text = match pem::text(file.bytes) {
        Ok(text) => text,
        Err(flaw) => {
            read.faults.push(flaw.fault(file));
            return read;
        }
    };
    let scan = pem::scan(&text);
    read.faults
        .extend(scan.flaws.iter().map(|flaw| flaw.fault(file)));
    if pem::has_byte_order_mark(file.bytes) {
        read.warnings.push(file.fault(
            "begins with a byte order mark, which other programs stumble over",
            format!("sed '1s/^\\xEF\\xBB\\xBF//' {} > NEW", file.path),
        ));
    }
    let mut number = 0;
    read.incomplete = scan.flaws.iter().any(Flaw::loses_a_block);
    for section in &scan.sections {
        if section.label == CERTIFICATE {
            number += 1;
            match certificate(section) {
                Some(der) => read.certificates.push((number, der)),
                None => read.unreadable(file, number, section),
            }
        } else {
            let other = not_served(file, section);
            read.incomplete |= other.is_some();
            read.faults.extend(other);
        }
    }
    if read.certificates.is_empty() && read.faults.is_empty() {
        let (problem, fix) = if scan.sections.iter().any(is_private_key) {
            (
                "holds a private key and no certificate",
                "name the file of the certificate: the two settings may be exchanged",
            )
        } else {
            (
                "holds no certificate",
                "name a PEM file with a block CERTIFICATE",
            )
        };
        read.faults.push(file.fault(problem, fix));
    }
    read
}

impl CertificateFile {
    fn unreadable(&mut self, file: &PemFile<'_>, number: usize, section: &Section<'_>) {
        self.incomplete = true;
        let line = section.line;
        // Of a block on one line that was said.
        if section.text.contains(['\n', '\r']) {
            self.faults.push(file.fault(
                &format!(
                    "the {} certificate, on line {line}, cannot be read",
                    ordinal(number)
                ),
                "copy the whole block again",
            ));
        }
    }
}

fn certificate(section: &Section<'_>) -> Option<CertificateDer<'static>> {
    let der = CertificateDer::from_pem_slice(section.text.as_bytes()).ok()?;
    let whole = chain::read(&der).is_some_and(|read| read.as_raw().len() == der.len());
    whole.then_some(der)
}

/// Blocks that stand beside certificates and take nothing away when they are passed over.
fn is_harmless(label: &str) -> bool {
    label.ends_with(" PARAMETERS") || matches!(label, "PUBLIC KEY" | "X509 CRL")
}

/// Other blocks, which rustls passes over: they may have been meant to be served.
fn not_served(file: &PemFile<'_>, section: &Section<'_>) -> Option<Fault> {
    let path = file.path;
    let (kind, fix) = match section.label {
        "TRUSTED CERTIFICATE" | "X509 CERTIFICATE" => (
            format!("a block {}", section.label),
            format!("openssl x509 -in {path} -out NEW, for each of its certificates"),
        ),
        "PKCS7" | "CMS" => (
            "a PKCS#7 container".to_owned(),
            format!("openssl pkcs7 -in {path} -print_certs -out NEW"),
        ),
        "CERTIFICATE REQUEST" | "NEW CERTIFICATE REQUEST" => (
            "a certificate request".to_owned(),
            "send it to your certificate authority, and name the file of what comes back".into(),
        ),
        label if is_harmless(label) || is_private_key(section) => return None,
        label => (
            format!("a block {}", words::line(label)),
            "keep blocks CERTIFICATE only".to_owned(),
        ),
    };
    let line = section.line;
    Some(file.fault(
        &format!("line {line} begins {kind}, which is not served"),
        fix,
    ))
}
