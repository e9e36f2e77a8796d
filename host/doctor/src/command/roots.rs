//! The files of root certificates: whose chains are followed, and which roots AWS KMS
//! is taken to trust.

use std::path::Path;

use claviger_config::{Fault, regular_file};
use claviger_xks_client::trust::{CA_FILE_LIMIT, ca_certificates};
use rustls::pki_types::CertificateDer;

use crate::probe::roots::Roots;

/// The longest list of roots, in bytes.
const LIST_LIMIT: usize = 4 << 20;

/// What the two files say.
pub(super) struct Lists {
    pub(super) ca_roots: Vec<CertificateDer<'static>>,
    pub(super) trusted_roots: Roots,
}

/// Reads `--ca-file` and `--trusted-roots`; without the latter, AWS's list counts.
pub(super) fn read(
    ca_file: Option<&Path>,
    trusted_roots: Option<&Path>,
) -> Result<Lists, Vec<Fault>> {
    let fault = |option: &str, path: &Path, problem: String, fix: &str| {
        Fault::new(option, format!("{}: {problem}", path.display()), fix)
    };
    let ca_roots = ca_file.map_or(Ok(Vec::new()), |path| {
        read_ca_file(path).map_err(|error| {
            let fix = "name a PEM file with the root's certificate";
            fault("--ca-file", path, error, fix)
        })
    });
    let trusted_roots = trusted_roots.map_or_else(
        || Ok(Roots::published()),
        |path| {
            read_list(path).map_err(|problem| {
                let fix = "name a file with SHA-256, two dates and a name a line, by tabs";
                fault("--trusted-roots", path, problem, fix)
            })
        },
    );
    match (ca_roots, trusted_roots) {
        (Ok(ca_roots), Ok(trusted_roots)) => Ok(Lists {
            ca_roots,
            trusted_roots,
        }),
        (ca_roots, trusted_roots) => Err(ca_roots
            .err()
            .into_iter()
            .chain(trusted_roots.err())
            .collect()),
    }
}

fn read_ca_file(path: &Path) -> Result<Vec<CertificateDer<'static>>, String> {
    let text = regular_file::read(path, CA_FILE_LIMIT).map_err(|fault| fault.to_string())?;
    ca_certificates(&text).map_err(|fault| fault.to_string())
}

fn read_list(path: &Path) -> Result<Roots, String> {
    let text = regular_file::read_text(path, LIST_LIMIT).map_err(|fault| fault.to_string())?;
    Roots::parse(&text).map_err(|fault| fault.to_string())
}
