//! Authorities and certificates of the test proxy.

use aws_lc_rs::digest::{SHA256, digest};
use claviger_doctor::probe::roots::Roots;
use claviger_xks::hex;
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, CustomExtension, DnType, IsCa, KeyPair,
};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use time::{Duration, OffsetDateTime};

use crate::switch::Switch;

pub(crate) const HOST: &str = "xks.example.com";

/// What the proxy sends, and what the doctor is told of roots.
pub(crate) struct Pki {
    pub(crate) chain: Vec<CertificateDer<'static>>,
    pub(crate) key: PrivateKeyDer<'static>,
    pub(crate) root: CertificateDer<'static>,
    pub(crate) list: Roots,
}

fn key() -> KeyPair {
    KeyPair::generate().unwrap()
}

fn authority(name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params
}

fn leaf(switch: Option<Switch>) -> CertificateParams {
    let (common, alternative) = match switch {
        Some(Switch::CommonNameAbsent) => (None, Some(HOST)),
        Some(Switch::AlternativeNameAbsent) => (Some(HOST), None),
        Some(Switch::WrongName) => (Some("other.example.com"), Some("other.example.com")),
        Some(Switch::WildcardCommonName) => (Some("*.example.com"), Some("*.example.com")),
        _ => (Some(HOST), Some(HOST)),
    };
    let names: Vec<String> = alternative.into_iter().map(str::to_owned).collect();
    let mut params = CertificateParams::new(names).unwrap();
    params.distinguished_name = rcgen::DistinguishedName::new();
    if let Some(common) = common {
        params.distinguished_name.push(DnType::CommonName, common);
    }
    let now = OffsetDateTime::now_utc();
    let (from, until) = match switch {
        Some(Switch::Expired) => (-90, -1),
        Some(Switch::NotYetValid) => (1, 90),
        Some(Switch::ExpiresSoon) => (-80, 9),
        _ => (-1, 90),
    };
    // Where public authorities say that the issuer's certificate is: http://a/.
    let place = b"\x30\x17\x30\x15\x06\x08\x2b\x06\x01\x05\x05\x07\x30\x02\x86\x09http://a/";
    let oid = [1, 3, 6, 1, 5, 5, 7, 1, 1];
    let issuer = CustomExtension::from_oid_content(&oid, place.to_vec());
    params.custom_extensions.push(issuer);
    params.not_before = now + Duration::days(from);
    params.not_after = now + Duration::days(until);
    params
}

pub(crate) fn make(switch: Option<Switch>) -> Pki {
    let root = CertifiedIssuer::self_signed(authority("Root"), key()).unwrap();
    let intermediate = CertifiedIssuer::signed_by(authority("Intermediate"), key(), &root).unwrap();
    let stranger = CertifiedIssuer::self_signed(authority("Stranger"), key()).unwrap();
    let leaf_key = key();
    let leaf = leaf(switch).signed_by(&leaf_key, &intermediate).unwrap();

    let mut chain = vec![leaf.der().clone(), intermediate.der().clone()];
    match switch {
        Some(Switch::IntermediateMissing) => chain.truncate(1),
        Some(Switch::ChainInWrongOrder) => chain.insert(1, root.der().clone()),
        Some(Switch::StrangerInChain) => chain.push(stranger.der().clone()),
        _ => {}
    }
    let (certificate, name) = match switch {
        Some(Switch::RootUnlisted | Switch::RootUnknown) => (stranger.der(), "Stranger"),
        Some(Switch::RootReissued) => (stranger.der(), "Root"),
        _ => (root.der(), "Root"),
    };
    let fingerprint = hex::text(digest(&SHA256, certificate).as_ref());
    let list = format!("# a list\n{fingerprint}\tfrom\tuntil\tCN={name}\n");
    Pki {
        chain,
        key: PrivateKeyDer::try_from(leaf_key.serialize_der()).unwrap(),
        // A --ca-file that has nothing to do with the chain makes no root one of the list.
        root: match switch {
            Some(Switch::RootUnknown) => stranger.der().clone(),
            _ => root.der().clone(),
        },
        list: Roots::parse(&list).unwrap(),
    }
}
