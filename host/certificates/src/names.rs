//! Whether a certificate is the endpoint's.

use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::GeneralName;

use crate::host_name::covers;

/// What a certificate says of the endpoint's host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Names {
    /// The subject's common names.
    pub common: Vec<String>,
    /// The DNS names among the subject alternative names.
    pub alternative: Vec<String>,
}

/// How they fit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fit {
    /// The common name and an alternative name are the host's.
    Both,
    /// The common name is, but no alternative name.
    OnlyCommon,
    /// An alternative name is, but not the common name.
    OnlyAlternative,
    /// None is.
    Neither,
}

impl Names {
    /// Reads the names of a certificate.
    pub fn of(certificate: &X509Certificate<'_>) -> Self {
        let common = certificate
            .subject()
            .iter_common_name()
            .filter_map(|name| name.as_str().ok())
            .map(str::to_owned)
            .collect();
        let extension = certificate.subject_alternative_name().ok().flatten();
        let names = extension.iter().flat_map(|one| &one.value.general_names);
        let alternative = names
            .filter_map(|name| match name {
                GeneralName::DNSName(name) => Some((*name).to_owned()),
                _ => None,
            })
            .collect();
        Self {
            common,
            alternative,
        }
    }

    /// How they fit this host.
    pub fn fit(&self, host: &str) -> Fit {
        let any = |names: &[String]| names.iter().any(|name| covers(name, host));
        match (any(&self.common), any(&self.alternative)) {
            (true, true) => Fit::Both,
            (true, false) => Fit::OnlyCommon,
            (false, true) => Fit::OnlyAlternative,
            (false, false) => Fit::Neither,
        }
    }

    /// Whether the common name has a wildcard.
    pub fn has_wildcard(&self) -> bool {
        self.common.iter().any(|name| name.starts_with("*."))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn common_and_alternative_names_are_told_apart() {
        let names = |common: &str, alternative: &str| Names {
            common: vec![common.to_owned()],
            alternative: vec![alternative.to_owned()],
        };
        let fit = |common, alternative| names(common, alternative).fit("a.b");
        assert_eq!(fit("a.b", "*.b"), Fit::Both);
        assert_eq!(fit("*.b", "c"), Fit::OnlyCommon);
        assert_eq!(fit("", "a.b"), Fit::OnlyAlternative);
        assert_eq!(fit("b", "c"), Fit::Neither);
        assert!(names("*.b", "c").has_wildcard());
        assert!(!names("a.b", "*.b").has_wildcard());
    }
}
