//! What operators want to know of the server's certificate.

use std::time::{Duration, SystemTime};

use rustls::pki_types::CertificateDer;
use x509_parser::parse_x509_certificate;

const DAY: u64 = 24 * 60 * 60;

/// Of the certificate that the server shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Certificate {
    /// In hexadecimal.
    pub(crate) serial: String,
    /// When it, or an intermediate of its chain, is over: whichever comes first.
    pub(crate) expires: SystemTime,
}

impl Certificate {
    /// Of a chain, the server's own certificate first; `None` where it cannot be read.
    pub(super) fn of(chain: &[CertificateDer<'_>]) -> Option<Self> {
        let (_, leaf) = parse_x509_certificate(chain.first()?).ok()?;
        let ends = chain.iter().filter_map(|certificate| {
            let (_, certificate) = parse_x509_certificate(certificate).ok()?;
            let end = certificate.validity().not_after.timestamp();
            Some(SystemTime::UNIX_EPOCH + Duration::from_secs(u64::try_from(end).ok()?))
        });
        Some(Self {
            serial: leaf.raw_serial_as_string().replace(':', ""),
            expires: ends.min()?,
        })
    }

    /// Whole days until then; negative when it is over.
    pub(crate) fn days_left(&self, now: SystemTime) -> i64 {
        let days = |time: Duration| i64::try_from(time.as_secs() / DAY).unwrap_or(i64::MAX);
        match self.expires.duration_since(now) {
            Ok(left) => days(left),
            Err(over) => -1 - days(over.duration()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flt_81_days_left_are_whole_and_negative_when_it_is_over() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(100 * DAY);
        let certificate = |seconds| Certificate {
            serial: "01".to_owned(),
            expires: SystemTime::UNIX_EPOCH + Duration::from_secs(seconds),
        };
        assert_eq!(certificate(102 * DAY - 1).days_left(now), 1);
        assert_eq!(certificate(100 * DAY).days_left(now), 0);
        assert_eq!(certificate(100 * DAY - 1).days_left(now), -1);
    }
}
