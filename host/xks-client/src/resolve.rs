//! From the host of an endpoint to addresses.

use std::net::SocketAddr;
use std::str::FromStr;

use thiserror::Error;

use crate::target::PORT;

/// Where to connect to instead of asking the DNS, host by host. The `Host`
/// header, the signature and the server name of TLS stay those of the endpoint.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Resolve(Vec<Override>);

/// One `HOST=ADDR:PORT`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Override {
    /// The host of an endpoint, compared without regard to case.
    pub host: String,
    /// An IPv4 or IPv6 address with a port.
    pub address: SocketAddr,
}

impl Resolve {
    /// Of two overrides for one host the first counts.
    pub fn new(overrides: impl IntoIterator<Item = Override>) -> Self {
        Self(overrides.into_iter().collect())
    }

    /// The address that stands in for `host`, if one does.
    pub fn find(&self, host: &str) -> Option<SocketAddr> {
        self.0
            .iter()
            .find(|one| one.host.eq_ignore_ascii_case(host))
            .map(|one| one.address)
    }

    /// Where AWS KMS would connect to: the IPv4 addresses of the host, port 443;
    /// or the address that stands in.
    pub async fn addresses(&self, host: &str) -> Result<Vec<SocketAddr>, ResolveFault> {
        if let Some(address) = self.find(host) {
            return Ok(vec![address]);
        }
        let all: Vec<SocketAddr> = tokio::net::lookup_host((host, PORT))
            .await
            .map_err(|error| ResolveFault::Unknown(error.kind()))?
            .collect();
        let mut version_4: Vec<SocketAddr> = all
            .iter()
            .copied()
            .filter(SocketAddr::is_ipv4)
            .take(MAX_ADDRESSES)
            .collect();
        version_4.dedup();
        match (version_4.is_empty(), all.is_empty()) {
            (false, _) => Ok(version_4),
            (true, false) => Err(ResolveFault::OnlyIpv6),
            (true, true) => Err(ResolveFault::NoAddress),
        }
    }
}

/// How many addresses of one host are tried.
const MAX_ADDRESSES: usize = 8;

impl FromStr for Override {
    type Err = OverrideFault;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (host, address) = text.split_once('=').ok_or(OverrideFault::NoEqualsSign)?;
        if host.is_empty() {
            return Err(OverrideFault::NoHost);
        }
        Ok(Self {
            host: host.to_owned(),
            address: address.parse().map_err(|_| OverrideFault::Address)?,
        })
    }
}

/// What is wrong with a `HOST=ADDR:PORT`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum OverrideFault {
    /// No `=`.
    #[error("has no equals sign: write HOST=ADDR:PORT")]
    NoEqualsSign,
    /// Nothing before the `=`.
    #[error("has no host: write HOST=ADDR:PORT")]
    NoHost,
    /// What follows is not an address with a port.
    #[error("does not end with an address and a port, such as 127.0.0.1:8443 or [::1]:8443")]
    Address,
}

/// Why there is no address to connect to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum ResolveFault {
    /// The DNS does not know the name, or did not answer.
    #[error("the name cannot be resolved ({0})")]
    Unknown(std::io::ErrorKind),
    /// The answer was empty.
    #[error("the name has no address")]
    NoAddress,
    /// AWS KMS connects by IPv4 only.
    #[error("the name has IPv6 addresses only, and AWS KMS connects by IPv4")]
    OnlyIpv6,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn overrides_are_read() {
        let one: Override = "xks.example.com=127.0.0.1:8443".parse().unwrap();
        assert_eq!(one.host, "xks.example.com");
        assert_eq!(one.address, "127.0.0.1:8443".parse().unwrap());
        let two: Override = "b=[::1]:443".parse().unwrap();
        let resolve = Resolve::new([one, two]);
        assert_eq!(
            resolve.find("XKS.example.com"),
            "127.0.0.1:8443".parse().ok()
        );
        assert_eq!(resolve.find("example.com"), None);
        for (bad, fault) in [
            ("xks.example.com", OverrideFault::NoEqualsSign),
            ("=127.0.0.1:1", OverrideFault::NoHost),
            ("a=127.0.0.1", OverrideFault::Address),
            ("a=localhost:443", OverrideFault::Address),
            ("a=", OverrideFault::Address),
        ] {
            assert_eq!(bad.parse::<Override>(), Err(fault), "{bad}");
        }
    }

    #[tokio::test]
    async fn an_override_is_where_to_connect_to() {
        let resolve = Resolve::new(["b=[::1]:9".parse().unwrap()]);
        assert_eq!(
            resolve.addresses("B").await.unwrap(),
            ["[::1]:9".parse().unwrap()]
        );
    }
}
