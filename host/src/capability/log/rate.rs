//! How many lines in a second the instances of one plugin may write for one key
//! store, so that no plugin drowns what the others say.

use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::Mutex;

/// Lines at once, after a pause.
const BURST: u32 = 100;
/// One line in this time afterwards.
const PER_LINE: Duration = Duration::from_millis(50);

/// Who writes, and how many lines it has left; one for all instances.
pub(crate) struct LogSource {
    /// `KEY STORE/PLUGIN`.
    pub(crate) name: Arc<str>,
    rate: Mutex<Rate>,
}

#[derive(Default)]
struct Rate {
    /// When the lines written so far will have taken their time.
    busy_until: Option<Instant>,
    /// Lines that were withheld since the last one that was written.
    withheld: u64,
}

impl LogSource {
    pub(crate) fn new(name: Arc<str>) -> Self {
        Self {
            name,
            rate: Mutex::default(),
        }
    }

    /// Whether a line may be written now, and how many were withheld since the last
    /// one.
    pub(crate) fn admit(&self, now: Instant) -> Option<u64> {
        let mut rate = self.rate.lock();
        let busy_until = rate.busy_until.map_or(now, |until| until.max(now));
        let after = busy_until + PER_LINE;
        if after.saturating_duration_since(now) > PER_LINE * BURST {
            rate.withheld = rate.withheld.saturating_add(1);
            return None;
        }
        rate.busy_until = Some(after);
        Some(std::mem::take(&mut rate.withheld))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flt_10_a_plugin_writes_a_hundred_lines_at_once_and_twenty_in_a_second() {
        let source = LogSource::new("demo/software".into());
        let start = Instant::now();
        let written = |at| (0..1000).filter(|_| source.admit(at).is_some()).count();
        assert_eq!(written(start), 100);
        assert_eq!(written(start + Duration::from_secs(1)), 20);
        assert_eq!(written(start + Duration::from_mins(1)), 100);
    }

    #[test]
    fn the_next_line_says_how_many_were_withheld() {
        let source = LogSource::new("demo/software".into());
        let start = Instant::now();
        let withheld = (0..130).filter(|_| source.admit(start).is_none()).count();
        assert_eq!(withheld, 30);
        assert_eq!(source.admit(start + PER_LINE), Some(30));
        assert_eq!(source.admit(start + PER_LINE * 2), Some(0));
    }
}
