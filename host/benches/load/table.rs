//! The table that a comparison prints.

use std::time::Duration;

use crate::closed_loop::{CONNECTIONS, Round};
use crate::contestant::Pairs;
use crate::kms_request::{AAD, PLAINTEXT};

/// `other` is what the host is compared with.
pub(crate) fn print_heading(other: &str) {
    println!(
        "{CONNECTIONS} connections, TLS 1.3, HTTP/1.1 keep-alive; \
         plaintext {PLAINTEXT} bytes, AAD {AAD} bytes.\n\
         Medians; ratios are host / {other} of neighbouring rounds, with their range.\n\n\
         | request | requests/s: host | {other} | ratio \
         | server CPU µs/request: host | {other} | ratio \
         | p50 ms: host | {other} | p99 ms: host | {other} | ratio \
         | generator µs | not 200: host | {other} |\n\
         |---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|"
    );
}

/// One line: the same request to both.
pub(crate) fn print_row(name: &str, pairs: &Pairs) {
    let rate = |round: &Round| round.requests_per_second;
    let cpu = |round: &Round| round.server_us;
    let p50 = |round: &Round| quantile_ms(round, 0.5);
    let p99 = |round: &Round| quantile_ms(round, 0.99);
    let (host_refused, other_refused) = pairs.refused();
    println!(
        "| {name} | {:.0} | {:.0} | {} | {:.1} | {:.1} | {} | {:.2} | {:.2} | {:.2} | {:.2} | {} | {:.1} | {host_refused} | {other_refused} |",
        pairs.host(rate),
        pairs.other(rate),
        pairs.ratio(rate),
        pairs.host(cpu),
        pairs.other(cpu),
        pairs.ratio(cpu),
        pairs.host(p50),
        pairs.other(p50),
        pairs.host(p99),
        pairs.other(p99),
        pairs.ratio(p99),
        pairs.host(|round| round.generator_us),
    );
}

fn quantile_ms(round: &Round, quantile: f64) -> f64 {
    let microseconds = round.latencies.value_at_quantile(quantile);
    Duration::from_micros(microseconds).as_secs_f64() * 1e3
}
