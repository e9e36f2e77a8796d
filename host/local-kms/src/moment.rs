//! Points in time, as the API writes them.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Milliseconds since 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Moment(u64);

/// Where a service takes the time from.
pub type Clock = std::sync::Arc<dyn Fn() -> Moment + Send + Sync>;

impl Moment {
    /// The operating system's time.
    pub fn now() -> Self {
        let since = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        Self(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
    }

    /// This many milliseconds after the beginning of 1970.
    pub const fn from_milliseconds(milliseconds: u64) -> Self {
        Self(milliseconds)
    }

    /// Later by whole days.
    #[must_use]
    pub const fn plus_days(self, days: u32) -> Self {
        const DAY: u64 = 24 * 60 * 60 * 1000;
        Self(self.0.saturating_add((days as u64).saturating_mul(DAY)))
    }

    /// A timestamp of the API: seconds since 1970, with three decimals.
    pub fn to_json(self) -> Value {
        Value::from(Duration::from_millis(self.0).as_secs_f64())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timestamps_are_seconds() {
        let moment = Moment::from_milliseconds(1_700_000_000_250);
        assert_eq!(moment.to_json().to_string(), "1700000000.25");
        assert_eq!(moment.plus_days(7).to_json().to_string(), "1700604800.25");
        assert!(Moment::now() > moment);
    }
}
