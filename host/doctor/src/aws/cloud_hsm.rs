//! `aws cloudhsmv2 describe-clusters`

use serde::Deserialize;

/// The answer of `DescribeClusters`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Clusters {
    /// The clusters.
    pub clusters: Option<Vec<Cluster>>,
}

/// A CloudHSM cluster.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Cluster {
    /// `cluster-…`
    pub cluster_id: Option<String>,
    /// ACTIVE, INITIALIZED, UNINITIALIZED, DEGRADED …
    pub state: Option<String>,
    /// Its HSMs.
    pub hsms: Option<Vec<Hsm>>,
    /// The backup that it was made from.
    pub source_backup_id: Option<String>,
    /// Its certificates.
    pub certificates: Option<Certificates>,
}

/// An HSM.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Hsm {
    /// `eu-central-1a`
    pub availability_zone: Option<String>,
    /// ACTIVE …
    pub state: Option<String>,
}

/// A cluster's certificates.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Certificates {
    /// The one that clusters of the same backup history share.
    pub cluster_certificate: Option<String>,
}
