//! Why a connection came to nothing, in the words of whoever has to mend it.

use std::io;

use claviger_proxy_header::begins_header;
use thiserror::Error;

use crate::tls::ClientCertificateRefused;

/// Why no request was read from a connection.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub(in super::super) enum Cause {
    #[error("plain HTTP on the port for TLS; probes have a port of their own, probe_listen")]
    PlainHttp,
    #[error(
        "a PROXY protocol header from an address that may not send one; \
         list the load balancer in server.proxy_protocol.from, or have it send none"
    )]
    UnexpectedProxyHeader,
    #[error(
        "no PROXY protocol v2 header from a load balancer that has to send one; \
         have it send them, or take it out of server.proxy_protocol.from"
    )]
    NoProxyHeader,
    #[error("neither TLS nor HTTP")]
    NotTls,
    #[error(
        "no TLS version or cipher suite in common; TLS 1.2 or 1.3 with AES-256-GCM is needed, \
         or TLS 1.3 with ChaCha20-Poly1305"
    )]
    NothingInCommon,
    #[error("the client's certificate is refused, or it has none; see server.tls.client")]
    ClientCertificate,
    #[error(
        "the client refuses: it does not trust server.tls.certificate, or knows another name for it"
    )]
    RefusedByClient,
    #[error("the client breaks the rules of TLS")]
    Misbehaves,
    #[error("the handshake took too long")]
    TimedOut,
    #[error("cut off within the handshake")]
    CutOff,
}

impl Cause {
    /// As metrics have it.
    pub(in super::super) const fn name(self) -> &'static str {
        match self {
            Self::PlainHttp => "plain-http",
            Self::UnexpectedProxyHeader => "unexpected-proxy-header",
            Self::NoProxyHeader => "no-proxy-header",
            Self::NotTls => "not-tls",
            Self::NothingInCommon => "nothing-in-common",
            Self::ClientCertificate => "client-certificate",
            Self::RefusedByClient => "refused-by-client",
            Self::Misbehaves => "misbehaves",
            Self::TimedOut => "timed-out",
            Self::CutOff => "cut-off",
        }
    }

    /// Every cause, in the order of their numbers.
    pub(in super::super) const ALL: [Self; 10] = [
        Self::PlainHttp,
        Self::UnexpectedProxyHeader,
        Self::NoProxyHeader,
        Self::NotTls,
        Self::NothingInCommon,
        Self::ClientCertificate,
        Self::RefusedByClient,
        Self::Misbehaves,
        Self::TimedOut,
        Self::CutOff,
    ];

    /// The cause of a handshake that failed with `error`, on a connection that began
    /// with `first`; none when it was only a ping.
    pub(in super::super) fn of(error: &io::Error, first: &[u8]) -> Option<Self> {
        let inner = error.get_ref();
        let Some(tls) = inner.and_then(|inner| inner.downcast_ref::<rustls::Error>()) else {
            // The connection itself.
            return (!first.is_empty()).then_some(Self::CutOff);
        };
        Some(match tls {
            rustls::Error::InvalidMessage(_) => Self::of_protocol(first),
            rustls::Error::PeerIncompatible(_) => Self::NothingInCommon,
            rustls::Error::InvalidCertificate(_) | rustls::Error::NoCertificatesPresented => {
                Self::ClientCertificate
            }
            rustls::Error::Other(other) if other.0.is::<ClientCertificateRefused>() => {
                Self::ClientCertificate
            }
            rustls::Error::AlertReceived(_) => Self::RefusedByClient,
            _ => Self::Misbehaves,
        })
    }

    fn of_protocol(first: &[u8]) -> Self {
        /// The methods that probes and browsers use.
        const METHODS: [&[u8]; 7] = [
            b"GET ",
            b"HEAD ",
            b"POST ",
            b"PUT ",
            b"OPTIONS ",
            b"CONNECT ",
            b"PRI ",
        ];
        if begins_header(first) {
            Self::UnexpectedProxyHeader
        } else if METHODS.iter().any(|method| first.starts_with(method)) {
            Self::PlainHttp
        } else if first.starts_with(&[0x16, 3]) {
            Self::Misbehaves
        } else {
            Self::NotTls
        }
    }
}

#[cfg(test)]
mod tests {
    use rustls::{AlertDescription, CertificateError, InvalidMessage, PeerIncompatible};

    use super::*;

    fn of(error: rustls::Error, first: &[u8]) -> Option<Cause> {
        Cause::of(&io::Error::new(io::ErrorKind::InvalidData, error), first)
    }

    #[test]
    fn flt_24_what_a_connection_began_with_tells_protocols_apart() {
        for (first, cause) in [
            (&b"GET /healthz HTT"[..], Cause::PlainHttp),
            (b"PRI * HTTP/2.0\r\n", Cause::PlainHttp),
            (b"PROXY TCP4 192.0", Cause::UnexpectedProxyHeader),
            (
                b"\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c",
                Cause::UnexpectedProxyHeader,
            ),
            (b"SSH-2.0-OpenSSH_", Cause::NotTls),
            (b"\x16\x03\x01\xff\xff", Cause::Misbehaves),
        ] {
            let error = rustls::Error::InvalidMessage(InvalidMessage::InvalidContentType);
            assert_eq!(of(error, first), Some(cause));
        }
    }

    #[test]
    fn flt_24_failures_of_tls_are_told_apart_by_who_has_to_act() {
        let alert = rustls::Error::AlertReceived(AlertDescription::UnknownCA);
        assert_eq!(of(alert, b"\x16"), Some(Cause::RefusedByClient));
        let suites = PeerIncompatible::NoCipherSuitesInCommon;
        let suites = rustls::Error::PeerIncompatible(suites);
        assert_eq!(of(suites, b"\x16"), Some(Cause::NothingInCommon));
        let certificate = rustls::Error::InvalidCertificate(CertificateError::UnknownIssuer);
        assert_eq!(of(certificate, b"\x16"), Some(Cause::ClientCertificate));
    }

    #[test]
    fn flt_24_a_ping_is_no_failure() {
        let end = io::Error::from(io::ErrorKind::UnexpectedEof);
        assert_eq!(Cause::of(&end, b""), None);
        assert_eq!(Cause::of(&end, b"\x16"), Some(Cause::CutOff));
        let reset = io::Error::from(io::ErrorKind::ConnectionReset);
        assert_eq!(Cause::of(&reset, b""), None);
    }
}
