//! Requests, their times and errors, in steps of ten seconds for an hour.

use std::collections::{BTreeMap, VecDeque};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use humantime::format_rfc3339_millis;
use serde::Serialize;

/// The length of a step in seconds.
pub(crate) const STEP: u64 = 10;
/// Steps that are kept.
const STEPS: usize = 360;
/// Times are counted in classes: eight to each doubling, so that a percentile is within
/// a tenth of what it was.
const CLASSES: usize = 8 * 32;

/// What happened in the last hour.
#[derive(Default)]
pub(super) struct History {
    /// Those that are over.
    points: VecDeque<Point>,
    current: Option<Step>,
}

/// A step that is over.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Point {
    /// When it began.
    time: String,
    requests: u64,
    p50_ms: Option<f64>,
    p99_ms: Option<f64>,
    errors: BTreeMap<&'static str, u64>,
}

/// The step under way.
struct Step {
    number: u64,
    requests: u64,
    errors: BTreeMap<&'static str, u64>,
    classes: Box<[u32; CLASSES]>,
}

impl History {
    /// A request is over.
    pub(super) fn add(&mut self, now: SystemTime, took: Duration, error: Option<&'static str>) {
        self.advance(now);
        let Some(step) = &mut self.current else {
            return;
        };
        step.requests += 1;
        if let Some(error) = error {
            *step.errors.entry(error).or_default() += 1;
        }
        if let Some(class) = step.classes.get_mut(class_of(took)) {
            *class = class.saturating_add(1);
        }
    }

    /// The steps that are over, oldest first.
    pub(super) fn points(&mut self, now: SystemTime) -> Vec<Point> {
        self.advance(now);
        self.points.iter().cloned().collect()
    }

    /// Ends the step under way when its time is over, and those after it in which
    /// nothing happened.
    fn advance(&mut self, now: SystemTime) {
        let number = now.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs() / STEP;
        let mut next = match self.current.take() {
            // A clock that is put back makes the step longer.
            Some(step) if step.number >= number => {
                self.current = Some(step);
                return;
            }
            Some(step) => {
                let next = step.number + 1;
                self.push(step.over());
                next
            }
            None => number,
        };
        let kept = u64::try_from(STEPS).unwrap_or(u64::MAX);
        next = next.max(number.saturating_sub(kept));
        while next < number {
            self.push(Step::begin(next).over());
            next += 1;
        }
        self.current = Some(Step::begin(number));
    }

    fn push(&mut self, point: Point) {
        self.points.push_back(point);
        if self.points.len() > STEPS {
            self.points.pop_front();
        }
    }
}

impl Step {
    fn begin(number: u64) -> Self {
        Self {
            number,
            requests: 0,
            errors: BTreeMap::new(),
            classes: Box::new([0; CLASSES]),
        }
    }

    fn over(self) -> Point {
        let began = UNIX_EPOCH.checked_add(Duration::from_secs(self.number.saturating_mul(STEP)));
        Point {
            time: format_rfc3339_millis(began.unwrap_or(UNIX_EPOCH)).to_string(),
            requests: self.requests,
            p50_ms: self.percentile(50),
            p99_ms: self.percentile(99),
            errors: self.errors,
        }
    }

    /// In milliseconds; nothing without requests.
    fn percentile(&self, percent: u64) -> Option<f64> {
        let wanted = self.requests.saturating_mul(percent).div_ceil(100).max(1);
        let mut so_far = 0;
        let class = self.classes.iter().position(|count| {
            so_far += u64::from(*count);
            so_far >= wanted
        })?;
        // The middle of the class, in microseconds.
        #[expect(clippy::cast_precision_loss, reason = "there are 256 classes")]
        let micros = ((class as f64 + 0.5) / 8.0).exp2();
        Some((micros / 10.0).round() / 100.0)
    }
}

fn class_of(took: Duration) -> usize {
    let micros = took.as_secs_f64() * 1e6;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "the logarithm of a time that is at least 1, and within the classes"
    )]
    let class = (micros.max(1.0).log2() * 8.0) as usize;
    class.min(CLASSES - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(seconds)
    }

    #[test]
    fn percentiles_are_within_a_tenth() {
        let mut history = History::default();
        for n in 1..=1000 {
            history.add(at(5), Duration::from_micros(n * 100), None);
        }
        let [point] = &history.points(at(15))[..] else {
            panic!("one step is over");
        };
        let near =
            |value: Option<f64>, expected: f64| (value.unwrap() / expected - 1.0).abs() < 0.1;
        assert!(near(point.p50_ms, 50.0), "{point:?}");
        assert!(near(point.p99_ms, 99.0), "{point:?}");
    }

    #[test]
    fn steps_without_requests_are_there_and_an_hour_is_kept() {
        let mut history = History::default();
        history.add(at(0), Duration::ZERO, Some("a"));
        let points = history.points(at(35));
        let requests: Vec<_> = points.iter().map(|point| point.requests).collect();
        assert_eq!(requests, [1, 0, 0]);
        assert_eq!(points[0].errors["a"], 1);
        assert_eq!(points[1].p50_ms, None);
        assert_eq!(history.points(at(1_000_000)).len(), STEPS);
        history.add(at(999_000), Duration::ZERO, None);
        assert_eq!(history.points(at(1_000_010)).last().unwrap().requests, 1);
    }
}
