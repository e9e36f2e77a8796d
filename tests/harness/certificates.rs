//! Certificate authorities and the certificates they sign.

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DistinguishedName, DnType,
    ExtendedKeyUsagePurpose, IsCa, KeyPair, KeyUsagePurpose, SignatureAlgorithm,
};

/// A certificate authority with a key of its own.
pub(crate) struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
}

/// A certificate chain, leaf first, and the leaf's private key; both PEM.
pub(crate) struct Identity {
    pub(crate) chain: String,
    pub(crate) key: String,
}

impl Authority {
    pub(crate) fn new(name: &str) -> Self {
        let key = KeyPair::generate().expect("a key");
        let issuer = CertifiedIssuer::self_signed(authority(name), key);
        Self {
            issuer: issuer.expect("a certificate"),
        }
    }

    /// An authority below this one.
    pub(crate) fn intermediate(&self, name: &str) -> Self {
        let key = KeyPair::generate().expect("a key");
        let issuer = CertifiedIssuer::signed_by(authority(name), key, &self.issuer);
        Self {
            issuer: issuer.expect("a certificate"),
        }
    }

    pub(crate) fn pem(&self) -> String {
        self.issuer.pem()
    }

    /// Signs a certificate for a server called localhost.
    pub(crate) fn server(&self, algorithm: &'static SignatureAlgorithm) -> Identity {
        let key = KeyPair::generate_for(algorithm).expect("a key");
        let params = leaf("localhost", ExtendedKeyUsagePurpose::ServerAuth);
        self.sign(&params, &key)
    }

    /// Signs a certificate for a client with this subject common name.
    pub(crate) fn client(&self, common_name: &str) -> Identity {
        let key = KeyPair::generate().expect("a key");
        let params = leaf(common_name, ExtendedKeyUsagePurpose::ClientAuth);
        self.sign(&params, &key)
    }

    /// The same, expired.
    pub(crate) fn expired_client(&self, common_name: &str) -> Identity {
        let key = KeyPair::generate().expect("a key");
        let mut params = leaf(common_name, ExtendedKeyUsagePurpose::ClientAuth);
        params.not_before = rcgen::date_time_ymd(2020, 1, 1);
        params.not_after = rcgen::date_time_ymd(2021, 1, 1);
        self.sign(&params, &key)
    }

    /// A client whose common name differs from its subject alternative name.
    pub(crate) fn client_with_alternative_name(&self, common: &str, other: &str) -> Identity {
        let key = KeyPair::generate().expect("a key");
        let mut params = leaf(other, ExtendedKeyUsagePurpose::ClientAuth);
        params.distinguished_name = DistinguishedName::new();
        params.distinguished_name.push(DnType::CommonName, common);
        self.sign(&params, &key)
    }

    fn sign(&self, params: &CertificateParams, key: &KeyPair) -> Identity {
        let certificate = params.signed_by(key, &self.issuer).expect("a certificate");
        Identity {
            chain: certificate.pem(),
            key: key.serialize_pem(),
        }
    }
}

/// A client certificate that nobody else signed.
pub(crate) fn self_signed_client(common_name: &str) -> Identity {
    let key = KeyPair::generate().expect("a key");
    let params = leaf(common_name, ExtendedKeyUsagePurpose::ClientAuth);
    let certificate = params.self_signed(&key).expect("a certificate");
    Identity {
        chain: certificate.pem(),
        key: key.serialize_pem(),
    }
}

fn authority(name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params
}

fn leaf(common_name: &str, purpose: ExtendedKeyUsagePurpose) -> CertificateParams {
    let name = common_name.trim_end_matches('.').to_owned();
    let mut params = CertificateParams::new([name]).expect("a DNS name");
    params.distinguished_name = DistinguishedName::new();
    params
        .distinguished_name
        .push(DnType::CommonName, common_name);
    params.extended_key_usages = vec![purpose];
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params
}
