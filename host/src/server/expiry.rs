//! The certificate's end, said in time (FLT-81): once when each of some numbers of days is
//! left, and when none is.

use claviger_certificates::Facts;
use std::time::SystemTime;
use tracing::{error, warn};

/// Whole days that are left when something is said.
const SAID_AT: [i64; 6] = [30, 14, 7, 3, 1, -1];

/// What has been said.
#[derive(Debug, Default)]
pub(super) struct Expiry {
    said: Option<i64>,
}

impl Expiry {
    /// Looks at the certificate in force, and says what is new.
    pub(super) fn look(&mut self, certificate: Option<&Facts>, now: SystemTime) {
        let Some(certificate) = certificate else {
            return;
        };
        let days_left = certificate.days_left(now);
        if self.is_news(days_left) {
            let until = humantime::format_rfc3339_seconds(certificate.chain_not_after);
            if days_left < 0 {
                error!(%until, "the certificate has expired: AWS KMS cannot connect");
            } else {
                warn!(days_left, %until, "the certificate expires: put another one in its place");
            }
        }
    }

    fn is_news(&mut self, days_left: i64) -> bool {
        let due = SAID_AT.into_iter().filter(|at| days_left <= *at).min();
        let is_news = due.is_some() && due != self.said;
        // Another certificate begins anew.
        self.said = due;
        is_news
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flt_81_an_end_that_comes_near_is_said_a_few_times() {
        let mut expiry = Expiry::default();
        let said: Vec<_> = (-3..60)
            .rev()
            .filter(|days| expiry.is_news(*days))
            .collect();
        assert_eq!(said, SAID_AT);
        assert!(!expiry.is_news(90), "a new certificate");
        assert!(expiry.is_news(30));
        assert!(!expiry.is_news(30));
    }
}
