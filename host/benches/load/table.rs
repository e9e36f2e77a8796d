//! The table that a comparison prints.

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
         | generator µs | not 200: host | {other} |\n\
         |---|---|---|---|---|---|---|---|---|---|"
    );
}

/// One line: the same request to both.
pub(crate) fn print_row(name: &str, pairs: &Pairs) {
    let rate = |round: &Round| round.requests_per_second;
    let cpu = |round: &Round| round.server_us;
    let (host_refused, other_refused) = pairs.refused();
    println!(
        "| {name} | {:.0} | {:.0} | {} | {:.1} | {:.1} | {} | {:.1} | {host_refused} | {other_refused} |",
        pairs.host(rate),
        pairs.other(rate),
        pairs.ratio(rate),
        pairs.host(cpu),
        pairs.other(cpu),
        pairs.ratio(cpu),
        pairs.host(|round| round.generator_us),
    );
}
