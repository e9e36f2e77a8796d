//! The file of the private key. Nothing here repeats a byte of it.

use std::borrow::Cow;
use std::sync::Arc;

use claviger_settings::Fault;
use rustls::crypto::aws_lc_rs::sign::any_supported_type;
use rustls::pki_types::PrivateKeyDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::sign::SigningKey;
use zeroize::Zeroizing;

use crate::pem::{self, PemFile, Section};

/// What a key's file holds.
#[derive(Default)]
pub(crate) struct KeyFile {
    /// The key, when it can be used.
    pub(crate) key: Option<Arc<dyn SigningKey>>,
    pub(crate) faults: Vec<Fault>,
    pub(crate) warnings: Vec<Fault>,
}

/// Whether a block is a private key, of whatever kind.
pub(crate) fn is_private_key(section: &Section<'_>) -> bool {
    section.label.ends_with("PRIVATE KEY")
}

/// Reads the first private key of a file.
pub(crate) fn read(file: &PemFile<'_>) -> KeyFile {
    let mut read = KeyFile::default();
    let owned;
    let text = match pem::text(file.bytes) {
        Ok(Cow::Borrowed(text)) => text,
        Ok(Cow::Owned(text)) => {
            owned = Zeroizing::new(text);
            &owned
        }
        Err(flaw) => {
            read.faults.push(flaw.fault(file));
            return read;
        }
    };
    let scan = pem::scan(text);
    read.faults
        .extend(scan.flaws.iter().map(|flaw| flaw.fault(file)));
    let keys: Vec<_> = scan
        .sections
        .iter()
        .filter(|one| is_private_key(one))
        .collect();
    if keys.len() > 1 {
        read.warnings.push(file.fault(
            &format!(
                "holds {} private keys, of which the first is used",
                keys.len()
            ),
            "keep the certificate's key alone",
        ));
    }
    match keys.first() {
        Some(section) => match load(file, section) {
            Ok(key) => read.key = Some(key),
            Err(fault) => read.faults.push(fault),
        },
        // What is wrong with its markers was said.
        None if !read.faults.is_empty() => {}
        None if scan.sections.iter().any(|one| one.label == "CERTIFICATE") => {
            read.faults.push(file.fault(
                "holds certificates and no private key",
                "name the file of the private key: the two settings may be exchanged",
            ));
        }
        None => read.faults.push(file.fault(
            "holds no private key",
            "name a PEM file with a block PRIVATE KEY",
        )),
    }
    read
}

fn load(file: &PemFile<'_>, section: &Section<'_>) -> Result<Arc<dyn SigningKey>, Fault> {
    let path = file.path;
    // RFC 7468 has a label for it, and RFC 1421 a header.
    if section.label.starts_with("ENCRYPTED") || section.text.contains("4,ENCRYPTED") {
        return Err(file.fault(
            "the private key is encrypted, and there is nobody to ask for its passphrase",
            format!("openssl pkey -in {path} -out NEW, and chmod 600 NEW"),
        ));
    }
    if section.label.starts_with("OPENSSH") {
        return Err(file.fault(
            "the private key has OpenSSH's own form",
            format!("ssh-keygen -p -m PKCS8 -f on a copy of {path}"),
        ));
    }
    let key = PrivateKeyDer::from_pem_slice(section.text.as_bytes()).map_err(|_| {
        file.fault(
            &format!(
                "the block {} is damaged, or of a kind that is not known",
                section.label
            ),
            "copy the whole block, or export the key again as PKCS#8",
        )
    })?;
    any_supported_type(&key).map_err(|_| {
        file.fault(
            "the private key cannot be used: it is damaged, or not RSA of 2,048 to 8,192 bits, \
             ECDSA on P-256, P-384 or P-521, or Ed25519",
            "openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out NEW, and have a \
             certificate issued for it",
        )
    })
}

/// Whether a file holds a private key, whatever else it is for.
pub(crate) fn is_in(file: &PemFile<'_>) -> bool {
    let owned;
    let text = match pem::text(file.bytes) {
        Ok(Cow::Borrowed(text)) => text,
        Ok(Cow::Owned(text)) => {
            owned = Zeroizing::new(text);
            &owned
        }
        Err(_) => return false,
    };
    pem::scan(text).sections.iter().any(is_private_key)
}
