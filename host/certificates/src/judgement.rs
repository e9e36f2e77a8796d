//! Everything together.

use std::sync::Arc;
use std::time::SystemTime;

use claviger_settings::Fault;
use rustls::pki_types::CertificateDer;
use rustls::sign::{CertifiedKey, SigningKey};

use crate::certificate_file::{CertificateFile, read_certificates};
use crate::chain::MOST;
use crate::facts::Facts;
use crate::pem::PemFile;
use crate::private_key::{self, KeyFile};
use crate::report::Report;
use crate::roots::Roots;
use crate::sent::Sent;
use crate::{order, strength, subject, trust, validity};

/// Whose clients a server is for.
#[derive(Debug, Clone, Copy)]
pub enum ExpectedRoots<'r> {
    /// AWS KMS: the chain should end in a root of this list, and the names be as AWS KMS
    /// wants them.
    Listed(&'r Roots),
    /// Others, who know a private root: development, or a load balancer of one's own.
    Private,
}

/// What two files come to.
#[derive(Debug)]
pub struct Judgement {
    /// What cannot be served, and why.
    pub faults: Vec<Fault>,
    /// What can be served, and somebody else would refuse.
    pub warnings: Vec<Fault>,
    /// Of the server's own certificate, when there is one.
    pub facts: Option<Facts>,
    /// There when there is no fault.
    certified_key: Option<CertifiedKey>,
}

impl Judgement {
    /// What to serve, or all faults. Ask for the warnings first.
    pub fn certified_key(self) -> Result<CertifiedKey, Vec<Fault>> {
        self.certified_key.ok_or(self.faults)
    }
}

/// Judges a server's files at a time.
pub fn judge(
    certificates: &PemFile<'_>,
    private_key: &PemFile<'_>,
    roots: ExpectedRoots<'_>,
    now: SystemTime,
) -> Judgement {
    let key_file = private_key::read(private_key);
    let read = read_certificates(certificates);
    let mut report = Report::of(*certificates);
    report.faults.extend_from_slice(&read.faults);
    report.warnings.extend_from_slice(&read.warnings);
    if private_key::is_in(certificates) && !is_one_file(certificates, private_key) {
        report.warn(
            "holds a private key too, which others than the server may read there",
            "remove it, and take a new key if others could read the file",
        );
    }
    let number = read.certificates.len();
    if number > MOST {
        report.fault(
            &format!("holds {number} certificates, more than any chain: it may be a list of roots"),
            "keep the server's certificate and its intermediates",
        );
    }
    let sent = Sent::of(&read, key_file.key.as_deref());
    let mut key_faults = key_file.faults.clone();
    if let Some(sent) = sent.as_ref().filter(|_| !read.incomplete) {
        key_faults.extend(mismatch(sent, certificates, private_key));
        order::judge(sent, &mut report);
        validity::judge(sent, now, &mut report);
        strength::judge(sent, &mut report);
        if let ExpectedRoots::Listed(list) = roots
            && let Some(own) = sent.own()
        {
            trust::judge(sent, list, &mut report);
            subject::judge(own, &mut report);
        }
    }
    let facts = sent.as_ref().and_then(Facts::of);
    let Report {
        mut faults,
        mut warnings,
        ..
    } = report;
    faults.extend(key_faults);
    warnings.extend_from_slice(&key_file.warnings);
    let certified_key = certify(certificates, &read, key_file, &mut faults);
    Judgement {
        faults,
        warnings,
        facts,
        certified_key,
    }
}

/// The key of no certificate in the file.
fn mismatch(
    sent: &Sent<'_>,
    certificates: &PemFile<'_>,
    private_key: &PemFile<'_>,
) -> Option<Fault> {
    let own = sent.own().filter(|_| sent.key_fits == Some(false))?;
    let (certificate, key) = (certificates.path, private_key.path);
    Some(private_key.fault(
        &format!("is not the key of {} of {certificate}", own.name()),
        format!(
            "name its key: openssl x509 -in {certificate} -noout -pubkey and \
             openssl pkey -in {key} -pubout print the same"
        ),
    ))
}

/// Whether both settings name one file, or copies of it. It is judged as a private one.
fn is_one_file(one: &PemFile<'_>, other: &PemFile<'_>) -> bool {
    one.bytes.trim_ascii_end() == other.bytes.trim_ascii_end()
}

/// What is served: the certificates as they stand in the file.
fn certify(
    certificates: &PemFile<'_>,
    read: &CertificateFile,
    key_file: KeyFile,
    faults: &mut Vec<Fault>,
) -> Option<CertifiedKey> {
    let key: Arc<dyn SigningKey> = key_file.key.filter(|_| faults.is_empty())?;
    let chain: Vec<CertificateDer<'static>> = read
        .certificates
        .iter()
        .map(|(_, der)| der.clone())
        .collect();
    let certified_key = CertifiedKey::new(chain, key);
    // What rustls itself does not take, such as a certificate of version 1.
    match certified_key.keys_match() {
        Ok(()) => Some(certified_key),
        Err(error) => {
            faults.push(certificates.fault(
                &format!("the 1st certificate cannot be served: {error}"),
                "have it issued again",
            ));
            None
        }
    }
}

#[cfg(test)]
mod tests;
