//! How long the calls of a trial took.

use std::fmt::Write as _;
use std::time::Duration;

use crate::plugin::trial::{Summary, Times};

/// A line for each function.
pub(super) fn table(times: &Times) -> String {
    let summaries = times.summaries();
    if summaries.is_empty() {
        return String::new();
    }
    let mut text = format!(
        "\n{:<26} {:>8} {:>10} {:>10} {:>10}\n",
        "", "calls", "p50", "p99", "max"
    );
    for (function, summary) in summaries {
        let Summary {
            calls,
            p50,
            p99,
            max,
        } = summary;
        let [p50, p99, max] = [p50, p99, max].map(shown);
        // Writing to a String cannot fail.
        let _ = writeln!(
            text,
            "{function:<26} {calls:>8} {p50:>10} {p99:>10} {max:>10}"
        );
    }
    text
}

/// In milliseconds.
pub(in crate::cli::plugin) fn shown(time: Duration) -> String {
    format!("{:.3} ms", time.as_secs_f64() * 1e3)
}
