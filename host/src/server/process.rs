//! What the operating system says of this process. Where there is no `/proc`, little.

use std::fs;
use std::time::Duration;

use rustix::param::{clock_ticks_per_second, page_size};
use rustix::process::{Resource, getrlimit};

/// At one moment.
#[derive(Debug, Default)]
pub(super) struct Process {
    pub(super) resident_bytes: Option<usize>,
    pub(super) open_files: Option<usize>,
    pub(super) most_open_files: Option<usize>,
    /// Of all threads, since it began.
    pub(super) processor_time: Option<Duration>,
}

/// Looks.
pub(super) fn look() -> Process {
    let statm = fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let stat = fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let most = getrlimit(Resource::Nofile).current;
    Process {
        resident_bytes: resident_pages(&statm).map(|pages| pages.saturating_mul(page_size())),
        open_files: fs::read_dir("/proc/self/fd").ok().map(Iterator::count),
        most_open_files: most.and_then(|most| usize::try_from(most).ok()),
        processor_time: ticks(&stat).map(|ticks| {
            let milliseconds = ticks.saturating_mul(1000) / clock_ticks_per_second().max(1);
            Duration::from_millis(milliseconds)
        }),
    }
}

fn resident_pages(statm: &str) -> Option<usize> {
    statm.split(' ').nth(1)?.parse().ok()
}

/// Of user and kernel. The name in front of them may have anything in it.
fn ticks(stat: &str) -> Option<u64> {
    let (_, fields) = stat.rsplit_once(')')?;
    let mut fields = fields.split_ascii_whitespace().skip(11);
    let mut next = || fields.next()?.parse::<u64>().ok();
    Some(next()?.saturating_add(next()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_found_whatever_the_process_is_called() {
        let stat = "7 (a) b (c)) S 1 7 7 0 -1 4194560 1 0 0 0 120 30 0 0 20 0 9 0 1 2 3";
        assert_eq!(ticks(stat), Some(150));
        assert_eq!(resident_pages("900 70 3 1 0 5 0\n"), Some(70));
        assert_eq!(ticks(""), None);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn this_process_has_files_and_memory() {
        let process = look();
        assert!(process.resident_bytes.is_some_and(|bytes| bytes > 1 << 20));
        assert!(process.open_files.is_some_and(|count| count > 2));
        assert!(process.processor_time.is_some());
    }
}
