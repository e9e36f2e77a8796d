//! Certificates are made here, or are those of `docs/cases`. The time is always
//! 2026-11-30.

mod dates;
mod files;
mod keys;
mod names;
mod order;
mod roots;

use std::time::{Duration, SystemTime};

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DistinguishedName, DnType,
    ExtendedKeyUsagePurpose, IsCa, KeyPair, KeyUsagePurpose,
};

use super::*;

/// 2026-11-30T00:00:00Z.
const NOW: Duration = Duration::from_hours(498_888);
const DAY: Duration = Duration::from_hours(24);
const HOST: &str = "xks.example.com";

fn now() -> SystemTime {
    SystemTime::UNIX_EPOCH + NOW
}

/// What was said of two files.
#[derive(Debug, PartialEq)]
struct Said {
    faults: Vec<String>,
    warnings: Vec<String>,
}

impl Said {
    fn nothing() -> Self {
        Self {
            faults: Vec::new(),
            warnings: Vec::new(),
        }
    }

    /// The only fault; there is no warning.
    #[track_caller]
    fn fault(&self) -> &str {
        let [fault] = self.faults.as_slice() else {
            panic!("{self:#?}");
        };
        assert_eq!(self.warnings, [""; 0]);
        fault
    }

    /// The only warning; there is no fault.
    #[track_caller]
    fn warning(&self) -> &str {
        let [warning] = self.warnings.as_slice() else {
            panic!("{self:#?}");
        };
        assert_eq!(self.faults, [""; 0]);
        warning
    }
}

/// Asserts that a text has all these parts.
#[track_caller]
fn has(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "{part:?} is not in: {text}");
    }
}

fn judged(chain: &[u8], key: &[u8], roots: ExpectedRoots<'_>) -> Judgement {
    let file = |bytes, setting, path| PemFile {
        bytes,
        setting,
        path,
    };
    let chain = file(chain, "server.tls.certificate", "server.pem");
    let key = file(key, "server.tls.private_key", "server.key");
    judge(&chain, &key, roots, now())
}

fn said(chain: impl AsRef<[u8]>, key: impl AsRef<[u8]>, roots: ExpectedRoots<'_>) -> Said {
    let judgement = judged(chain.as_ref(), key.as_ref(), roots);
    let texts = |faults: &[Fault]| faults.iter().map(ToString::to_string).collect();
    let said = Said {
        faults: texts(&judgement.faults),
        warnings: texts(&judgement.warnings),
    };
    // There is something to serve exactly when there is no fault.
    assert_eq!(judgement.certified_key.is_some(), said.faults.is_empty());
    said
}

/// Where any root is expected: nothing is said of roots and of AWS KMS's names.
fn privately(chain: impl AsRef<[u8]>, key: impl AsRef<[u8]>) -> Said {
    said(chain, key, ExpectedRoots::Private)
}

/// Where `Root` is on the list.
fn listed(chain: impl AsRef<[u8]>, key: impl AsRef<[u8]>) -> Said {
    said(chain, key, ExpectedRoots::Listed(&list("Root")))
}

fn list(name: &str) -> Roots {
    Roots::parse(&format!("{}\t-\t-\tCN={name}\n", "0".repeat(64))).unwrap()
}

/// A server's certificate, for whom nothing is wrong.
fn server() -> CertificateParams {
    let mut params = CertificateParams::new(vec![HOST.to_owned()]).unwrap();
    params.distinguished_name = subject(HOST);
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    valid(&mut params, -1, 90);
    params
}

fn authority(name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = subject(name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    params
}

fn subject(name: &str) -> DistinguishedName {
    let mut subject = DistinguishedName::new();
    subject.push(DnType::CommonName, name);
    subject
}

/// Valid from and until so many days from now.
fn valid(params: &mut CertificateParams, from: i32, until: i32) {
    let at = |days: i32| match u32::try_from(days) {
        Ok(days) => now() + DAY * days,
        Err(_) => now() - DAY * days.unsigned_abs(),
    };
    params.not_before = at(from).into();
    params.not_after = at(until).into();
}

type Issuer = CertifiedIssuer<'static, KeyPair>;

/// Root, intermediate, and a server's certificate.
struct Pki {
    root: Issuer,
    intermediate: Issuer,
    leaf: String,
    key: String,
}

impl Pki {
    fn new(server: &CertificateParams) -> Self {
        Self::with(server, authority("Intermediate"))
    }

    fn with(server: &CertificateParams, intermediate: CertificateParams) -> Self {
        let key = || KeyPair::generate().unwrap();
        let root = CertifiedIssuer::self_signed(authority("Root"), key()).unwrap();
        let intermediate = CertifiedIssuer::signed_by(intermediate, key(), &root).unwrap();
        let key = key();
        Self {
            leaf: server.signed_by(&key, &intermediate).unwrap().pem(),
            key: key.serialize_pem(),
            root,
            intermediate,
        }
    }

    fn chain(&self) -> String {
        self.leaf.clone() + &self.intermediate.pem()
    }
}

/// What is said of this server's certificate with its intermediate.
fn of(server: &CertificateParams) -> Said {
    let pki = Pki::new(server);
    listed(pki.chain(), &pki.key)
}

#[test]
fn flt_80_a_good_chain_is_served_without_a_word() {
    assert_eq!(of(&server()), Said::nothing());
}

#[test]
fn flt_81_the_facts_are_those_of_the_servers_own_certificate() {
    let mut intermediate = authority("Intermediate");
    valid(&mut intermediate, -1, 40);
    let mut params = server();
    params.serial_number = Some(vec![0x0a, 0xbc].into());
    params
        .subject_alt_names
        .push(rcgen::SanType::IpAddress("192.0.2.1".parse().unwrap()));
    let pki = Pki::with(&params, intermediate);
    let judgement = judged(
        pki.chain().as_bytes(),
        pki.key.as_bytes(),
        ExpectedRoots::Private,
    );
    let facts = judgement.facts.clone().unwrap();
    assert_eq!(facts.common_name.as_deref(), Some(HOST));
    assert_eq!(facts.alternative_names, [HOST, "192.0.2.1"]);
    assert_eq!(facts.serial, "0ABC");
    assert_eq!(facts.fingerprint.len(), 64);
    assert_eq!(facts.not_before, now() - DAY);
    assert_eq!(facts.not_after, now() + 90 * DAY);
    assert_eq!(facts.chain_not_after, now() + 40 * DAY);
    assert_eq!(facts.seconds_left(now()), 40 * 86_400);
    assert_eq!(facts.seconds_left(now() + 41 * DAY), -86_400);
    // Both certificates are sent, the server's own first.
    assert_eq!(judgement.certified_key().unwrap().cert.len(), 2);
}
