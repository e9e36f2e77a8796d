//! `aws acm describe-certificate`

use serde::Deserialize;

/// The answer of `DescribeCertificate`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DescribedCertificate {
    /// The certificate.
    pub certificate: Option<Certificate>,
}

/// A certificate in ACM.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Certificate {
    /// Its ARN.
    pub certificate_arn: Option<String>,
    /// Its common name.
    pub domain_name: Option<String>,
    /// Its further names.
    pub subject_alternative_names: Option<Vec<String>>,
    /// ISSUED, EXPIRED …
    pub status: Option<String>,
    /// `AMAZON_ISSUED`, IMPORTED or PRIVATE.
    #[serde(rename = "Type")]
    pub kind: Option<String>,
}
