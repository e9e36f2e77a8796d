//! The `X-Amz-Date` of a request (XKS-032, XKS-033).

use std::time::{Duration, SystemTime};

use thiserror::Error;

/// How far a request's clock may be from ours; exactly this much still passes
/// (XKS-032).
pub const MAX_SKEW: Duration = Duration::from_mins(5);

/// A point in time of the form `YYYYMMDDTHHMMSSZ`, in the years 1970 to 9999.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timestamp<'h> {
    text: &'h str,
    time: SystemTime,
}

impl<'h> Timestamp<'h> {
    /// Reads exactly 16 bytes: no fractions, no offset, no leap second.
    pub fn parse(value: &'h [u8]) -> Result<Self, TimestampFault> {
        let &[
            y1,
            y2,
            y3,
            y4,
            mo1,
            mo2,
            d1,
            d2,
            b'T',
            h1,
            h2,
            mi1,
            mi2,
            s1,
            s2,
            b'Z',
        ] = value
        else {
            return Err(TimestampFault);
        };
        let year = two_digits(y1, y2)? * 100 + two_digits(y3, y4)?;
        let month = two_digits(mo1, mo2)?;
        let day = two_digits(d1, d2)?;
        let (hour, minute, second) = (
            two_digits(h1, h2)?,
            two_digits(mi1, mi2)?,
            two_digits(s1, s2)?,
        );
        let date_exists = year >= 1970
            && (1..=12).contains(&month)
            && (1..=days_in_month(year, month)).contains(&day);
        if !date_exists || hour > 23 || minute > 59 || second > 59 {
            return Err(TimestampFault);
        }
        let seconds =
            days_since_1970(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second;
        Ok(Self {
            text: str::from_utf8(value).map_err(|_| TimestampFault)?,
            time: SystemTime::UNIX_EPOCH + Duration::from_secs(seconds),
        })
    }

    /// The 16 characters, as in the string to sign.
    pub const fn as_str(&self) -> &'h str {
        self.text
    }

    /// The first eight characters: the date of the credential scope.
    pub fn date(&self) -> &'h str {
        self.text
            .split_once('T')
            .map_or(self.text, |(date, _)| date)
    }

    /// The point in time.
    pub const fn time(&self) -> SystemTime {
        self.time
    }

    /// How far this is from `now`, in either direction.
    pub fn skew(&self, now: SystemTime) -> Duration {
        now.duration_since(self.time)
            .unwrap_or_else(|ahead| ahead.duration())
    }

    /// How many whole seconds this is before `now`; negative when it is after it.
    pub fn behind(&self, now: SystemTime) -> i64 {
        let seconds = i64::try_from(self.skew(now).as_secs()).unwrap_or(i64::MAX);
        if self.time > now { -seconds } else { seconds }
    }
}

/// Not a point in time of the form `YYYYMMDDTHHMMSSZ`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("is not of the form YYYYMMDDTHHMMSSZ")]
pub struct TimestampFault;

fn two_digits(tens: u8, ones: u8) -> Result<u64, TimestampFault> {
    match (tens, ones) {
        (b'0'..=b'9', b'0'..=b'9') => Ok(u64::from(tens - b'0') * 10 + u64::from(ones - b'0')),
        _ => Err(TimestampFault),
    }
}

const fn is_leap_year(year: u64) -> bool {
    year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400))
}

const fn days_in_month(year: u64, month: u64) -> u64 {
    match month {
        2 if is_leap_year(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days from 1 January 1970; the date must exist and not be earlier.
fn days_since_1970(year: u64, month: u64, day: u64) -> u64 {
    let before = year - 1;
    // Leap years up to and including `before`; 477 of them lie before 1970.
    let leap_days = before / 4 - before / 100 + before / 400 - 477;
    let earlier_months: u64 = (1..month).map(|month| days_in_month(year, month)).sum();
    (year - 1970) * 365 + leap_days + earlier_months + day - 1
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(text: &str) -> u64 {
        let timestamp = Timestamp::parse(text.as_bytes()).unwrap();
        assert_eq!(timestamp.as_str(), text);
        assert_eq!(timestamp.date(), &text[..8]);
        timestamp
            .time()
            .duration_since(SystemTime::UNIX_EPOCH)
            .unwrap()
            .as_secs()
    }

    #[test]
    fn xks_033_known_points_in_time() {
        // As `date -u -d @N +%Y%m%dT%H%M%SZ` prints them.
        assert_eq!(seconds("19700101T000000Z"), 0);
        assert_eq!(seconds("19991231T235959Z"), 946_684_799);
        assert_eq!(seconds("20000229T120000Z"), 951_825_600);
        assert_eq!(seconds("20211009T002031Z"), 1_633_738_831);
        assert_eq!(seconds("20240301T000000Z"), 1_709_251_200);
        assert_eq!(seconds("21000301T000000Z"), 4_107_542_400);
        assert_eq!(seconds("99991231T235959Z"), 253_402_300_799);
    }

    #[test]
    fn xks_033_every_day_follows_the_one_before() {
        let mut expected = 0;
        for year in 1970..2110 {
            for month in 1..=12 {
                for day in 1..=days_in_month(year, month) {
                    assert_eq!(days_since_1970(year, month, day), expected);
                    expected += 1;
                }
            }
        }
    }

    #[test]
    fn xks_033_other_forms_are_refused() {
        for text in [
            "",
            "20211009T002031",
            "20211009T002031z",
            "20211009t002031Z",
            "20211009 002031Z",
            "20211009T002031Z ",
            " 0211009T002031Z",
            "2021-10-09T00:20:31Z",
            "Sat, 09 Oct 2021 00:20:31 GMT",
            "20211309T002031Z",
            "20210009T002031Z",
            "20211000T002031Z",
            "20211032T002031Z",
            "20210229T002031Z",
            "19000228T002031Z",
            "20211009T242031Z",
            "20211009T006031Z",
            "20211009T002060Z",
            "2021100+T002031Z",
        ] {
            assert_eq!(
                Timestamp::parse(text.as_bytes()),
                Err(TimestampFault),
                "{text}"
            );
        }
        assert_eq!(
            Timestamp::parse("2021100９002031Z".as_bytes()),
            Err(TimestampFault)
        );
    }

    #[test]
    fn xks_032_skew_counts_in_both_directions() {
        let timestamp = Timestamp::parse(b"20211009T002031Z").unwrap();
        let away = Duration::from_millis(300_001);
        assert_eq!(timestamp.skew(timestamp.time() + away), away);
        assert_eq!(timestamp.skew(timestamp.time() - away), away);
        assert_eq!(timestamp.skew(timestamp.time()), Duration::ZERO);
    }
}
