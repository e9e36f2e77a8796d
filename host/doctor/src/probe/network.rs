//! N: the way to the proxy.

use std::net::SocketAddr;
use std::time::Duration;

use claviger_xks_client::resolve::{Resolve, ResolveFault};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout};

use super::measure::{milliseconds, percentile};
use super::session::PATIENCE;
use crate::catalogue::{N01, N02, N03};
use crate::finding::Finding;
use crate::findings::Findings;

/// The longest round trip that AWS recommends.
const LONGEST_ROUND_TRIP: Duration = Duration::from_millis(35);

/// How many connections are opened to measure the round trip.
const ROUND_TRIPS: usize = 5;

/// N01 to N03. Whether there is a connection.
pub(super) async fn probe(host: &str, resolve: &Resolve, findings: &mut Findings) -> bool {
    findings.working_on(&N01, "resolving the host name");
    let given = resolve.find(host);
    let addresses = timeout(PATIENCE, resolve.addresses(host))
        .await
        .unwrap_or(Err(ResolveFault::Unknown(std::io::ErrorKind::TimedOut)));
    findings.add(addresses_found(host, given, &addresses));
    let Ok(addresses) = addresses else {
        for check in [&N02, &N03] {
            findings.add(Finding::skipped(check, "there is no address to connect to"));
        }
        return false;
    };

    findings.working_on(&N02, "connecting");
    let mut reached = None;
    let mut faults = Vec::new();
    for address in addresses {
        match connect(address).await {
            Ok(_) => reached = reached.or(Some(address)),
            Err(fault) => faults.push(format!("{address}: {fault}")),
        }
    }
    findings.add(connected(reached, &faults));
    let Some(address) = reached else {
        findings.add(Finding::skipped(&N03, "there is no connection to measure"));
        return false;
    };

    let mut times = Vec::new();
    for _ in 0..ROUND_TRIPS {
        times.extend(connect(address).await.ok());
    }
    findings.add(round_trip(percentile(&times, 50)));
    true
}

/// How long the TCP handshake takes, or why there is none.
async fn connect(address: SocketAddr) -> Result<Duration, String> {
    let start = Instant::now();
    match timeout(PATIENCE, TcpStream::connect(address)).await {
        Ok(Ok(_)) => Ok(start.elapsed()),
        Ok(Err(error)) => Err(error.kind().to_string()),
        Err(_) => Err(format!("no answer within {} s", PATIENCE.as_secs())),
    }
}

fn addresses_found(
    host: &str,
    given: Option<SocketAddr>,
    addresses: &Result<Vec<SocketAddr>, ResolveFault>,
) -> Finding {
    if let Some(address) = given {
        return Finding::skipped(&N01, &format!("--resolve says that {host} is at {address}"));
    }
    match addresses {
        Ok(addresses) => {
            let list: Vec<String> = addresses.iter().map(|one| one.ip().to_string()).collect();
            Finding::ok(&N01, host, &list.join(", "))
        }
        Err(fault) => Finding::failure(&N01, host, &fault.to_string()),
    }
}

fn connected(reached: Option<SocketAddr>, faults: &[String]) -> Finding {
    match (reached, faults) {
        (Some(address), []) => Finding::ok(&N02, "", &address.to_string()),
        (Some(_), faults) => Finding::warning(&N02, "", &faults.join("; ")),
        (None, faults) => Finding::failure(&N02, "", &faults.join("; ")),
    }
}

fn round_trip(median: Option<Duration>) -> Finding {
    let Some(median) = median else {
        return Finding::cannot_tell(&N03, "", "no connection was opened in time");
    };
    let seen = format!(
        "median of {ROUND_TRIPS} connections: {}",
        milliseconds(median)
    );
    if median > LONGEST_ROUND_TRIP {
        Finding::warning(&N03, "", &seen)
    } else {
        Finding::ok(&N03, "", &seen)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::Verdict;

    #[test]
    fn only_a_name_with_an_ipv4_address_is_reached() {
        let verdict = |given, found: Result<Vec<SocketAddr>, ResolveFault>| {
            addresses_found("a.b", given, &found).verdict
        };
        let address: SocketAddr = "192.0.2.1:443".parse().unwrap();
        assert_eq!(verdict(None, Ok(vec![address])), Verdict::Ok);
        assert_eq!(verdict(Some(address), Ok(vec![address])), Verdict::Skipped);
        for fault in [
            ResolveFault::NoAddress,
            ResolveFault::OnlyIpv6,
            ResolveFault::Unknown(std::io::ErrorKind::NotFound),
        ] {
            assert_eq!(verdict(None, Err(fault)), Verdict::Failure);
        }
    }

    #[test]
    fn one_address_that_is_not_reached_is_a_warning() {
        let address = "192.0.2.1:443".parse().ok();
        assert_eq!(connected(address, &[]).verdict, Verdict::Ok);
        let faults = ["192.0.2.2:443: refused".to_owned()];
        assert_eq!(connected(address, &faults).verdict, Verdict::Warning);
        assert_eq!(connected(None, &faults).verdict, Verdict::Failure);
    }

    #[test]
    fn a_round_trip_of_more_than_35_ms_is_a_warning() {
        let verdict = |milliseconds| round_trip(Some(Duration::from_millis(milliseconds))).verdict;
        assert_eq!(verdict(35), Verdict::Ok);
        assert_eq!(verdict(36), Verdict::Warning);
        assert_eq!(round_trip(None).verdict, Verdict::CannotTell);
    }
}
