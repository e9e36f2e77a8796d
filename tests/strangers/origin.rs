//! Where connections come from.

use std::net::{Ipv4Addr, SocketAddr};

use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;

use crate::harness::http1::Http1;
use crate::harness::tls::TlsClient;
use crate::harness::{Folder, Server};

/// Whether attackers and AWS KMS can be told apart by address.
#[derive(Clone, Copy, Debug)]
pub(super) enum Addresses {
    /// All of them are 127.0.0.1.
    One,
    /// 127.0.0.1 is a load balancer that says who they are.
    Named,
}

/// A peer of the server.
#[derive(Clone)]
pub(super) struct Origin {
    pub(super) server: SocketAddr,
    named: Option<Ipv4Addr>,
    roots: String,
}

impl Addresses {
    pub(super) const BOTH: [Self; 2] = [Self::One, Self::Named];

    /// Lets the server believe its load balancer.
    pub(super) fn configure(self, folder: &mut Folder) {
        if let Self::Named = self {
            folder.set("server.proxy_protocol.from", vec!["127.0.0.0/8"]);
        }
    }

    /// AWS KMS.
    pub(super) fn good(self, server: &Server) -> Origin {
        self.origin(server, Ipv4Addr::new(198, 51, 100, 1))
    }

    /// Everybody else.
    pub(super) fn hostile(self, server: &Server) -> Origin {
        self.origin(server, Ipv4Addr::new(203, 0, 113, 9))
    }

    fn origin(self, server: &Server, named: Ipv4Addr) -> Origin {
        Origin {
            server: server.address,
            named: match self {
                Self::One => None,
                Self::Named => Some(named),
            },
            roots: std::fs::read_to_string(server.folder().path("ca.pem")).unwrap(),
        }
    }
}

impl Origin {
    /// A TCP connection that nothing was sent on but the load balancer's header.
    pub(super) async fn tcp(&self) -> std::io::Result<TcpStream> {
        let mut stream = TcpStream::connect(self.server).await?;
        if let Some(client) = self.named {
            stream.write_all(&header(client)).await?;
        }
        Ok(stream)
    }

    pub(super) fn tls(&self) -> TlsClient {
        TlsClient::trusting(&self.roots)
    }

    pub(super) async fn http1(&self) -> std::io::Result<Http1> {
        let stream = self.tls().connect_over(self.tcp().await?).await?;
        Ok(Http1::over(stream))
    }
}

/// A PROXY protocol header, version 2, for a TCP connection of this client.
pub(super) fn header(client: Ipv4Addr) -> Vec<u8> {
    let mut header = b"\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c".to_vec();
    header.extend_from_slice(&client.octets());
    header.extend_from_slice(&[127, 0, 0, 1, 0x9c, 0x40, 1, 187]);
    header
}
