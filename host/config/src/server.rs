use crate::probes::Probes;
use crate::proxy_protocol::ProxyProtocol;
use crate::scalar;
use claviger_settings::Table;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// `later_deadline_ms`, unless it is set. KMS waits for 250 ms. On an open connection
/// request and answer travel up to 35 ms each (XKS-136), which leaves 180; ten are kept
/// for what the network adds, as they are of the first request's 110 (XKS-135).
const LATER_DEADLINE: u64 = 170;

/// In the place of an address that has a fault.
const NOWHERE: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0);

/// `[server]`: where and how AWS KMS is answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Server {
    /// Where AWS KMS, or the load balancer in front, connects with TLS.
    pub listen: SocketAddr,
    /// Where load balancers probe in plain HTTP; nothing else is served there
    /// (XKS-013).
    pub probe_listen: Option<SocketAddr>,
    /// A loopback address where a page shows how the host is, for people at this machine.
    pub page_listen: Option<SocketAddr>,
    /// What load balancers are told there, and how long they have to notice.
    pub probes: Probes,
    /// What policies, key lookup, cryptography and the verifying decrypt of one
    /// request may take together, on a connection on which no request has
    /// authenticated yet: 10 to 240 ms (XKS-134, XKS-135).
    pub deadline: Duration,
    /// The same for the requests after it: 10 to 240 ms, no less than `deadline`.
    pub later_deadline: Duration,
    /// Requests served at once, 1 to 65,536; more are answered 429 (XKS-132).
    pub requests_in_flight: usize,
    /// Open connections, 1 to 65,536; when there are as many, those that have not
    /// authenticated give way to new ones.
    pub connections: usize,
    /// The largest request body, 32 KiB to 1 MiB (XKS-131).
    pub body_bytes: usize,
    /// `xksProxyFleetSize`, 1 to 65,536 (XKS-092).
    pub fleet_size: u32,
    /// `[server.proxy_protocol]`: which load balancers name their clients.
    pub proxy_protocol: Option<ProxyProtocol>,
    /// What becomes of the others when something of one key store is not there.
    pub when_absent: WhenAbsent,
    /// Which of the key stores have to be served for readiness.
    pub ready_when: ReadyWhen,
    /// Whether the configuration is taken up again when its file, or one that it
    /// names, has changed.
    pub watch_files: bool,
    /// `[server.tls]`.
    pub tls: Tls,
}

/// What happens at the start when a token, a secret's file, a PKCS#11 library or a
/// storage of some key stores is not there, and those of others are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum WhenAbsent {
    /// The others are served. Those that need it are answered 503 until it is there:
    /// one tenant's device must not stop all.
    #[default]
    Wait,
    /// None is served.
    Refuse,
}

/// Of how many key stores a host serves requests while load balancers are told that it
/// is ready. Those that the operator has taken out of service do not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ReadyWhen {
    /// Of one at least: one tenant's device must not take the host from all.
    #[default]
    Any,
    /// Of all.
    All,
}

/// `[server.tls]`: how the server proves who it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tls {
    /// PEM: the server's certificate, then its intermediates.
    pub certificate: PathBuf,
    /// PEM: the certificate's private key.
    pub private_key: PathBuf,
    /// Whether whoever connects knows a private root, so that nothing is said of what AWS
    /// KMS would refuse: development, or a load balancer in front that ends TLS.
    pub private_roots: bool,
    /// `[server.tls.client]`: mutual TLS, when it is on.
    pub client: Option<ClientTls>,
}

/// `[server.tls.client]`: whom mutual TLS lets in. Both settings decide
/// together; there is no such table with only one of them (XKS-018).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientTls {
    /// PEM: the root certificates that client certificates chain to.
    pub roots: PathBuf,
    /// The accepted subject common names, compared exactly (XKS-020); at least
    /// one, each 1 to 64 characters (X.520, upper bound of a common name).
    pub subject_common_names: Vec<String>,
}

impl Server {
    pub(crate) fn read(table: Table<'_>, base: &Path) -> Option<Self> {
        table.require("listen", "write where AWS KMS connects: \"127.0.0.1:8443\"");
        let listen = scalar::address(&table, "listen");
        let probe_listen = scalar::address(&table, "probe_listen");
        if let (Some(listen), Some(probe)) = (listen, probe_listen)
            && clash(listen, probe)
        {
            table.fault(
                "probe_listen",
                "the address and port of `listen`",
                "give the probe a port of its own",
            );
        }
        let page_listen = scalar::address(&table, "page_listen");
        if page_listen.is_some_and(|page| !page.ip().is_loopback()) {
            table.fault(
                "page_listen",
                "not an address of loopback: the page shows who uses which key, to whoever asks",
                "write \"127.0.0.1:8081\", and look at it through `ssh -L 8081:127.0.0.1:8081`",
            );
        }
        let others = [listen, probe_listen];
        if let Some(page) = page_listen
            && others.into_iter().flatten().any(|other| clash(page, other))
        {
            table.fault(
                "page_listen",
                "the address and port of `listen` or `probe_listen`",
                "give the page a port of its own",
            );
        }
        let probes = Probes::read(&table, probe_listen.is_some());
        let deadline = table.integer("deadline_ms", 10..=240).unwrap_or(100);
        let later = table.integer("later_deadline_ms", 10..=240);
        if later.is_some_and(|later| later < deadline) {
            table.fault(
                "later_deadline_ms",
                "less than `deadline_ms`, though later requests need no handshake",
                "write at least as much",
            );
        }
        let later_deadline = later.unwrap_or(LATER_DEADLINE.max(deadline));
        let requests_in_flight = scalar::count(&table, "requests_in_flight", 1..=65536, 512);
        let connections = scalar::count(&table, "connections", 1..=65536, 4096);
        let body_bytes = scalar::count(&table, "body_bytes", 32768..=1_048_576, 65536);
        let fleet_size = table.integer("fleet_size", 1..=65536).unwrap_or(1);
        let proxy_protocol = table.table("proxy_protocol").and_then(ProxyProtocol::read);
        let choices = [("wait", WhenAbsent::Wait), ("refuse", WhenAbsent::Refuse)];
        let when_absent = table.choice("when_absent", &choices).unwrap_or_default();
        let choices = [("any", ReadyWhen::Any), ("all", ReadyWhen::All)];
        let ready_when = table.choice("ready_when", &choices).unwrap_or_default();
        let watch_files = table.flag("watch_files").unwrap_or(true);
        let tls = table
            .require(
                "tls",
                "add a [server.tls] table with `certificate` and `private_key`",
            )
            .table("tls")
            .and_then(|tls| Tls::read(tls, base));
        table.finish();
        Some(Self {
            // Without an address there is a fault, and nobody listens.
            listen: listen.unwrap_or(NOWHERE),
            probe_listen,
            page_listen,
            probes,
            deadline: Duration::from_millis(deadline),
            later_deadline: Duration::from_millis(later_deadline),
            requests_in_flight,
            connections,
            body_bytes,
            fleet_size: u32::try_from(fleet_size).ok()?,
            proxy_protocol,
            when_absent,
            ready_when,
            watch_files,
            tls: tls?,
        })
    }
}

impl Tls {
    fn read(table: Table<'_>, base: &Path) -> Option<Self> {
        table.require(
            "certificate",
            "name a PEM file: the certificate, then its intermediates",
        );
        let certificate = scalar::path(&table, "certificate", base);
        table.require(
            "private_key",
            "name the PEM file of the certificate's private key",
        );
        let private_key = scalar::path(&table, "private_key", base);
        let private_roots = table.flag("private_roots").unwrap_or(false);
        let client = table
            .table("client")
            .and_then(|client| ClientTls::read(client, base));
        table.finish();
        Some(Self {
            certificate: certificate?,
            private_key: private_key?,
            private_roots,
            client,
        })
    }
}

impl ClientTls {
    fn read(table: Table<'_>, base: &Path) -> Option<Self> {
        for key in ["roots", "subject_common_names"] {
            table.require(
                key,
                "clients are checked by root and by subject: \
                 set both, or remove [server.tls.client] to switch mutual TLS off",
            );
        }
        let roots = scalar::path(&table, "roots", base);
        let names = table.texts("subject_common_names");
        for (index, name) in names.iter().flatten().enumerate() {
            let fault = |problem, fix| table.fault_at("subject_common_names", index, problem, fix);
            if !(1..=64).contains(&name.chars().count()) {
                fault("not a common name", "write 1 to 64 characters");
            } else if name.contains('*') {
                fault("a wildcard", "write whole names: they are compared exactly");
            }
        }
        if names.as_ref().is_some_and(Vec::is_empty) {
            table.fault(
                "subject_common_names",
                "an empty list, which lets nobody in",
                "add the name that AWS KMS has in your Region: \
                 \"cks.kms.REGION.amazonaws.com\"",
            );
        }
        table.finish();
        Some(Self {
            roots: roots?,
            subject_common_names: names?.into_iter().map(str::to_owned).collect(),
        })
    }
}

/// Whether the second of two listeners could not be opened.
fn clash(one: SocketAddr, other: SocketAddr) -> bool {
    // An unspecified IPv6 address takes IPv4 connections too on most systems.
    let covers =
        |wide: IpAddr, ip: IpAddr| wide.is_unspecified() && (wide.is_ipv6() || ip.is_ipv4());
    // Port 0 means any free port, each time another one.
    one.port() != 0
        && one.port() == other.port()
        && (one.ip() == other.ip() || covers(one.ip(), other.ip()) || covers(other.ip(), one.ip()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn listeners_clash_on_one_port_of_overlapping_addresses() {
        let clash = |one: &str, other: &str| clash(one.parse().unwrap(), other.parse().unwrap());
        assert!(clash("127.0.0.1:8443", "127.0.0.1:8443"));
        assert!(clash("0.0.0.0:8443", "127.0.0.1:8443"));
        assert!(clash("10.0.0.1:8443", "[::]:8443"));
        assert!(!clash("127.0.0.1:8443", "127.0.0.1:8080"));
        assert!(!clash("127.0.0.1:8443", "127.0.0.2:8443"));
        assert!(!clash("0.0.0.0:8443", "[::1]:8443"));
        assert!(!clash("127.0.0.1:0", "127.0.0.1:0"));
    }
}
