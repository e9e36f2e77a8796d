//! The chain of certificates as it was sent, without fetching anything.

use aws_lc_rs::digest::{SHA256, digest};
use claviger_xks::hex;
use rustls::pki_types::CertificateDer;
use x509_parser::certificate::X509Certificate;
use x509_parser::error::X509Error;
use x509_parser::extensions::ParsedExtension;
use x509_parser::prelude::FromDer as _;

use crate::roots::{Listing, Name, Roots};

/// How many certificates are looked at.
pub(crate) const MOST: usize = 16;

/// Certificates that were sent, in the order in which they were sent.
#[derive(Debug)]
pub struct Chain<'c> {
    certificates: Vec<X509Certificate<'c>>,
}

/// Whether a client that only has roots can follow a chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Completeness {
    /// Each certificate is followed by the one that signed it.
    InOrder,
    /// All are there, and in another order.
    WrongOrder,
    /// The chain holds, and there are others that do not belong to it.
    Superfluous,
    /// The one that signed the last one, of this name, was not sent.
    IssuerMissing(String),
    /// The issuer of the last one, of this name, is no root that is known here, and
    /// may be one that is not.
    IssuerUnknown(String),
}

/// Which root a chain ends in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Anchor {
    /// A root on the list, by fingerprint.
    Listed(String),
    /// A root whose name is on the list with another fingerprint.
    OtherCertificate(String),
    /// A root that is not on the list.
    Unlisted(String),
    /// A root whose name is on the list, and whose certificate is not at hand.
    ListedByName(String),
}

impl<'c> Chain<'c> {
    /// Reads the certificates; none when one of them, or the first, cannot be read.
    pub fn read(sent: &'c [CertificateDer<'_>]) -> Option<Self> {
        let certificates: Vec<_> = sent.iter().take(MOST).map_while(|one| read(one)).collect();
        (!certificates.is_empty() && certificates.len() == sent.len().min(MOST))
            .then_some(Self { certificates })
    }

    /// A chain of certificates that were read already.
    pub(crate) fn of(certificates: Vec<X509Certificate<'c>>) -> Self {
        Self { certificates }
    }

    /// The proxy's own certificate.
    pub fn leaf(&self) -> Option<&X509Certificate<'c>> {
        self.certificates.first()
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = &X509Certificate<'c>> {
        self.certificates.iter()
    }

    /// The way from the proxy's own certificate upwards, in whatever order it was
    /// sent: positions in the chain.
    pub(crate) fn path(&self) -> Vec<usize> {
        let mut path = vec![0];
        while let Some(&last) = path.last()
            && let Some(current) = self.certificates.get(last)
            && !is_self_issued(current)
        {
            let next = self
                .certificates
                .iter()
                .enumerate()
                .find(|(at, issuer)| !path.contains(at) && issued(issuer, current));
            match next {
                Some((at, _)) => path.push(at),
                None => break,
            }
        }
        path
    }

    /// Whether all that lies between the proxy's own certificate and a root was
    /// sent, and in order. `roots` are certificates that are at hand.
    pub fn completeness(&self, roots: &[X509Certificate<'_>], list: &Roots) -> Completeness {
        let path = self.path();
        let top = path.last().and_then(|&at| self.certificates.get(at));
        if let Some(top) = top
            && !is_self_issued(top)
            && !list.has_name(&Name::of(top.issuer()))
            && !roots.iter().any(|root| issued(root, top))
        {
            let issuer = top.issuer().to_string();
            // A public authority never signs with its root directly, and says in its
            // certificates where to fetch the one that signed them.
            let public = self.certificates.len() == 1 && names_its_issuer(top);
            return if public {
                Completeness::IssuerMissing(issuer)
            } else {
                Completeness::IssuerUnknown(issuer)
            };
        }
        let in_order = path.iter().enumerate().all(|(index, &at)| index == at);
        match (in_order, path.len() == self.certificates.len()) {
            (true, true) => Completeness::InOrder,
            (true, false) => Completeness::Superfluous,
            (false, _) => Completeness::WrongOrder,
        }
    }

    /// The best root that a client can end the chain in: it may stop at any
    /// certificate whose issuer it trusts. None when no root is known for any.
    pub fn anchor(&self, roots: &[X509Certificate<'_>], list: &Roots) -> Option<Anchor> {
        let path = self.path();
        let mut best: Option<Anchor> = None;
        for certificate in path.iter().filter_map(|&at| self.certificates.get(at)) {
            let issuer = certificate.issuer();
            let known = roots
                .iter()
                .chain(&self.certificates)
                .filter(|root| is_self_issued(root) && issued(root, certificate));
            let mut anchors: Vec<Anchor> = known
                .map(|root| {
                    let name = root.subject().to_string();
                    match list.find(&fingerprint(root), &Name::of(root.subject())) {
                        Listing::Listed => Anchor::Listed(name),
                        Listing::OtherCertificate => Anchor::OtherCertificate(name),
                        Listing::Unlisted => Anchor::Unlisted(name),
                    }
                })
                .collect();
            if anchors.is_empty() && list.has_name(&Name::of(issuer)) {
                anchors.push(Anchor::ListedByName(issuer.to_string()));
            }
            for anchor in anchors {
                if best.as_ref().is_none_or(|best| rank(&anchor) < rank(best)) {
                    best = Some(anchor);
                }
            }
        }
        best
    }
}

/// Reads one certificate; none when it cannot be read.
pub fn read<'c>(certificate: &'c CertificateDer<'_>) -> Option<X509Certificate<'c>> {
    X509Certificate::from_der(certificate)
        .ok()
        .map(|(_, certificate)| certificate)
}

const fn rank(anchor: &Anchor) -> u8 {
    match anchor {
        Anchor::Listed(_) => 0,
        Anchor::ListedByName(_) => 1,
        Anchor::OtherCertificate(_) => 2,
        Anchor::Unlisted(_) => 3,
    }
}

pub(crate) fn is_self_issued(certificate: &X509Certificate<'_>) -> bool {
    certificate.subject().as_raw() == certificate.issuer().as_raw()
}

/// Whether a certificate says where its issuer's certificate is.
fn names_its_issuer(certificate: &X509Certificate<'_>) -> bool {
    certificate.extensions().iter().any(|extension| {
        matches!(
            extension.parsed_extension(),
            ParsedExtension::AuthorityInfoAccess(_)
        )
    })
}

/// Whether `issuer` signed `certificate`. A signature of an algorithm that is not
/// known here is taken for right when the names fit.
pub(crate) fn issued(issuer: &X509Certificate<'_>, certificate: &X509Certificate<'_>) -> bool {
    issuer.subject().as_raw() == certificate.issuer().as_raw()
        && matches!(
            certificate.verify_signature(Some(issuer.public_key())),
            Ok(()) | Err(X509Error::SignatureUnsupportedAlgorithm)
        )
}

pub(crate) fn fingerprint(certificate: &X509Certificate<'_>) -> String {
    hex::text(digest(&SHA256, certificate.as_raw()).as_ref())
}

#[cfg(test)]
mod tests;
