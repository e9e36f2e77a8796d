//! Why an address cannot be listened on, and what to do about it.

use claviger_settings::Fault;
use std::io::{self, ErrorKind};
use std::net::SocketAddr;

/// Below, ports are for whoever has the capability `CAP_NET_BIND_SERVICE`.
const FIRST_FREE_PORT: u16 = 1024;

/// The fault of the setting at key path `setting`, whose address could not be bound.
pub fn cannot_listen(setting: &str, address: SocketAddr, error: &io::Error) -> Fault {
    let port = address.port();
    let fix = match error.kind() {
        ErrorKind::PermissionDenied if port < FIRST_FREE_PORT => format!(
            "use a port from {FIRST_FREE_PORT} on, or let claviger have lower ones: \
             AmbientCapabilities=CAP_NET_BIND_SERVICE in its systemd unit, \
             setcap cap_net_bind_service=+ep on the binary, or \
             sysctl net.ipv4.ip_unprivileged_port_start={port}"
        ),
        ErrorKind::PermissionDenied => {
            "see what forbids it: SELinux or AppArmor, or SocketBindDeny of the systemd unit"
                .to_owned()
        }
        ErrorKind::AddrNotAvailable => {
            let all = if address.is_ipv4() { "0.0.0.0" } else { "[::]" };
            format!(
                "use an address of this machine, which `ip address` lists, \
                 or {all}:{port} for all of them"
            )
        }
        ErrorKind::AddrInUse => format!(
            "use another port, or stop who has this one: \
             `ss -ltnp 'sport = :{port}'` names the process"
        ),
        _ => "use an address and port of this machine that are free".to_owned(),
    };
    Fault::new(setting, format!("{address}: {error}"), fix)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::TcpListener;

    fn fix(address: &str, kind: ErrorKind) -> String {
        let fault = cannot_listen("server.listen", address.parse().unwrap(), &kind.into());
        assert_eq!(fault.path, "server.listen");
        assert!(
            fault.problem.starts_with(&format!("{address}: ")),
            "{fault}"
        );
        fault.fix
    }

    #[test]
    fn flt_84_a_port_that_needs_a_capability_is_named_with_the_ways_to_have_it() {
        let low = fix("0.0.0.0:443", ErrorKind::PermissionDenied);
        for way in [
            "a port from 1024 on",
            "CAP_NET_BIND_SERVICE",
            "sysctl net.ipv4.ip_unprivileged_port_start=443",
        ] {
            assert!(low.contains(way), "{low}");
        }
        let other = fix("0.0.0.0:8443", ErrorKind::PermissionDenied);
        assert!(other.contains("SELinux"), "{other}");
    }

    #[test]
    fn flt_84_an_address_of_another_machine_is_told_from_one_that_is_taken() {
        let elsewhere = fix("192.0.2.1:8443", ErrorKind::AddrNotAvailable);
        assert!(elsewhere.contains("`ip address`"), "{elsewhere}");
        assert!(elsewhere.contains("0.0.0.0:8443"), "{elsewhere}");
        let elsewhere = fix("[2001:db8::1]:8443", ErrorKind::AddrNotAvailable);
        assert!(elsewhere.contains("[::]:8443"), "{elsewhere}");
        let taken = fix("127.0.0.1:8443", ErrorKind::AddrInUse);
        assert!(taken.contains("ss -ltnp 'sport = :8443'"), "{taken}");
    }

    #[test]
    fn flt_84_what_the_system_says_has_these_kinds() {
        let first = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = first.local_addr().unwrap();
        let taken = TcpListener::bind(address).unwrap_err();
        assert!(cannot_listen("s", address, &taken).fix.contains("ss -ltnp"));
        // An address of a block that is kept for documents.
        let address = "192.0.2.1:0".parse().unwrap();
        let elsewhere = TcpListener::bind(address).unwrap_err();
        assert!(
            cannot_listen("s", address, &elsewhere)
                .fix
                .contains("`ip address`")
        );
    }
}
