//! The list of root certificates that AWS publishes: names and fingerprints.

use std::collections::BTreeSet;

use thiserror::Error;
use x509_parser::oid_registry::Oid;
use x509_parser::x509::X509Name;

/// The list of 130 roots; its head says where it is from.
const PUBLISHED: &str = include_str!("../data/aws-trusted-roots.txt");

/// Roots by name and fingerprint.
#[derive(Debug, Clone)]
pub struct Roots(Vec<Root>);

#[derive(Debug, Clone)]
struct Root {
    /// SHA-256 of the certificate, in lower-case hexadecimal digits.
    fingerprint: String,
    name: Name,
}

/// Whether a root is on the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Listing {
    /// This certificate is.
    Listed,
    /// A certificate of the same name is, with another fingerprint.
    OtherCertificate,
    /// Neither the certificate nor its name is.
    Unlisted,
}

impl Roots {
    /// AWS's list.
    pub fn published() -> Self {
        // That it can be read is tested.
        Self::parse(PUBLISHED).unwrap_or(Self(Vec::new()))
    }

    /// Reads a list: a line each with fingerprint, two dates and name, separated by
    /// tabs; empty lines and those that begin with `#` do not count.
    pub fn parse(text: &str) -> Result<Self, RootsFault> {
        let mut roots = Vec::new();
        for (index, line) in text.lines().enumerate() {
            if line.trim().is_empty() || line.starts_with('#') {
                continue;
            }
            let fault = || RootsFault { line: index + 1 };
            let mut fields = line.split('\t');
            let fingerprint = fields.next().ok_or_else(fault)?;
            let name = fields.nth(2).ok_or_else(fault)?;
            let digits = fingerprint.bytes().all(|byte| byte.is_ascii_hexdigit());
            if !digits || fingerprint.len() != 64 || fields.next().is_some() {
                return Err(fault());
            }
            roots.push(Root {
                fingerprint: fingerprint.to_ascii_lowercase(),
                name: Name::of_text(name),
            });
        }
        Ok(Self(roots))
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether the list has a root of this name.
    pub fn has_name(&self, name: &Name) -> bool {
        self.0.iter().any(|root| root.name == *name)
    }

    /// Looks for a certificate with this SHA-256 and name.
    pub fn find(&self, fingerprint: &str, name: &Name) -> Listing {
        if self.0.iter().any(|root| root.fingerprint == fingerprint) {
            Listing::Listed
        } else if self.has_name(name) {
            Listing::OtherCertificate
        } else {
            Listing::Unlisted
        }
    }
}

/// A line of a list of roots that cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("line {line} is not SHA-256, two dates and a name, separated by tabs")]
pub struct RootsFault {
    /// The line, counted from 1.
    pub line: usize,
}

/// A distinguished name, comparable whatever the order, the case and the spaces of
/// its parts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name(BTreeSet<(String, String)>);

impl Name {
    /// The name of a certificate.
    pub fn of(name: &X509Name<'_>) -> Self {
        let parts = name.iter_attributes().map(|attribute| {
            let value = attribute.as_str().map_or_else(
                |_| String::from_utf8_lossy(attribute.as_slice()).into_owned(),
                str::to_owned,
            );
            (short_name(attribute.attr_type()), folded(&value))
        });
        Self(parts.collect())
    }

    /// `CN=a, O="b, c", C=DE`
    fn of_text(text: &str) -> Self {
        let mut parts = BTreeSet::new();
        let mut quoted = false;
        for part in text.split(|character| {
            quoted ^= character == '"';
            character == ',' && !quoted
        }) {
            if let Some((kind, value)) = part.split_once('=') {
                parts.insert((folded(kind).to_uppercase(), folded(&value.replace('"', ""))));
            }
        }
        Self(parts)
    }
}

/// Lower case, without spaces around, and with one space where there are several.
fn folded(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    words.join(" ").to_lowercase()
}

/// As the list writes it.
fn short_name(oid: &Oid<'_>) -> String {
    let oid = oid.to_id_string();
    let name = match &*oid {
        "2.5.4.3" => "CN",
        "2.5.4.5" => "SERIALNUMBER",
        "2.5.4.6" => "C",
        "2.5.4.7" => "L",
        "2.5.4.8" => "ST",
        "2.5.4.10" => "O",
        "2.5.4.11" => "OU",
        "1.2.840.113549.1.9.1" => "EMAILADDRESS",
        _ => return format!("OID.{oid}"),
    };
    name.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_published_list_has_130_roots() {
        let roots = Roots::parse(PUBLISHED).unwrap();
        assert_eq!(roots.len(), 130);
        let fingerprints: BTreeSet<&str> = roots.0.iter().map(|root| &*root.fingerprint).collect();
        assert_eq!(fingerprints.len(), 130);
        assert!(roots.0.iter().all(|root| root.name.0.len() > 1));
    }

    #[test]
    fn same_name_and_other_certificate_are_told_apart() {
        let roots = Roots::parse(PUBLISHED).unwrap();
        let name = Name::of_text("o=amazon,  CN=AMAZON root CA 1, C=US");
        let fingerprint = "8ecde6884f3d87b1125ba31ac3fcb13d7016de7f57cc904fe1cb97c6ae98196e";
        assert_eq!(roots.find(fingerprint, &name), Listing::Listed);
        assert_eq!(
            roots.find(&"0".repeat(64), &name),
            Listing::OtherCertificate
        );
        let other = Name::of_text("CN=Amazon Root CA 9, O=Amazon, C=US");
        assert_eq!(roots.find(&"0".repeat(64), &other), Listing::Unlisted);
    }

    #[test]
    fn quoted_commas_belong_to_the_value() {
        let name = Name::of_text(r#"CN=a, O="B, Inc.", OID.2.5.4.97=X"#);
        let expected = [("CN", "a"), ("O", "b, inc."), ("OID.2.5.4.97", "x")];
        let expected = expected.map(|(kind, value)| (kind.to_owned(), value.to_owned()));
        assert_eq!(name, Name(expected.into()));
    }

    #[test]
    fn lines_of_another_form_are_refused() {
        for bad in [
            "x",
            "ab\tb\tc\tCN=d",
            &format!("{}\tb\tc\td\te", "a".repeat(64)),
        ] {
            let text = format!("# head\n\n{bad}\n");
            assert_eq!(Roots::parse(&text).unwrap_err(), RootsFault { line: 3 });
        }
        assert!(Roots::parse("# nothing\n").unwrap().is_empty());
    }
}
