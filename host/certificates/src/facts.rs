//! What status and metrics say of the certificate in service.

use std::net::{Ipv4Addr, Ipv6Addr};
use std::time::{Duration, SystemTime};

use x509_parser::extensions::GeneralName;
use x509_parser::time::ASN1Time;

use crate::chain::fingerprint;
use crate::names::Names;
use crate::sent::Sent;
use crate::words::line;

/// Facts of a server's own certificate, and of its chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    /// The subject's first common name.
    pub common_name: Option<String>,
    /// DNS names and IP addresses of the subject.
    pub alternative_names: Vec<String>,
    /// The serial number in hexadecimal digits, as OpenSSL prints it.
    pub serial: String,
    /// SHA-256 of the certificate in hexadecimal digits, lower case.
    pub fingerprint: String,
    /// When it begins to be valid.
    pub not_before: SystemTime,
    /// When it expires.
    pub not_after: SystemTime,
    /// When the first certificate of the chain expires.
    pub chain_not_after: SystemTime,
}

impl Facts {
    /// None without a certificate.
    pub(crate) fn of(sent: &Sent<'_>) -> Option<Self> {
        let own = &sent.own()?.x509;
        let validity = own.validity();
        let ends = sent
            .on_path()
            .map(|one| one.x509.validity().not_after.timestamp());
        let not_after = time(validity.not_after);
        Some(Self {
            common_name: Names::of(own).common.first().map(|name| line(name)),
            alternative_names: alternative_names(sent),
            serial: serial(own.raw_serial()),
            fingerprint: fingerprint(own),
            not_before: time(validity.not_before),
            not_after,
            chain_not_after: ends.min().map_or(not_after, since_1970),
        })
    }

    /// The seconds until the first certificate of the chain expires; negative after it.
    pub fn seconds_left(&self, now: SystemTime) -> i64 {
        let seconds = |duration: Duration| i64::try_from(duration.as_secs()).unwrap_or(i64::MAX);
        match self.chain_not_after.duration_since(now) {
            Ok(left) => seconds(left),
            Err(over) => -seconds(over.duration()),
        }
    }

    /// The same in whole days.
    pub fn days_left(&self, now: SystemTime) -> i64 {
        self.seconds_left(now).div_euclid(24 * 60 * 60)
    }
}

fn alternative_names(sent: &Sent<'_>) -> Vec<String> {
    let Some(own) = sent.own() else {
        return Vec::new();
    };
    let extension = own.x509.subject_alternative_name().ok().flatten();
    let names = extension.iter().flat_map(|one| &one.value.general_names);
    names
        .filter_map(|name| match name {
            GeneralName::DNSName(name) => Some(line(name)),
            GeneralName::IPAddress(bytes) => address(bytes),
            _ => None,
        })
        .collect()
}

fn address(bytes: &[u8]) -> Option<String> {
    let v4 = <[u8; 4]>::try_from(bytes).map(|bytes| Ipv4Addr::from(bytes).to_string());
    let v6 = || <[u8; 16]>::try_from(bytes).map(|bytes| Ipv6Addr::from(bytes).to_string());
    v4.or_else(|_| v6()).ok()
}

fn serial(bytes: &[u8]) -> String {
    let bytes = match bytes {
        // The sign of a positive number.
        [0, rest @ ..] if !rest.is_empty() => rest,
        bytes => bytes,
    };
    claviger_xks::hex::text(bytes).to_uppercase()
}

fn time(time: ASN1Time) -> SystemTime {
    since_1970(time.timestamp())
}

fn since_1970(seconds: i64) -> SystemTime {
    let seconds = u64::try_from(seconds).unwrap_or_default();
    SystemTime::UNIX_EPOCH
        .checked_add(Duration::from_secs(seconds))
        .unwrap_or(SystemTime::UNIX_EPOCH)
}
