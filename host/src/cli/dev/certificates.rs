//! A CA of this folder's own and a server certificate for localhost.

use std::path::Path;
use std::time::{Duration, SystemTime};

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DistinguishedName, DnType,
    ExtendedKeyUsagePurpose, IsCa, KeyPair, KeyUsagePurpose,
};

use super::{CA_FILE, HOST};
use crate::cli::{CommandFailure, private_file};

const DAY: Duration = Duration::from_hours(24);
/// What clients accept at most for a server certificate.
const SERVER_DAYS: u32 = 397;
const CA_DAYS: u32 = 3650;

/// Writes `ca.pem`, `tls/server.pem` and `tls/server.key`. The CA's key is
/// forgotten: nothing else can ever be issued under it.
pub(super) fn make(dir: &Path) -> Result<(), CommandFailure> {
    let mut ca = params("Claviger development CA", CA_DAYS)?;
    ca.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    ca.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    let ca = CertifiedIssuer::self_signed(ca, KeyPair::generate()?)?;

    let mut server = params(HOST, SERVER_DAYS)?;
    server.subject_alt_names =
        CertificateParams::new(vec![HOST.to_owned(), "127.0.0.1".to_owned()])?.subject_alt_names;
    server.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    server.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    server.use_authority_key_identifier_extension = true;
    let key = KeyPair::generate()?;
    let certificate = server.signed_by(&key, &ca)?;

    private_file::directory(&dir.join("tls"))?;
    private_file::create_public(&dir.join(CA_FILE), ca.pem().as_bytes())?;
    private_file::create_public(&dir.join("tls/server.pem"), certificate.pem().as_bytes())?;
    private_file::create(&dir.join("tls/server.key"), key.serialize_pem().as_bytes())
}

fn params(common_name: &str, days: u32) -> Result<CertificateParams, CommandFailure> {
    let mut params = CertificateParams::new(Vec::new())?;
    let mut name = DistinguishedName::new();
    name.push(DnType::CommonName, common_name);
    params.distinguished_name = name;
    // An hour of tolerance for clocks that differ.
    let now = SystemTime::now();
    params.not_before = (now - Duration::from_hours(1)).into();
    params.not_after = (now + DAY * days).into();
    Ok(params)
}
