//! Signature Version 4, the signing side, as AWS KMS signs; and every way of
//! signing wrongly, which a proxy has to refuse.

use std::fmt;
use std::time::{Duration, SystemTime};

use aws_sigv4::sign::v4::{calculate_signature, generate_signing_key};
use claviger_xks::credential::Credential;
use claviger_xks::sigv4::canonical_request::hex_digest;
use claviger_xks::sigv4::{ALGORITHM, SERVICE, TERMINATOR};
use http::header::{AUTHORIZATION, HOST};
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use thiserror::Error;
use zeroize::Zeroizing;

use crate::target::Target;

const X_AMZ_DATE: HeaderName = HeaderName::from_static("x-amz-date");

/// How a request is signed. [`Signing::of_kms`] is right; the members can be
/// changed to make it wrong.
#[derive(Clone)]
pub struct Signing {
    /// Any text, also one that no access key id can be.
    pub access_key_id: String,
    /// Any text; overwritten when dropped, and never shown.
    pub secret_access_key: Zeroizing<String>,
    /// The Region of the credential scope.
    pub region: String,
    /// The service of the credential scope: `kms-xks-proxy`.
    pub service: String,
    /// The time of `X-Amz-Date` and of the credential scope.
    pub time: SystemTime,
    /// The names of the signed headers in lower case: `host` and `x-amz-date`.
    /// Names that the request does not have are signed as empty.
    pub signed_headers: Vec<HeaderName>,
}

impl Signing {
    /// As AWS KMS signs a request to `target`.
    pub fn of_kms(target: &Target, time: SystemTime) -> Self {
        Self::with(&target.credential, target.region.as_str(), time)
    }

    /// The same with another credential.
    pub fn with(credential: &Credential, region: &str, time: SystemTime) -> Self {
        Self {
            access_key_id: credential.access_key_id.as_str().to_owned(),
            secret_access_key: Zeroizing::new(credential.secret_access_key.reveal().to_owned()),
            region: region.to_owned(),
            service: SERVICE.to_owned(),
            time,
            signed_headers: vec![HOST, X_AMZ_DATE],
        }
    }

    /// Puts `X-Amz-Date` and `Authorization` among the headers, of which `Host`
    /// is one.
    pub(crate) fn sign(
        &self,
        method: &Method,
        path: &str,
        headers: &mut HeaderMap,
        body: &[u8],
    ) -> Result<(), SigningFault> {
        let date = timestamp(self.time)?;
        headers.insert(
            X_AMZ_DATE,
            HeaderValue::from_str(&date).map_err(|_| SigningFault::Time)?,
        );
        let mut names: Vec<&str> = self.signed_headers.iter().map(HeaderName::as_str).collect();
        names.sort_unstable();
        names.dedup();

        let mut canonical = format!("{method}\n{path}\n\n").into_bytes();
        for name in &names {
            canonical.extend_from_slice(name.as_bytes());
            canonical.push(b':');
            let value = headers.get(*name).map(HeaderValue::as_bytes);
            canonical.extend_from_slice(value.unwrap_or_default().trim_ascii());
            canonical.push(b'\n');
        }
        let names = names.join(";");
        canonical.extend_from_slice(format!("\n{names}\n").as_bytes());
        canonical.extend_from_slice(&hex_digest(body));

        let day = date.split_once('T').map_or(&*date, |(day, _)| day);
        let scope = format!("{day}/{}/{}/{TERMINATOR}", self.region, self.service);
        let mut string_to_sign = format!("{ALGORITHM}\n{date}\n{scope}\n").into_bytes();
        string_to_sign.extend_from_slice(&hex_digest(&canonical));
        let key = generate_signing_key(
            &self.secret_access_key,
            self.time,
            &self.region,
            &self.service,
        );
        let signature = calculate_signature(key, &string_to_sign);

        let value = format!(
            "{ALGORITHM} Credential={}/{scope}, SignedHeaders={names}, Signature={signature}",
            self.access_key_id
        );
        let mut value = HeaderValue::from_str(&value).map_err(|_| SigningFault::Characters)?;
        value.set_sensitive(true);
        headers.insert(AUTHORIZATION, value);
        Ok(())
    }
}

impl fmt::Debug for Signing {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Signing")
            .field("access_key_id", &self.access_key_id)
            .field("region", &self.region)
            .field("service", &self.service)
            .field("time", &self.time)
            .field("signed_headers", &self.signed_headers)
            .finish_non_exhaustive()
    }
}

/// Why a request cannot be signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum SigningFault {
    /// Before 1970, or after the year 9999.
    #[error("the time is outside the years 1970 to 9999")]
    Time,
    /// The access key id, Region or service has a character that no header takes.
    #[error("the access key id, Region or service has a control character")]
    Characters,
}

/// `YYYYMMDDTHHMMSSZ`
fn timestamp(time: SystemTime) -> Result<String, SigningFault> {
    let seconds = time
        .duration_since(SystemTime::UNIX_EPOCH)
        .as_ref()
        .map(Duration::as_secs)
        .map_err(|_| SigningFault::Time)?;
    let (days, second) = (seconds / 86_400, seconds % 86_400);
    let (year, month, day) = date(days);
    if year > 9999 {
        return Err(SigningFault::Time);
    }
    let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
    Ok(format!(
        "{year:04}{month:02}{day:02}T{hour:02}{minute:02}{second:02}Z"
    ))
}

/// Year, month and day of the day this many days after 1 January 1970, in the
/// Gregorian calendar. Years are counted from 1 March, so that a leap day is the
/// last day of its year; 400 years have 146,097 days.
const fn date(days: u64) -> (u64, u64, u64) {
    // From 1 March of the year 0.
    let days = days + 719_468;
    let (era, day_of_era) = (days / 146_097, days % 146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 {
        month_from_march + 3
    } else {
        month_from_march - 9
    };
    let year = year_of_era + era * 400 + if month <= 2 { 1 } else { 0 };
    (year, month, day)
}

#[cfg(test)]
mod tests;
