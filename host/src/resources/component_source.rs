//! The bytes of a component, from a file or from the binary itself.

use std::io::{self, Read as _};
use std::path::PathBuf;

use aws_lc_rs::digest;
use claviger_config::{ComponentSource, Digest, access};
use thiserror::Error;
use tracing::warn;

use super::{CompileFault, stock};

/// Largest component that is read, in bytes.
pub(super) const COMPONENT_BYTES: u64 = 64 << 20;

/// A component that is what the operator meant: its digest has been compared.
pub(crate) struct ReadComponent {
    bytes: Vec<u8>,
    digest: [u8; 32],
}

/// Why a component cannot be read or compiled.
#[derive(Debug, Error)]
pub(crate) enum ComponentSourceFault {
    /// `builtin:NAME` of something that is not inside.
    #[error("there is no stock plugin of this name; there are: {}", stock::ALL.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", "))]
    NoSuchStockPlugin,
    /// The file cannot be read.
    #[error("{path}: {source}")]
    Io {
        /// The file.
        path: PathBuf,
        /// The cause.
        source: io::Error,
    },
    /// Larger than 64 MiB.
    #[error("{0} is larger than 64 MiB")]
    TooLarge(PathBuf),
    /// Not the component that the operator meant.
    #[error("the component's digest is sha256:{found}")]
    Digest {
        /// What it is, in lower-case hexadecimal.
        found: String,
    },
    /// It is not compiled.
    #[error(transparent)]
    Compile(#[from] CompileFault),
}

impl ReadComponent {
    /// Reads the component of the plugin called `name` and compares its digest.
    pub(crate) fn read(name: &str, source: &ComponentSource) -> Result<Self, ComponentSourceFault> {
        let read = Self::read_any(source)?;
        if let ComponentSource::File {
            digest: expected, ..
        } = source
        {
            match expected {
                Digest::Sha256(expected) if *expected == read.digest => {}
                Digest::Sha256(_) => {
                    return Err(ComponentSourceFault::Digest {
                        found: Digest::digits(&read.digest),
                    });
                }
                Digest::Unchecked => warn!(
                    plugin = name,
                    "the component's digest is not checked: for development only"
                ),
            }
        }
        Ok(read)
    }

    /// Reads a component, whatever it is.
    fn read_any(source: &ComponentSource) -> Result<Self, ComponentSourceFault> {
        let bytes = match source {
            ComponentSource::Builtin(name) => stock::by_name(name.as_str())
                .map(<[u8]>::to_vec)
                .ok_or(ComponentSourceFault::NoSuchStockPlugin)?,
            ComponentSource::File { path, .. } => {
                let io = |source| ComponentSourceFault::Io {
                    path: path.clone(),
                    source,
                };
                let file = access::open(path).map_err(io)?;
                if !file.metadata().map_err(io)?.is_file() {
                    return Err(io(io::Error::other("no regular file")));
                }
                let mut bytes = Vec::new();
                file.take(COMPONENT_BYTES + 1)
                    .read_to_end(&mut bytes)
                    .map_err(io)?;
                if bytes.len() as u64 > COMPONENT_BYTES {
                    return Err(ComponentSourceFault::TooLarge(path.clone()));
                }
                bytes
            }
        };
        let digest = sha256(&bytes);
        Ok(Self { bytes, digest })
    }

    /// The SHA-256 of a component, in lower-case hexadecimal, whatever it is.
    pub(crate) fn digest_of(source: &ComponentSource) -> Result<String, ComponentSourceFault> {
        Ok(Digest::digits(&Self::read_any(source)?.digest))
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Its SHA-256.
    pub(crate) fn digest(&self) -> [u8; 32] {
        self.digest
    }
}

/// The digest of a component.
pub(crate) fn sha256(bytes: &[u8]) -> [u8; 32] {
    let mut digest = [0; 32];
    digest.copy_from_slice(digest::digest(&digest::SHA256, bytes).as_ref());
    digest
}

impl ComponentSourceFault {
    /// What the operator can do about it.
    pub(crate) fn fix(&self) -> String {
        match self {
            Self::NoSuchStockPlugin => "write one of those, or the path of a component".to_owned(),
            Self::Io { .. } => "check the path and its permissions".to_owned(),
            Self::TooLarge(_) => {
                "build it with optimisation and without debug information".to_owned()
            }
            Self::Digest { found } => {
                format!("if this is the component you trust, write digest = \"sha256:{found}\"")
            }
            Self::Compile(fault) => fault.fix().to_owned(),
        }
    }
}
