//! The certificates in the order in which they should be sent.

use rustls::sign::SigningKey;

use crate::certificate::Certificate;
use crate::certificate_file::CertificateFile;
use crate::chain::{Chain, MOST};

/// A server's certificates: its own first, the others as they stand in the file, none
/// twice.
pub(crate) struct Sent<'c> {
    pub(crate) certificates: Vec<Certificate<'c>>,
    pub(crate) chain: Chain<'c>,
    /// From the server's own certificate upwards: positions in `certificates`.
    pub(crate) path: Vec<usize>,
    /// Certificates that are there already, with the place where they were first.
    pub(crate) repeated: Vec<(Certificate<'c>, usize)>,
    /// Whether the key is that of the server's own certificate; unknown without a key.
    pub(crate) key_fits: Option<bool>,
}

impl<'c> Sent<'c> {
    /// None without a certificate.
    pub(crate) fn of(file: &'c CertificateFile, key: Option<&dyn SigningKey>) -> Option<Self> {
        let mut certificates: Vec<Certificate<'c>> = Vec::new();
        let mut repeated = Vec::new();
        for (number, der) in file.certificates.iter().take(MOST) {
            let first = certificates.iter().find(|one| one.der == der);
            let first = first.map(|first| first.number);
            match (Certificate::read(*number, der), first) {
                (Some(again), Some(first)) => repeated.push((again, first)),
                (Some(certificate), None) => certificates.push(certificate),
                (None, _) => {}
            }
        }
        let key = key.and_then(SigningKey::public_key);
        let of_key = key
            .as_ref()
            .and_then(|key| certificates.iter().position(|one| one.has_key(key)));
        let own = of_key
            .or_else(|| certificates.iter().position(|one| !one.x509.is_ca()))
            .unwrap_or_default();
        certificates.get_mut(..=own)?.rotate_right(1);
        let chain = Chain::of(certificates.iter().map(|one| one.x509.clone()).collect());
        Some(Self {
            path: chain.path(),
            chain,
            certificates,
            repeated,
            key_fits: key.map(|_| of_key.is_some()),
        })
    }

    /// The server's own certificate.
    pub(crate) fn own(&self) -> Option<&Certificate<'c>> {
        self.certificates.first()
    }

    /// The certificates of the path, from the server's own upwards.
    pub(crate) fn on_path(&self) -> impl Iterator<Item = &Certificate<'c>> {
        self.path.iter().filter_map(|&at| self.certificates.get(at))
    }
}
