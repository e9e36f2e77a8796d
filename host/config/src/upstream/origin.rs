//! The address of an upstream.

use super::is_loopback;
use std::fmt;
use std::net::Ipv6Addr;
use std::str::FromStr;

/// What is spoken to an upstream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scheme {
    /// `https://`: HTTP over TLS.
    Https,
    /// `http://`: HTTP without TLS, on this machine only.
    Http,
    /// `tls://`: anything over TLS.
    Tls,
}

/// Scheme, host and port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// What is spoken.
    pub scheme: Scheme,
    /// A DNS name, an IPv4 address, or an IPv6 address without brackets.
    pub host: String,
    /// 1 to 65,535.
    pub port: u16,
}

/// Why a text is no address of an upstream.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum OriginFault {
    /// It begins with something else.
    #[error("begins with no scheme that is spoken")]
    Scheme,
    /// There is no host, or not the name of one.
    #[error("has no host name or IP address")]
    Host,
    /// The port is missing, or no number of a port.
    #[error("has no port between 1 and 65535")]
    Port,
    /// There is more than scheme, host and port.
    #[error("is more than scheme, host and port")]
    More,
    /// Plain HTTP to another machine.
    #[error("is plain HTTP to another machine")]
    Plain,
}

impl OriginFault {
    pub(super) fn fix(self) -> &'static str {
        match self {
            Self::Scheme => "write \"https://HOST:PORT\", or \"tls://HOST:PORT\" for `streams`",
            Self::Host | Self::Port => "write for example \"https://vault.example.com:8200\"",
            Self::More => "leave out what comes after the port; plugins name the path",
            Self::Plain => "write https://; http:// is for addresses such as 127.0.0.1",
        }
    }
}

impl FromStr for Origin {
    type Err = OriginFault;

    fn from_str(text: &str) -> Result<Self, OriginFault> {
        let schemes = [
            ("https://", Scheme::Https, Some(443)),
            ("http://", Scheme::Http, Some(80)),
            ("tls://", Scheme::Tls, None),
        ];
        let found = schemes
            .into_iter()
            .find_map(|(start, scheme, port)| Some((text.strip_prefix(start)?, scheme, port)));
        let (rest, scheme, default) = found.ok_or(OriginFault::Scheme)?;
        let authority = rest.strip_suffix('/').unwrap_or(rest);
        if authority.contains(['/', '?', '#', '@']) {
            return Err(OriginFault::More);
        }
        let (host, port) = match authority.strip_prefix('[') {
            Some(rest) => {
                let (host, port) = rest.split_once(']').ok_or(OriginFault::Host)?;
                host.parse::<Ipv6Addr>().map_err(|_| OriginFault::Host)?;
                (host, port)
            }
            None => match authority.find(':') {
                Some(at) => authority.split_at(at),
                None => (authority, ""),
            },
        };
        let legal = |byte: u8| byte.is_ascii_alphanumeric() || b"-._:".contains(&byte);
        if !(1..=253).contains(&host.len()) || !host.bytes().all(legal) {
            return Err(OriginFault::Host);
        }
        let port = match port.strip_prefix(':') {
            Some(digits) => digits.parse().ok().filter(|port| *port != 0),
            None if port.is_empty() => default,
            None => None,
        };
        let port = port.ok_or(OriginFault::Port)?;
        if scheme == Scheme::Http && !is_loopback(host) {
            return Err(OriginFault::Plain);
        }
        Ok(Self {
            scheme,
            host: host.to_owned(),
            port,
        })
    }
}

/// Host and port, as in a URI.
impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { host, port, .. } = self;
        if host.contains(':') {
            write!(f, "[{host}]:{port}")
        } else {
            write!(f, "{host}:{port}")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_scheme_host_and_port() {
        let shown = |text: &str| text.parse::<Origin>().map(|origin| origin.to_string());
        for (text, expected) in [
            ("https://vault.example.com", "vault.example.com:443"),
            ("https://vault.example.com:8200/", "vault.example.com:8200"),
            ("https://[2001:db8::1]:8200", "[2001:db8::1]:8200"),
            ("http://127.0.0.1:8200", "127.0.0.1:8200"),
            ("http://localhost", "localhost:80"),
            ("http://[::1]:1", "[::1]:1"),
            ("tls://10.0.0.1:5696", "10.0.0.1:5696"),
        ] {
            assert_eq!(shown(text).as_deref(), Ok(expected), "{text}");
        }
        for (text, fault) in [
            ("vault.example.com", OriginFault::Scheme),
            ("HTTPS://a", OriginFault::Scheme),
            ("https://", OriginFault::Host),
            ("https://a b", OriginFault::Host),
            ("https://[::1", OriginFault::Host),
            ("https://[a]", OriginFault::Host),
            ("https://a:0", OriginFault::Port),
            ("https://a:65536", OriginFault::Port),
            ("https://a:", OriginFault::Port),
            ("tls://a", OriginFault::Port),
            ("https://a/v1", OriginFault::More),
            ("https://a?b", OriginFault::More),
            ("https://user@a", OriginFault::More),
            ("http://10.0.0.1", OriginFault::Plain),
            ("http://localhost.example.com", OriginFault::Plain),
        ] {
            assert_eq!(shown(text), Err(fault), "{text}");
        }
    }
}
