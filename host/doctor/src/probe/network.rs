//! N: the way to the proxy.

use std::io::ErrorKind;
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
        .unwrap_or(Err(ResolveFault::Unknown(ErrorKind::TimedOut)));
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
            Err(fault) => faults.push((address, fault)),
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
async fn connect(address: SocketAddr) -> Result<Duration, ErrorKind> {
    let start = Instant::now();
    match timeout(PATIENCE, TcpStream::connect(address)).await {
        Ok(Ok(_)) => Ok(start.elapsed()),
        Ok(Err(error)) => Err(error.kind()),
        Err(_) => Err(ErrorKind::TimedOut),
    }
}

fn addresses_found(
    host: &str,
    given: Option<SocketAddr>,
    addresses: &Result<Vec<SocketAddr>, ResolveFault>,
) -> Finding {
    if let Some(address) = given {
        // By --resolve, or by the configuration of --config.
        let why = format!("the name is not looked up: {host} is said to be at {address}");
        return Finding::skipped(&N01, &why);
    }
    match addresses {
        Ok(addresses) => {
            let list: Vec<String> = addresses.iter().map(|one| one.ip().to_string()).collect();
            Finding::ok(&N01, host, &list.join(", "))
        }
        Err(ResolveFault::Unknown(ErrorKind::TimedOut)) => Finding::failure(
            &N01,
            host,
            "no answer to the question for the name's address",
        )
        .fix(&format!(
            "repair this machine's name resolution: dig +short A {host}"
        )),
        Err(ResolveFault::Unknown(_)) => {
            // What the operating system says has no kind that tells more.
            let seen = "the name is not known, or cannot be asked for from here";
            Finding::failure(&N01, host, seen).fix(&publish(host))
        }
        Err(fault) => Finding::failure(&N01, host, &fault.to_string()).fix(&publish(host)),
    }
}

fn publish(host: &str) -> String {
    N01.fix.replace("HOST", host)
}

fn connected(reached: Option<SocketAddr>, faults: &[(SocketAddr, ErrorKind)]) -> Finding {
    if faults.is_empty() {
        let address = reached.map_or_else(String::new, |address| address.to_string());
        return Finding::ok(&N02, "", &address);
    }
    let words = |(address, kind): &(SocketAddr, ErrorKind)| match kind {
        ErrorKind::TimedOut => format!("{address}: no answer within {} s", PATIENCE.as_secs()),
        kind => format!("{address}: {kind}"),
    };
    let seen: Vec<String> = faults.iter().map(words).collect();
    let mut fixes: Vec<String> = Vec::new();
    let mut kinds = Vec::new();
    for (address, kind) in faults {
        if !kinds.contains(kind) {
            kinds.push(*kind);
            fixes.push(fix_of(*address, *kind));
        }
    }
    match reached {
        // AWS KMS may be given either address.
        Some(_) => {
            fixes.push("or take the address out of the A records".to_owned());
            Finding::warning(&N02, "", &seen.join("; "))
        }
        None => Finding::failure(&N02, "", &seen.join("; ")),
    }
    .fix(&fixes.join("; "))
}

/// What to do about one way of not being connected: what helps against one is no help
/// against another.
fn fix_of(address: SocketAddr, kind: ErrorKind) -> String {
    match kind {
        ErrorKind::ConnectionRefused => format!(
            "start the proxy, or the listener of the load balancer: nothing listens at {address}"
        ),
        ErrorKind::TimedOut => format!(
            "open the way to {address}: a firewall or security group drops packets, or the load \
             balancer has no healthy target"
        ),
        ErrorKind::HostUnreachable | ErrorKind::NetworkUnreachable => format!(
            "correct the route to {address}, or the address itself (A record, --resolve): no \
             machine is reached there"
        ),
        ErrorKind::ConnectionReset | ErrorKind::ConnectionAborted => format!(
            "find what ends connections to {address} in its log: a firewall, a load balancer or \
             a limit of the proxy"
        ),
        ErrorKind::PermissionDenied => format!(
            "run this program where it may connect to {address}: a firewall or sandbox of this \
             machine forbids it"
        ),
        _ => N02.fix.to_owned(),
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
            ResolveFault::Unknown(ErrorKind::NotFound),
        ] {
            assert_eq!(verdict(None, Err(fault)), Verdict::Failure);
        }
        let fix = |kind| {
            let found = Err(ResolveFault::Unknown(kind));
            addresses_found("a.b", None, &found).fix.unwrap()
        };
        assert!(fix(ErrorKind::TimedOut).starts_with("repair this machine's"));
        assert_eq!(
            fix(ErrorKind::NotFound),
            "publish an A record for it: dig +short A a.b"
        );
    }

    #[test]
    fn one_address_that_is_not_reached_is_a_warning() {
        let address = "192.0.2.1:443".parse().ok();
        assert_eq!(connected(address, &[]).verdict, Verdict::Ok);
        let other: SocketAddr = "192.0.2.2:443".parse().unwrap();
        let faults = [(other, ErrorKind::ConnectionRefused)];
        assert_eq!(connected(address, &faults).verdict, Verdict::Warning);
        assert_eq!(connected(None, &faults).verdict, Verdict::Failure);
    }

    #[test]
    fn each_way_of_not_being_connected_has_a_fix_of_its_own() {
        let address: SocketAddr = "192.0.2.1:443".parse().unwrap();
        let fix = |kind| connected(None, &[(address, kind)]).fix.unwrap();
        let refused = fix(ErrorKind::ConnectionRefused);
        assert!(refused.starts_with("start the proxy"), "{refused}");
        assert!(!refused.contains("firewall"), "{refused}");
        for (kind, part) in [
            (ErrorKind::TimedOut, "firewall"),
            (ErrorKind::HostUnreachable, "route"),
            (ErrorKind::NetworkUnreachable, "route"),
            (ErrorKind::ConnectionReset, "ends connections"),
            (ErrorKind::PermissionDenied, "this machine"),
        ] {
            let fix = fix(kind);
            assert!(fix.contains(part), "{kind}: {fix}");
            assert!(!fix.contains("start the proxy"), "{kind}: {fix}");
        }
        let two = [
            (address, ErrorKind::ConnectionRefused),
            (address, ErrorKind::TimedOut),
        ];
        let both = connected(Some(address), &two).fix.unwrap();
        for part in ["start the proxy", "firewall", "A records"] {
            assert!(both.contains(part), "{both}");
        }
    }

    #[test]
    fn a_round_trip_of_more_than_35_ms_is_a_warning() {
        let verdict = |milliseconds| round_trip(Some(Duration::from_millis(milliseconds))).verdict;
        assert_eq!(verdict(35), Verdict::Ok);
        assert_eq!(verdict(36), Verdict::Warning);
        assert_eq!(round_trip(None).verdict, Verdict::CannotTell);
    }
}
