//! Times of many requests as one number.

use std::time::Duration;

/// What AWS KMS waits for an answer.
pub(super) const LATE: Duration = Duration::from_millis(250);

/// What AWS recommends an alarm for.
pub(super) const SLOW: Duration = Duration::from_millis(200);

/// The smallest of the times that `percent` of them do not exceed; none of none.
pub(super) fn percentile(times: &[Duration], percent: usize) -> Option<Duration> {
    let mut sorted = times.to_vec();
    sorted.sort_unstable();
    let rank = (sorted.len() * percent).div_ceil(100).max(1);
    sorted.get(rank - 1).copied()
}

/// `12.3 ms`
pub(super) fn milliseconds(time: Duration) -> String {
    format!("{:.1} ms", time.as_secs_f64() * 1000.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_times_that_were_measured() {
        let times: Vec<Duration> = (1..=100).rev().map(Duration::from_millis).collect();
        let of = |percent| percentile(&times, percent).unwrap().as_millis();
        assert_eq!(
            [of(0), of(1), of(50), of(90), of(99), of(100)],
            [1, 1, 50, 90, 99, 100]
        );
        let three: Vec<Duration> = (1..=3).map(Duration::from_millis).collect();
        assert_eq!(percentile(&three, 90), Some(Duration::from_millis(3)));
        assert_eq!(percentile(&[], 50), None);
    }

    #[test]
    fn times_have_one_decimal() {
        assert_eq!(milliseconds(Duration::from_micros(12_345)), "12.3 ms");
    }
}
