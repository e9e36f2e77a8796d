//! One certificate of a file, and what it is called in texts.

use rustls::pki_types::CertificateDer;
use x509_parser::certificate::X509Certificate;
use x509_parser::time::ASN1Time;

use crate::chain::{fingerprint, read};
use crate::words::{line, ordinal};

/// A certificate with its place.
pub(crate) struct Certificate<'c> {
    /// Which of the file's it is, counted from 1.
    pub(crate) number: usize,
    pub(crate) der: &'c CertificateDer<'static>,
    pub(crate) x509: X509Certificate<'c>,
}

impl<'c> Certificate<'c> {
    /// None when it cannot be read.
    pub(crate) fn read(number: usize, der: &'c CertificateDer<'static>) -> Option<Self> {
        let x509 = read(der)?;
        Some(Self { number, der, x509 })
    }

    /// `the 2nd certificate (CN=Example R3, SHA-256 93b1c0d1a2b3c4d5…)`
    pub(crate) fn name(&self) -> String {
        let subject = match self.x509.subject().to_string() {
            empty if empty.is_empty() => "no subject".to_owned(),
            subject => line(&subject),
        };
        let fingerprint = fingerprint(&self.x509);
        let begin = fingerprint.get(..16).unwrap_or_default();
        let number = ordinal(self.number);
        format!("the {number} certificate ({subject}, SHA-256 {begin}…)")
    }

    /// The name of its issuer.
    pub(crate) fn issuer(&self) -> String {
        line(&self.x509.issuer().to_string())
    }

    /// Whether this is the key in it.
    pub(crate) fn has_key(&self, subject_public_key_info: &[u8]) -> bool {
        self.x509.public_key().raw == subject_public_key_info
    }
}

/// `2026-11-15 15:55:00 UTC`
pub(crate) fn shown(time: ASN1Time) -> String {
    let time = time.to_datetime();
    let (date, clock) = (time.date(), time.time());
    format!(
        "{date} {:02}:{:02}:{:02} UTC",
        clock.hour(),
        clock.minute(),
        clock.second()
    )
}
