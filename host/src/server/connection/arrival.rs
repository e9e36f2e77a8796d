//! From a TCP connection to a TLS session: the load balancer's header, where one has
//! to come, and the handshake, together within one time limit.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use claviger_config::ProxyProtocol;
use claviger_proxy_header::{FIXED, Fixed, HeaderFault, REST};
use thiserror::Error;
use tokio::io::AsyncReadExt as _;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use super::linger;
use crate::server::handshakes::{Cause, Handshakes};
use crate::server::seats::Seat;
use crate::server::wire::Wire;

/// From the TCP connection to the end of the handshake: four round trips at most,
/// for which AWS KMS has a quarter of a second.
pub(super) const HANDSHAKE: Duration = Duration::from_secs(4);

/// How connections arrive, the same for all of a listener.
pub(crate) struct Arrivals {
    pub(crate) proxy_protocol: Option<ProxyProtocol>,
    pub(crate) handshakes: Handshakes,
}

/// Why a load balancer's header cannot be used.
#[derive(Debug, Error)]
enum NoHeader {
    #[error(transparent)]
    Fault(#[from] HeaderFault),
    #[error(transparent)]
    Connection(#[from] io::Error),
}

impl Arrivals {
    /// The TLS session, or nothing when the connection came to nothing, which has
    /// been counted then.
    pub(super) async fn handshake(
        &self,
        mut stream: TcpStream,
        mut peer: SocketAddr,
        seat: &mut Seat,
        tls: TlsAcceptor,
    ) -> Option<TlsStream<Wire>> {
        let arriving = async {
            if self.is_load_balancer(peer) {
                match client_of(&mut stream).await {
                    Ok(None) => {}
                    Ok(Some(client)) => {
                        peer = client;
                        seat.belongs_to(client);
                    }
                    Err(fault) => {
                        self.without_header(peer, &fault);
                        return Err(stream);
                    }
                }
            }
            match tls.accept(Wire::new(stream)).into_fallible().await {
                Ok(tls) => Ok(tls),
                Err((error, wire)) => {
                    match Cause::of(&error, wire.first()) {
                        Some(cause) => self.handshakes.failed(cause, peer, &error),
                        None => self.handshakes.ping(),
                    }
                    Err(wire.into_inner())
                }
            }
        };
        match timeout(HANDSHAKE, arriving).await {
            Ok(Ok(tls)) => Some(tls),
            Ok(Err(stream)) => {
                linger(stream).await;
                None
            }
            Err(elapsed) => {
                self.handshakes.failed(Cause::TimedOut, peer, &elapsed);
                None
            }
        }
    }

    fn is_load_balancer(&self, peer: SocketAddr) -> bool {
        self.proxy_protocol
            .as_ref()
            .is_some_and(|protocol| protocol.is_from(peer.ip()))
    }

    fn without_header(&self, peer: SocketAddr, fault: &NoHeader) {
        match fault {
            // Load balancers look whether somebody listens, too.
            NoHeader::Connection(_) => self.handshakes.ping(),
            NoHeader::Fault(fault) => self.handshakes.failed(Cause::NoProxyHeader, peer, fault),
        }
    }
}

/// Reads the header and not a byte more.
async fn client_of(stream: &mut TcpStream) -> Result<Option<SocketAddr>, NoHeader> {
    let mut fixed = [0; FIXED];
    stream.read_exact(&mut fixed).await?;
    let fixed = Fixed::parse(&fixed)?;
    let mut rest = [0; REST];
    let rest = rest.get_mut(..fixed.rest()).unwrap_or_default();
    stream.read_exact(rest).await?;
    Ok(fixed.client(rest)?)
}
