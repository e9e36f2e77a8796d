//! PROXY protocol, version 2: the header with which a load balancer, at the begin of
//! a connection, names the client that it forwards
//! (<https://www.haproxy.org/download/2.8/doc/proxy-protocol.txt>, section 2.2).
//!
//! No I/O: a reader reads [`FIXED`] bytes, learns from [`Fixed::parse`] how many
//! follow, and hands them to [`Fixed::client`]. What follows the addresses
//! (TLVs) is not looked at.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use thiserror::Error;

/// The bytes that every header begins with.
pub const FIXED: usize = 16;
/// The most bytes that may follow them: two IPv6 addresses take 36, and what AWS's
/// Network Load Balancer and others add is below 500.
pub const REST: usize = 1024;

const SIGNATURE: [u8; 12] = *b"\r\n\r\n\0\r\nQUIT\n";

/// Why a connection does not begin with a header that can be used.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum HeaderFault {
    /// Something else: TLS, for example.
    #[error("no PROXY protocol header")]
    Absent,
    /// The text form.
    #[error("a PROXY protocol header of version 1")]
    Version1,
    /// A version or command that is not defined.
    #[error("a PROXY protocol header of an unknown version or command")]
    Unknown,
    /// Not a TCP connection.
    #[error("a PROXY protocol header for something else than TCP")]
    NotTcp,
    /// More than [`REST`] bytes.
    #[error("a PROXY protocol header of {0} bytes")]
    TooLong(usize),
    /// Fewer bytes than the addresses take.
    #[error("a PROXY protocol header that ends within an address")]
    TooShort,
}

/// The first part of a header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fixed {
    addresses: Addresses,
    rest: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Addresses {
    /// The load balancer speaks for itself, or does not say for whom.
    None,
    V4,
    V6,
}

impl Fixed {
    /// Reads the first part.
    pub fn parse(bytes: &[u8; FIXED]) -> Result<Self, HeaderFault> {
        let [signature @ .., version_and_command, family, high, low] = bytes;
        if *signature != SIGNATURE {
            return Err(if is_version_1(bytes) {
                HeaderFault::Version1
            } else {
                HeaderFault::Absent
            });
        }
        let addresses = match (version_and_command, family) {
            // LOCAL: whatever the addresses are, they mean nothing.
            (0x20, _) | (0x21, 0x00) => Addresses::None,
            (0x21, 0x11) => Addresses::V4,
            (0x21, 0x21) => Addresses::V6,
            (0x21, _) => return Err(HeaderFault::NotTcp),
            _ => return Err(HeaderFault::Unknown),
        };
        let rest = usize::from(u16::from_be_bytes([*high, *low]));
        if rest > REST {
            return Err(HeaderFault::TooLong(FIXED + rest));
        }
        if rest < addresses.length() {
            return Err(HeaderFault::TooShort);
        }
        Ok(Self { addresses, rest })
    }

    /// How many bytes follow, at most [`REST`]. They are part of the header, and
    /// what comes after them is not.
    pub fn rest(&self) -> usize {
        self.rest
    }

    /// The client, as the bytes that follow name it; none when the load balancer
    /// speaks for itself, as it does to see whether somebody listens.
    pub fn client(&self, rest: &[u8]) -> Result<Option<SocketAddr>, HeaderFault> {
        match self.addresses {
            Addresses::None => Ok(None),
            Addresses::V4 => source(rest, |address: [u8; 4]| Ipv4Addr::from(address).into()),
            Addresses::V6 => source(rest, |address: [u8; 16]| Ipv6Addr::from(address).into()),
        }
    }
}

/// Whether the first bytes of a connection are a header, of either version. At least
/// six of them are needed to tell.
pub fn begins_header(bytes: &[u8]) -> bool {
    is_version_1(bytes) || (bytes.len() >= 6 && SIGNATURE.iter().zip(bytes).all(|(a, b)| a == b))
}

fn is_version_1(bytes: &[u8]) -> bool {
    bytes.starts_with(b"PROXY ")
}

impl Addresses {
    /// Two addresses and two ports, in bytes.
    fn length(self) -> usize {
        match self {
            Self::None => 0,
            Self::V4 => 12,
            Self::V6 => 36,
        }
    }
}

/// Source address, destination address, source port, destination port.
fn source<const N: usize>(
    rest: &[u8],
    address: impl Fn([u8; N]) -> IpAddr,
) -> Result<Option<SocketAddr>, HeaderFault> {
    let (source, rest) = rest.split_first_chunk().ok_or(HeaderFault::TooShort)?;
    let ports = rest.get(N..).ok_or(HeaderFault::TooShort)?;
    let (port, _) = ports.split_first_chunk().ok_or(HeaderFault::TooShort)?;
    let port = u16::from_be_bytes(*port);
    Ok(Some(SocketAddr::new(address(*source), port)))
}

#[cfg(test)]
mod tests;
