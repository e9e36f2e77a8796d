use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;

use claviger_config::regular_file::FileFault;
use claviger_settings::Fault;
use claviger_xks_client::trust::TrustFault;
use thiserror::Error;

use crate::seed::SeedFault;
use crate::server::TlsFault;
use crate::state::FolderFault;

/// Why the service does not start.
#[derive(Debug, Error)]
pub enum StartFault {
    /// Others could reach it.
    #[error(
        "{listen} can be reached by others, and local-kms authenticates nobody: listen on \
         127.0.0.1, or say twice that this is meant, with --not-only-loopback and \
         --authenticate-nobody"
    )]
    NotLoopback {
        /// The address.
        listen: SocketAddr,
    },
    /// The address is not to be had.
    #[error("{listen}: {source}; use another with --listen")]
    Bind {
        /// The address.
        listen: SocketAddr,
        /// The reason.
        source: io::Error,
    },
    /// The file of CA certificates cannot be read.
    #[error("{path}: {source}")]
    CaFileUnreadable {
        /// The file.
        path: PathBuf,
        /// The reason.
        source: FileFault,
    },
    /// No CA certificates.
    #[error("{path}: {source}")]
    CaFile {
        /// The file.
        path: PathBuf,
        /// The reason.
        source: TrustFault,
    },
    /// No CA certificates of the operating system.
    #[error(
        "the operating system has no CA certificates that can be used ({0}): name some with \
         --ca-file"
    )]
    SystemCas(TrustFault),
    /// No TLS.
    #[error(transparent)]
    Tls(#[from] TlsFault),
    /// No state.
    #[error(transparent)]
    Folder(#[from] FolderFault),
    /// The seed cannot be read.
    #[error(transparent)]
    Seed(#[from] SeedFault),
    /// The seed does not go with what is there.
    #[error("{path}:\n\n{}", claviger_config::report(faults))]
    Plant {
        /// The file.
        path: PathBuf,
        /// All that does not.
        faults: Vec<Fault>,
    },
    /// A duration is longer than a day.
    #[error("--{option}: too long; use at most a day")]
    TooLong {
        /// The option.
        option: &'static str,
    },
    /// An interval of no length.
    #[error("--health-check-interval: too short; use at least a second")]
    TooShort,
    /// Something of the runtime cannot be had.
    #[error("the runtime does not start: {0}")]
    Runtime(io::Error),
}
